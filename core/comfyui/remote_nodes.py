"""Distributes parts over several ComfyUIs: to the least busy one, or to another if it fails."""

from __future__ import annotations

import random
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from ..errors import ComfyuiLacks, ComfyuiRefused, ComfyuiUnreachable, HeadshotsError
from ..progress import Progress
from .addresses import Address, addresses
from .prompt import Part, Spot
from .requirements import Nodes, lacking

if TYPE_CHECKING:
    from .connection import Connection


def require(nodes: Nodes) -> None:
    """Check that these nodes, by id, can be run now.

    Raises:
        ComfyuiUnreachable: no ComfyUI answers.
        ComfyuiLacks: none has all these nodes and their model files.
        ComfyuiRemote, InputError: as `addresses`.
    """
    _least_busy(nodes)


def run(part: Part, progress: Progress) -> dict[Spot, Any]:
    """Run `part` in a ComfyUI that has its nodes and the shortest queue; returns its outputs.

    Raises:
        Cancelled: stopped through `progress`.
        ComfyuiError: as `require`, or a node failed.
    """
    lost: list[HeadshotsError] = []
    for address in _least_busy(part.nodes):
        try:
            with _connected(address) as connection:
                from .execution import run_part

                return run_part(connection, part, progress)
        except ComfyuiUnreachable as error:
            lost.append(error)
    raise _together(lost)


def leave() -> None:
    """Make the ComfyUIs of the settings free the memory of what they ran."""
    for address in addresses():
        with suppress(ComfyuiUnreachable, ComfyuiRefused), _connected(address) as connection:
            connection.free()


def _least_busy(nodes: Nodes) -> list[Address]:
    """The ComfyUIs that answer and lack nothing for the nodes, the shortest queue first."""
    fit: list[tuple[int, float, Address]] = []
    unfit: list[HeadshotsError] = []
    for address in addresses():
        try:
            with _connected(address) as connection:
                waiting = connection.waiting()
                if missing := lacking(nodes, connection):
                    raise ComfyuiLacks(
                        f"The ComfyUI {address} lacks {'; '.join(missing)}",
                        "Add there what is named, and run it again.",
                    )
                # At random among equally busy ones, as other processes choose as well.
                fit.append((waiting, random.random(), address))
        except (ComfyuiUnreachable, ComfyuiRefused, ComfyuiLacks) as error:
            unfit.append(error)
    if not fit:
        raise (
            _together(unfit)
            if unfit
            else ComfyuiUnreachable(
                "No running ComfyUI is named",
                "Start ComfyUI, and name its address: --comfy http://127.0.0.1:8188, in a server "
                "the setting HEADSHOTS_COMFY.",
            )
        )
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
