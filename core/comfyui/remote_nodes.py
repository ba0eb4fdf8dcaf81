"""Several ComfyUIs as one: each part goes to the least busy, and elsewhere if that one dies."""

from __future__ import annotations

import random
from collections.abc import Collection, Generator
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from ..errors import ComfyuiRefused, ComfyuiUnreachable, HeadshotsError
from ..progress import Progress
from .addresses import Address, addresses
from .prompt import Part, Spot

if TYPE_CHECKING:
    from .connection import Connection


def require(classes: Collection[str]) -> None:
    """Raise what stands in the way of running nodes of these classes now.

    Raises:
        ComfyuiUnreachable: no ComfyUI answers. ComfyuiRefused: none has all these nodes.
        ComfyuiRemote, InputError: as `addresses`.
    """
    _least_busy(classes)


def run(part: Part, progress: Progress) -> dict[Spot, Any]:
    """What `part` gives, from whichever ComfyUI can and has the shortest queue.

    Raises:
        Cancelled: stopped through `progress`.
        ComfyuiError: as `require`, or a node failed.
    """
    lost: list[HeadshotsError] = []
    for address in _least_busy(part.classes):
        try:
            with _connected(address) as connection:
                from .execution import run_part

                return run_part(connection, part, progress)
        except ComfyuiUnreachable as error:
            lost.append(error)
    raise _together(lost)


def leave() -> None:
    """Have the ComfyUIs of the settings drop what they hold in memory of what they ran."""
    for address in addresses():
        with suppress(ComfyuiUnreachable, ComfyuiRefused), _connected(address) as connection:
            connection.free()


def _least_busy(classes: Collection[str]) -> list[Address]:
    """Those that answer and have the nodes, the shortest queue first."""
    fit: list[tuple[int, float, Address]] = []
    unfit: list[HeadshotsError] = []
    for address in addresses():
        try:
            with _connected(address) as connection:
                waiting = connection.waiting()
                if missing := connection.missing(classes):
                    raise ComfyuiRefused(
                        f"The ComfyUI {address} has no node {', '.join(map(repr, missing))}",
                        "Install the pack that they come from there.",
                    )
                # Of two that are equally busy either one, as other processes ask as well.
                fit.append((waiting, random.random(), address))
        except (ComfyuiUnreachable, ComfyuiRefused) as error:
            unfit.append(error)
    if not fit:
        raise _together(unfit)
    return [address for _, _, address in sorted(fit, key=lambda each: each[:2])]


def _together(errors: list[HeadshotsError]) -> HeadshotsError:
    first = errors[0]
    what = "; ".join(error.what for error in errors)
    return type(first)(what, " ".join(dict.fromkeys(error.remedy for error in errors)))


@contextmanager
def _connected(address: Address) -> Generator[Connection]:
    from .connection import Connection

    with closing(Connection(address)) as connection:
        yield connection
