"""Prepared plates, made when first asked for and kept as far as memory goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np

from ....identity.identity import Identity
from ....portrait.shading import unlight
from ....progress import SILENT, Progress
from ..compose.composite import Prepared
from ..light.relighting import exposure
from ..transfer.feature_transfer import Source
from .colour_casts import neutralise
from .fixed_point import reduced
from .plate import Reach, make_plate

_ROOM = 400e6  # bytes of plates that are kept for later


def prepare(
    source: Source, head: int, identity: Identity, reach: Reach, progress: Progress = SILENT
) -> Prepared:
    """Everything about a source that no look changes; see `make_plate`."""
    plate = make_plate(source.photo, head, identity, reach, source.transfer, progress)
    rows, columns = plate.shape.depth.shape
    unlit = unlight(reduced(plate.stored, columns, rows), plate.shape)
    own = neutralise(unlit, plate.shape, identity.skin)
    if identity.skin:
        own = own + np.float32(exposure(unlit, float(identity.skin.mean[0])))
    return Prepared(plate, unlit, own)


class Plates:
    """The prepared sources of a request; may be asked from several threads.

    Args:
        prepare: makes the source of this number ready.
        uses: the number of the source that each candidate is made from.
    """

    def __init__(self, prepare: Callable[[int, Progress], Prepared], uses: Sequence[int]) -> None:
        self._prepare, self._uses = prepare, uses
        self._kept: dict[int, Prepared] = {}
        self._making = {source: Lock() for source in set(uses)}
        self._keeping = Lock()

    def of(self, candidate: int, progress: Progress) -> Prepared:
        """The source of the candidate of this number."""
        source = self._uses[candidate]
        with self._making[source]:  # who comes second waits, and finds it ready
            found = self._kept.get(source)
            if found is None:
                self._make_room(candidate)
                found = self._prepare(source, progress)
                with self._keeping:
                    self._kept[source] = found
        return found

    def _make_room(self, candidate: int) -> None:
        """Drop plates, first what is needed last."""
        with self._keeping:
            while sum(each.plate.size for each in self._kept.values()) > _ROOM:
                later = self._uses[candidate:]
                last = max(
                    self._kept, key=lambda each: later.index(each) if each in later else len(later)
                )
                del self._kept[last]
