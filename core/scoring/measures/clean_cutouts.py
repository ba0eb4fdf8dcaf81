"""Remembers clean cut-outs, so that candidates of one photo are searched only once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...portrait.portrait import Portrait
from ...provenance import Composited, Provenance
from ...scorecard import Measurement
from ..measure import Answer, take
from .foreign_objects import foreign_objects

if TYPE_CHECKING:
    from ..context import Context


# Of a hand: from which confidence the photo shows one, and the picture then shows it too.
_SURE, _LIKELY = 0.85, 0.5


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


def answer(portrait: Portrait, context: Context) -> Answer:
    """See `CutOuts`.

    A crop may show a half of a hand that the whole photo shows clearly: what the photo was enrolled
    with makes the picture's own finding surer.
    """
    measures = context.cutouts.measures(portrait, context.provenance)
    photo = next(
        (each for each in context.identity.photos if each.name == context.provenance.photo), None
    )
    if photo is None or photo.obstruction < _SURE:
        return Answer(measures)
    return Answer(
        [
            take(each.name, photo.obstruction)
            if each.name == "hand" and each.value >= _LIKELY
            else each
            for each in measures
        ]
    )
