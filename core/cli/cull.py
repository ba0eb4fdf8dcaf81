"""Commands for the day of a shoot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ..errors import InputError
from .declared import Json
from .output import Output

if TYPE_CHECKING:
    from ..culling.cull import Outcome

Folder = Annotated[
    Path,
    typer.Argument(metavar="FOLDER", help="The frames of a card; folders in it are read, too."),
]
Workers = Annotated[
    int, typer.Option(min=0, max=16, help="Processes that look at frames; 0: one for each core.")
]


def cull(
    folder: Folder,
    sidecars: Annotated[
        Literal["auto", "lightroom", "darktable"],
        typer.Option(
            help="How sidecars are called: IMG_1.xmp for Lightroom and Capture One, IMG_1.CR3.xmp "
            "for darktable and digiKam; auto: as those that are there."
        ),
    ] = "auto",
    replace_ratings: Annotated[
        bool,
        typer.Option("--replace-ratings", help="Replace stars and labels that somebody gave, too."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be written, and write nothing.")
    ] = False,
    undo: Annotated[
        bool, typer.Option("--undo", help="Take back what cull has written into this folder.")
    ] = False,
    workers: Workers = 0,
    json: Json = False,
) -> None:
    """Judge a card's frames, and name the best of each burst to Lightroom and others by XMP."""
    output = Output(json)
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder", "Give the folder of a card's frames.")
    if undo:
        _undo(folder, output)
        return
    from ..culling.cull import read_card, write_verdicts

    with output.progress() as progress:
        card = read_card(folder, workers=workers, progress=progress)
    outcomes = write_verdicts(card, naming=sidecars, replace=replace_ratings, dry_run=dry_run)
    output.result({"frames": outcomes})
    output.table(
        ("Frame", "Stack", "Stars", "Why"),
        [(each.frame, str(each.stack or ""), _stars(each), each.reason) for each in outcomes],
    )
    stacks = len({each.stack for each in outcomes if each.stack})
    left = sum(not each.stack for each in outcomes)
    own = sum(each.own for each in outcomes)
    written = sum(len(each.sidecars) for each in outcomes)
    output.line(f"{len(outcomes)} frames in {stacks} stacks; {left} without a face were left out.")
    if own:
        output.line(f"{own} frames had stars of somebody's own, which stay.")
    output.line(
        f"{written} sidecars would be written."
        if dry_run
        else f"{written} sidecars are written; --undo takes it back."
    )


def _undo(folder: Path, output: Output) -> None:
    from ..culling.journal import Journal

    undone = [(str(path), outcome) for path, outcome in Journal(folder).undo()]
    output.result({"sidecars": [{"sidecar": path, "outcome": each} for path, each in undone]})
    for path, outcome in undone:
        if outcome != "restored":
            output.line(f"{path}: {outcome}")
    restored = sum(outcome == "restored" for _, outcome in undone)
    output.line(f"{restored} of {len(undone)} sidecars are what they were.")


def _stars(outcome: Outcome) -> str:
    if outcome.rating is None:
        return ""
    return "own" if outcome.own else str(outcome.rating)
