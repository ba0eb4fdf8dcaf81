"""A cache of prepared plates with limited memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from threading import Lock

from ....identity.identity import Identity
from ....portrait.shading import unlight
from ....progress import SILENT, Progress
from ....retouching import Retouching
from ..compose.composite import Prepared
from ..light.relighting import exposure
from ..transfer.feature_transfer import Source
from .colour_casts import neutralise
from .fixed_point import reduced
from .plate import Reach, make_plate

_ROOM = 400e6  # bytes of cached plates


def prepare(
    source: Source,
    head: int,
    identity: Identity,
    reach: Reach,
    progress: Progress = SILENT,
    *,
    retouches: Iterable[Retouching] = (),
) -> Prepared:
    """Everything about a source that does not depend on the look; as `make_plate`."""
    plate = make_plate(
        source.photo, head, identity, reach, source.transfer, progress, retouches=retouches
    )
    rows, columns = plate.shape.depth.shape
    unlit = unlight(reduced(plate.stored, columns, rows), plate.shape, plate.segments)
    own = neutralise(unlit, plate.shape, identity.skin)
    if identity.skin:
        own = own + exposure(unlit, identity.skin)
    return Prepared(plate, unlit, own)


class Plates:
    """The prepared sources of a request; safe to use from several threads.

    Args:
        prepare: prepares the source of a number.
        uses: for each candidate the number of the source that it is made from first.
        sources: how many there are.
    """

    def __init__(
        self, prepare: Callable[[int, Progress], Prepared], uses: Sequence[int], sources: int
    ) -> None:
        self._prepare, self._uses = prepare, uses
        self._plates: dict[int, Prepared] = {}
        self._locks = [Lock() for _ in range(sources)]
        self._lock = Lock()

    def of(self, source: int, candidate: int, progress: Progress) -> Prepared:
        """The source of this number, for the candidate of that one."""
        with self._locks[source]:  # a second thread waits for the first one's result
            prepared = self._plates.get(source)
            if prepared is None:
                self._make_room(candidate)
                prepared = self._prepare(source, progress)
                with self._lock:
                    self._plates[source] = prepared
        return prepared

    def _make_room(self, candidate: int) -> None:
        """Drop cached plates beyond the limit, first those that are needed last."""
        with self._lock:
            while sum(each.plate.size for each in self._plates.values()) > _ROOM:
                later = self._uses[candidate:]
                last = max(
                    self._plates,
                    key=lambda each: later.index(each) if each in later else len(later),
                )
                del self._plates[last]
