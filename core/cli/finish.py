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
    look: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="Make it a look of yours of that name; --out is then not used."
        ),
    ] = "",
    like: Annotated[
        str, typer.Option(metavar="LOOK", help="The look whose light and backdrop that one has.")
    ] = "studio-grey",
    json: Json = False,
) -> None:
    """Learn a colour finish from one picture before and after it, as a .cube file or a look."""
    from ..errors import InputError
    from ..files import make_folder, write_file
    from ..generation.cube import SUFFIX
    from ..generation.match_finish import match_finish as learn
    from ..photos import read_photo
    from ..settings import settings

    folder = settings().looks
    file = folder / f"{look}{SUFFIX}" if look else Path(out)
    if file.suffix.lower() != SUFFIX:
        raise InputError(f"{out} is no {SUFFIX} file", f"Give a name that ends with {SUFFIX}.")
    text = _look(look, like, file) if look else ""
    pictures = [read_photo(Path(each), longest=1600).image for each in (before, after)]
    table = learn(*pictures, title=file.stem)
    if look:
        make_folder(folder)
    write_file(file, table.to_text().encode())
    if look:
        write_file(file.with_suffix(".toml"), text.encode())
    output = Output(json)
    output.result({"file": str(file), "look": look})
    output.line(f"Wrote {file}.")
    if look:
        output.line(f"{look} is a look of yours now, lit and framed as {like}.")
    else:
        output.line(f"In a look of yours: finish = {{ lut = {str(file)!r}, ... }}.")


def _look(name: str, like: str, file: Path) -> str:
    """The text of the look; nothing that is there already is replaced."""
    from dataclasses import replace

    from ..errors import InputError
    from ..generation import LOOKS, find_look
    from ..generation.look_files import check_name
    from ..generation.look_writing import look_text

    check_name(name)
    if name in LOOKS or file.exists() or file.with_suffix(".toml").exists():
        raise InputError(f"There is a look called {name} already", "Give another name.")
    base = find_look(like)
    made = replace(
        base,
        name=name,
        title=name.replace("-", " ").capitalize(),
        description=f"As {base.title}, with a finish that was learned from a picture.",
        finish=replace(base.finish, lut=file.name),
    )
    return look_text(made)
