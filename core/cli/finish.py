"""The command that learns a finish."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .declared import Json
from .output import Output


def match_finish(
    before: Annotated[str, typer.Argument(help="The picture as it was handed over.")],
    after: Annotated[str, typer.Argument(help="The same one finished, in the same crop.")],
    out: Annotated[
        str, typer.Option("--out", "-o", metavar="FILE", help="The .cube file to write.")
    ] = "finish.cube",
    json: Json = False,
) -> None:
    """Learn a colour finish from one picture before and after it, as a .cube file for looks."""
    from ..errors import InputError
    from ..files import write_file
    from ..generation.cube import SUFFIX
    from ..generation.match_finish import match_finish as learn
    from ..photos import read_photo

    output, file = Output(json), Path(out)
    if file.suffix.lower() != SUFFIX:
        raise InputError(f"{out} is no {SUFFIX} file", f"Give a name that ends with {SUFFIX}.")
    pictures = [read_photo(Path(each), longest=1600).image for each in (before, after)]
    table = learn(*pictures, title=file.stem)
    write_file(file, table.to_text().encode())
    output.result({"file": str(file), "colours": len(table.table) ** 3})
    output.line(f"Wrote {file}. In a look of yours: finish = {{ lut = {str(file)!r}, ... }}.")
