"""Commands about sitters."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ..errors import InputError
from ..recipes.documents import built_in
from ..recipes.steps import ENROL, LOAD_SITTER, READ_PHOTOS, SAVE_SITTER
from ..recipes.values import lines
from .declared import Json, default, option
from .output import Output
from .running import perform


def enroll(
    name: Annotated[str, typer.Argument(help=ENROL.input("name").tooltip)],
    photo: Annotated[list[str], typer.Argument(help=READ_PHOTOS.input("paths").tooltip)],
    face: Annotated[str, option(ENROL, "face")] = default(ENROL, "face"),
    replace: Annotated[bool, option(SAVE_SITTER, "replace", "--replace")] = False,
    json: Json = False,
) -> None:
    """Learn who a sitter is from photos, and store it on this machine."""
    output = Output(json)
    results = perform(
        built_in("enrol_sitter"),
        {
            "Photos.paths": "\n".join(photo),
            "Enrol.name": name,
            "Enrol.face": face,
            "Save.replace": replace,
        },
        output,
    )
    enrolled = next(results.of(ENROL.id))
    identity = results.get(enrolled, "identity")
    report = lines(results.get(enrolled, "report"))
    output.result(
        {
            "name": identity.name,
            "photos": [{"name": photo.name, "quality": photo.quality} for photo in identity.photos],
            "report": report,
        }
    )
    for line in report:
        output.line(line)
    output.line(f"{identity.name} is enrolled from {_photos(len(identity.photos))}.")


def identities(json: Json = False) -> None:
    """List the sitters stored on this machine."""
    from ..identity.serialisation import from_bytes
    from ..recipes.actions.sitters import KIND
    from ..vault import open_vault

    output, vault = Output(json), open_vault()
    found = [
        from_bytes(vault.get(name, KIND)) for name in vault.sitters() if KIND in vault.kinds(name)
    ]
    output.result(
        [{"name": each.name, "photos": len(each.photos), "created": each.created} for each in found]
    )
    output.table(
        ("Sitter", "Photos", "Enrolled"),
        [(each.name, str(len(each.photos)), each.created) for each in found],
    )


def forget(
    name: Annotated[str, typer.Argument(help=LOAD_SITTER.input("name").tooltip)],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    json: Json = False,
) -> None:
    """Remove everything that is stored of a sitter, and verify that it is gone."""
    from ..recipes.actions.sitters import forget_sitter
    from ..vault import open_vault

    if not yes and open_vault().kinds(name):
        if not sys.stdin.isatty():
            raise InputError(
                f"Forgetting {name!r} was not confirmed", "Add --yes to forget without being asked."
            )
        typer.confirm(f"Forget {name!r} for good?", abort=True, err=True)
    from ..progress import SILENT

    (forgotten,) = forget_sitter(SILENT, name)
    output = Output(json)
    output.result({"forgotten": forgotten})
    output.line(f"{forgotten} is forgotten: nothing of them is stored here any more.")


def _photos(count: int) -> str:
    return "1 photo" if count == 1 else f"{count} photos"
