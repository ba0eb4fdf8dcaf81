"""Cut-outs that were found clean, so that candidates of one photo are searched only once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...portrait.portrait import Portrait
from ...provenance import Composited, Provenance
from ...scorecard import Measurement
from ..measure import Answer
from .foreign_objects import foreign_objects

if TYPE_CHECKING:
    from ..context import Context


@dataclass(frozen=True)
class _Clean:
    """A frame in which nothing was found: head as a share of its height, aspect, and measures."""

    head: float
    aspect: float
    measures: tuple[Measurement, ...]


@dataclass(eq=False)
class CutOuts:
    """Looks for foreign objects in the cut-outs of one set of pictures; see `foreign_objects`.

    Every candidate of a photo shows the same cut-out, more or less of it. Where a frame was clean,
    one that shows no more of the same photo is clean as well. What was found in one is measured
    in each, as a tighter frame may leave it out.
    """

    _clean: dict[str, list[_Clean]] = field(default_factory=dict[str, list[_Clean]])

    def measures(self, portrait: Portrait, provenance: Provenance) -> tuple[Measurement, ...]:
        """As `foreign_objects`; raises as it does."""
        placed = provenance.last(Composited)
        if placed is None or not provenance.photo:
            return foreign_objects(portrait)
        head = placed.head
        aspect = portrait.image.shape[1] / portrait.image.shape[0]
        known = self._clean.setdefault(provenance.photo, [])
        for frame in known:
            if head >= frame.head and aspect / head <= frame.aspect / frame.head:
                return frame.measures
        found = foreign_objects(portrait)
        if all(measure.passed for measure in found):
            known.append(_Clean(head, aspect, found))
        return found


def answer(portrait: Portrait, context: Context) -> Answer:
    """See `CutOuts`."""
    return Answer(context.cutouts.measures(portrait, context.provenance))
