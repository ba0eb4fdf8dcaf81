"""The command that edits a file in place: the external editor of other programs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ..errors import HeadshotsError
from ..passphrase import PASSPHRASE
from ..recipes.documents import named_or_file, shipped_names
from ..recipes.steps import LOAD_SITTER
from .declared import Json, from_stdin
from .output import Output
from .recipes import assignments
from .text import shown

Recipe = Annotated[
    str,
    typer.Option(
        "--recipe",
        "-r",
        metavar="RECIPE",
        help="retouch, relight, refine, backdrop or keep-sitter; or a recipe that reads one set of "
        "pictures and delivers it: a JSON file, or one that comes with headshots. Default: the "
        "setting HEADSHOTS_EDIT_RECIPE, else retouch.",
    ),
]


def edit(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="TIFFs of 8 or 16 bits, or JPEGs."),
    ],
    recipe: Recipe = "",
    set: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="INPUT=VALUE", help="Change an input, such as skin=0.6."),
    ] = None,
    sitter: Annotated[
        str,
        typer.Option(
            "--sitter",
            metavar="NAME",
            callback=from_stdin,
            help=LOAD_SITTER.input("name").tooltip,
        ),
    ] = "",
    original: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help="For keep-sitter: the picture before another program edited it.",
        ),
    ] = "",
    json: Json = False,
) -> None:
    """Edit files in place, as the external editor of Lightroom, Capture One, darktable or digiKam.

    A file keeps its depth, colour profile and metadata, and where nothing was edited its pixels.
    It is replaced when the new one is whole; after an error it is as it was.
    """
    from ..recipes.in_place import SINGLE, in_place, single
    from ..settings import settings

    output = Output(json)
    chosen = recipe or settings().edit_recipe
    if chosen in SINGLE and not Path(chosen).exists():
        document = single(chosen, sitter, original)
    else:
        document = named_or_file(chosen, shipped_names())
    work = in_place(document, assignments([*_sitter(chosen, sitter), *(set or ())]))
    if sitter and PASSPHRASE.asks:  # now, as a prompt would be lost in the progress output
        from ..vault import ask_early

        ask_early(storing=False)
    failures: list[HeadshotsError] = []
    done: list[dict[str, object]] = []
    with output.progress() as progress:
        for index, file in enumerate(files):
            part = progress.part(index / len(files), (index + 1) / len(files))
            try:
                notes = work.edit(Path(file), part)
            except HeadshotsError as error:
                if error.code == "cancelled":
                    raise
                failures.append(error)
                continue
            done.append({"file": file, "notes": notes})
    if done:
        output.result(done)
    for each in done:
        for note in each["notes"] if isinstance(each["notes"], list) else ():
            output.line(note)
    _raise(failures)


def _sitter(chosen: str, sitter: str) -> list[str]:
    """The sitter as an input of a recipe that has a node for one."""
    from ..recipes.in_place import SINGLE

    return [] if chosen in SINGLE or not sitter else [f"name={sitter}"]


def _raise(failures: Sequence[HeadshotsError]) -> None:
    """Say what went wrong with each file; the first one decides about the exit code."""
    for error in failures[1:]:
        sys.stderr.write(f"{error.code}: {shown(str(error))}\n")
    if failures:
        raise failures[0]
