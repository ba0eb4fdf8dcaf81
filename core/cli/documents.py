"""The commands for photos of official documents."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..recipes.steps import DELIVER_PICTURES
from .declared import Json, option
from .output import Output
from .pictures import Pictures, spare


def formats(
    country: Annotated[str, typer.Argument(help="A country, or the beginning of its name.")] = "",
    json: Json = False,
) -> None:
    """List the formats of photos for official documents, by country."""
    from ..delivery.documents import documents

    begin = country.strip().casefold()
    every = [
        each
        for each in documents().values()
        if each.country.casefold().startswith(begin) or each.name.startswith(begin)
    ]
    output = Output(json)
    output.result(every)
    output.table(
        ("document", "for", "mm", "pixels", "head", "background"),
        [
            (
                each.name,
                each.title,
                f"{each.width_mm:g} x {each.height_mm:g}",
                f"{each.size.width} x {each.size.height}",
                f"{each.size.head:.0%}",
                each.background,
            )
            for each in every
        ],
    )


def photo(
    picture: Pictures,
    document: Annotated[
        str, typer.Option(metavar="NAME", help="A document of `headshots id-formats`.")
    ],
    format: Annotated[str, option(DELIVER_PICTURES, "format")] = "jpeg",
    out: Annotated[str, option(DELIVER_PICTURES, "folder", "--out", "-o")] = "id-photos",
    json: Json = False,
) -> None:
    """Crop photographs to the format of an official document. An edited picture is refused."""
    from typing import cast

    from ..delivery.documents import documents
    from ..delivery.formats import Format, deliver
    from ..delivery.sizes import find_size
    from ..errors import InputError
    from ..progress import SILENT
    from ..recipes.actions.pictures import read_pictures

    spare(picture, out)
    find_size(document)  # which names the nearest if there is none
    if document not in documents():
        raise InputError(
            f"{document!r} is no official document", "See `headshots id-formats COUNTRY`."
        )
    wanted, output = documents()[document], Output(json)
    pictures = read_pictures(SILENT, "\n".join(picture))[0]
    chosen = cast(Format, format)
    made = [deliver(each, folder=Path(out), size=document, format=chosen) for each in pictures]
    requirements = (f"Background: {wanted.background}", *wanted.requirements)
    notes = [each.note for each in made if each.note]
    output.result({"files": made, "asked": requirements, "notes": notes})
    for each in made:
        output.line(str(each.path))
    for note in notes:
        output.line(note)
    output.line(f"{wanted.title}. Look yourself whether the photo meets the rest:")
    for each in requirements:
        output.line(f"- {each}")
    output.line(
        "These are figures of a data set: the authority has the last word. Only edits that a file "
        "tells of are refused; that it is a photograph as taken is yours to know."
    )
