"""Is the head of the edited picture still the sitter's, in the pose of the original?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..faces import ANALYSERS, Recogniser
from ..faces.alignment import moved, similarity
from ..images import extremes
from ..portrait.portrait import Portrait
from ..settings import settings
from .registration import Registration
from .sight import Sight, inverted

# Points of the mesh over bone.
_BONE = (
    33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 1, 98, 327, 2, 10, 151, 9, 8, 70, 300, 105, 334,
)  # fmt: skip
# Set on the development people of tests/benchmarks/keeping; its report is on the others.
_YAW, _PITCH, _ROLL = 3.0, 5.0, 5.0  # degrees
_GREY = 0.012  # most mean difference of channels in black and white (JPEG)
_MISFIT = 0.015  # face widths
_RIGID, _BENT = 0.75, 0.95  # correlation of the face's fine detail


@dataclass(frozen=True)
class Comparison:
    """The head of the edited picture against the original's.

    yaw, pitch, roll: degrees by which it is turned, after the registration's turn.
    misfit: root mean square distance of the points over bone, face widths.
    rigid, bent: see `Registration`.
    steering, judge: cosines by the two recognisers, and `least`: what each asks of one person.
    """

    yaw: float
    pitch: float
    roll: float
    misfit: float
    rigid: float
    bent: float
    steering: float
    judge: float
    least: tuple[float, float]

    @property
    def refusals(self) -> tuple[str, ...]:
        """Why the edited picture can't be joined to the original, in words; empty where it can."""
        return (*self.other_heads, *self._redrawn())

    @property
    def other_heads(self) -> tuple[str, ...]:
        """Why it shows another head, or one that is turned, in words; empty if it doesn't."""
        return tuple(self._other_head())

    def _other_head(self) -> Iterator[str]:
        if self._another_face:
            yield (
                f"the edited picture shows another face (likeness {self.judge:.3f}, at least "
                f"{self.least[1]:.2f}; by the second recogniser {self.steering:.2f}, at least "
                f"{self.least[0]:.2f})"
            )
            return  # what else differs follows from it
        turns = {"aside": (self.yaw, _YAW), "up or down": (self.pitch, _PITCH)}
        turns["to a shoulder"] = (self.roll, _ROLL)
        for where, (by, most) in turns.items():
            if abs(by) > most:
                yield f"the head was turned {where} by {abs(by):.1f}° (at most {most:.0f}°)"
        if self.misfit > _MISFIT:
            yield (
                f"the bones of the face lie elsewhere ({100 * self.misfit:.1f} % of its width, "
                f"at most {100 * _MISFIT:.1f} %)"
            )

    @property
    def _another_face(self) -> bool:
        return self.steering < self.least[0] or self.judge < self.least[1]

    def _redrawn(self) -> Iterator[str]:
        if self._another_face:
            return  # it follows from that
        if self.rigid < _RIGID or self.bent < _BENT:
            yield (
                "the face was drawn anew in another pose, expression or light (its detail agrees "
                f"by {self.rigid:.2f} of 1, at least {_RIGID:.2f}; bent into place by "
                f"{self.bent:.2f}, at least {_BENT:.2f})"
            )


def compare(own: Sight, edit: Sight, registration: Registration, cosines: Cosines) -> Comparison:
    """Compare the heads of the original and of the edited picture, as registered."""
    points = own.face.landmarks[:, :2]
    back = moved(edit.face.landmarks[:, :2], inverted(registration.matrix))
    bone = list(_BONE)
    fitted = moved(points, similarity(points[bone], back[bone]))
    missed = float(np.sqrt(((fitted - back)[bone] ** 2).sum(axis=1).mean()))
    turn = float(np.degrees(np.arctan2(registration.matrix[1, 0], registration.matrix[0, 0])))
    return Comparison(
        yaw=edit.face.pose.yaw - own.face.pose.yaw,
        pitch=edit.face.pose.pitch - own.face.pose.pitch,
        roll=edit.face.pose.roll - own.face.pose.roll - turn,
        misfit=missed / own.face.width,
        rigid=registration.rigid,
        bent=registration.bent,
        steering=cosines.steering,
        judge=cosines.judge,
        least=cosines.least,
    )


def grey_refusals(own: Sight, edit: Sight) -> tuple[str, ...]:
    """Why a black-and-white edit can't be joined to an original in colour; empty otherwise."""
    ends = [extremes(each.image) for each in (own, edit)]
    colour = [float((brightest - darkest).mean()) for darkest, brightest in ends]
    if colour[1] > _GREY or colour[0] < 2 * _GREY:
        return ()
    return (
        "the edited picture is black and white, and the original is not; edit in colour, and make "
        "the result black and white",
    )


@dataclass(frozen=True)
class Cosines:
    """How alike two faces are by the recogniser that steers and by the one that judges.

    least: what each asks of two pictures of one person.
    """

    steering: float
    judge: float
    least: tuple[float, float]


def cosines(one: Portrait, other: Portrait) -> Cosines:
    """How alike the faces of two pictures are.

    Raises:
        NoFace, SeveralFaces: of a picture without exactly one face.
        SetupError: weights are missing.
    """
    steering, judge = (
        ANALYSERS.get(each).recogniser for each in (settings().analyser, settings().judge)
    )
    return Cosines(
        cosine(steering, one, other),
        cosine(judge, one, other),
        (steering.same_person, judge.same_person),
    )


def cosine(recogniser: Recogniser, one: Portrait, other: Portrait) -> float:
    """The cosine of the faces of two pictures, -1..1."""
    a, b = (recogniser.embed(each.image, [each.face])[0] for each in (one, other))
    return float(a @ b)
