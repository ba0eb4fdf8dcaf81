"""Foreign objects in the pictures of one set, with what their photos show."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ...faces import Face
from ...faces.alignment import similarity
from ...identity.identity import EnrolledPhoto
from ...images import Box, Mask
from ...photos import read_photo
from ...portrait.held_objects import HAND, hands
from ...portrait.portrait import Portrait
from ...provenance import Composited, Provenance
from ...scorecard import Measurement
from ..measure import Answer, take
from .foreign_objects import foreign_objects

if TYPE_CHECKING:
    from ..context import Context


_SHOWN = 0.1  # of a palm, that a picture shows at least where it shows the hand
_LONGEST = 1280  # side of the copy of a photo in which hands are looked for, pixels


@dataclass(frozen=True)
class _Clean:
    """A frame without foreign objects.

    head: height of the head as a share of the frame's.
    aspect: width by height.
    measures: of the frame.
    """

    head: float
    aspect: float
    measures: tuple[Measurement, ...]


@dataclass(eq=False)
class CutOuts:
    """Looks for foreign objects in the cut-outs of one set of pictures; see `foreign_objects`.

    All candidates of a photo show more or less of the same cut-out. Where one frame was clean, a
    frame that shows no more of the photo is clean as well. Where one was not, each frame is
    searched, as a tighter one may leave the object out.
    """

    _clean: dict[str, list[_Clean]] = field(default_factory=dict[str, list[_Clean]])
    _palms: dict[str, tuple[Box, ...]] = field(default_factory=dict[str, tuple[Box, ...]])

    def measures(self, portrait: Portrait, provenance: Provenance) -> tuple[Measurement, ...]:
        """As `foreign_objects`; raises as it does."""
        placed = provenance.last(Composited)
        if placed is None or not provenance.photo:
            return foreign_objects(portrait)
        head = placed.head
        aspect = portrait.image.shape[1] / portrait.image.shape[0]
        frames = self._clean.setdefault(provenance.photo, [])
        for frame in frames:
            if head >= frame.head and aspect / head <= frame.aspect / frame.head:
                return frame.measures
        measures = foreign_objects(portrait)
        if all(measure.passed for measure in measures):
            frames.append(_Clean(head, aspect, measures))
        return measures

    def palms(self, photo: EnrolledPhoto) -> tuple[Box, ...]:
        """The palms that `photo` shows for sure, in its pixels.

        Raises:
            SetupError: the weights are missing.
        """
        if photo.obstruction < HAND:
            return ()
        if photo.name not in self._palms:
            read = read_photo(photo.data, name=photo.name, longest=_LONGEST)
            self._palms[photo.name] = tuple(
                each.box.scaled(1 / read.scale)
                for each in hands(read.image)
                if each.confidence >= HAND
            )
        return self._palms[photo.name]


def answer(portrait: Portrait, context: Context) -> Answer:
    """See `CutOuts`.

    A picture's edge may cut a hand in two, so that the network is not sure of it any more. The
    photo shows all of it: where a picture shows some of a palm that its photo has, it has a hand.
    """
    measures = context.cutouts.measures(portrait, context.provenance)
    photo = next(
        (each for each in context.identity.photos if each.name == context.provenance.photo), None
    )
    matte = portrait.matte
    if photo is None or matte is None:
        return Answer(measures)
    shown = any(_shows(matte, portrait.face, photo, palm) for palm in context.cutouts.palms(photo))
    return Answer(
        [
            take(each.name, max(each.value, photo.obstruction))
            if shown and each.name == "hand"
            else each
            for each in measures
        ]
    )


def _shows(matte: Mask, face: Face, photo: EnrolledPhoto, palm: Box) -> bool:
    """Whether a cut-out with this face shows some of a palm of the photo it is from."""
    matrix = similarity(photo.face.landmarks[:468, :2], face.landmarks[:468, :2])
    corners = np.array([[palm.x0, palm.y0], [palm.x1, palm.y1]], np.float32)
    (x0, y0), (x1, y1) = (corners @ matrix[:, :2].T + matrix[:, 2]).tolist()
    place = Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
    part = place.cut(matte)
    return bool(part.size) and float((part > 0.5).sum()) >= _SHOWN * place.area
