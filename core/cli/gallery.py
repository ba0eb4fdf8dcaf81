"""The command that makes a page to send."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..errors import InputError
from ..recipes.steps import LOAD_SITTER
from .declared import Json, from_stdin
from .output import Output
from .pictures import Pictures


def gallery(
    picture: Pictures,
    title: Annotated[
        str, typer.Option(metavar="TEXT", help="The heading; default: Your headshots.")
    ] = "",
    size: Annotated[
        list[str] | None,
        typer.Option(
            "--size",
            metavar="SIZE",
            help="A size to download; give several. Default: full, web and linkedin.",
        ),
    ] = None,
    protect: Annotated[
        bool,
        typer.Option(
            "--protect",
            help="Encrypt the page with a passphrase: it is asked for, or read from the first line "
            "of standard input.",
        ),
    ] = False,
    sitter: Annotated[
        str,
        typer.Option(
            "--sitter",
            metavar="NAME",
            callback=from_stdin,
            help=LOAD_SITTER.input("name").tooltip
            + " Their consent to delivery is then checked, and the page goes with them.",
        ),
    ] = "",
    language: Annotated[str, typer.Option(help="en for English, de for German.")] = "en",
    out: Annotated[
        str, typer.Option("--out", "-o", metavar="FILE", help="The page to write.")
    ] = "headshots.html",
    json: Json = False,
) -> None:
    """Make one page for one person, with their headshots and the sizes to download."""
    from ..delivery.gallery.page import DEFAULT_SIZES, Chosen, gallery_html
    from ..delivery.gallery.words import WORDS
    from ..identity.stored import stored_sitter
    from ..photos.reading import read_file
    from ..progress import SILENT
    from ..recipes.actions.files import check_consent
    from ..recipes.actions.pictures import expanded, read_pictures
    from ..vault.shown_files import write_shown

    if language not in WORDS:
        raise InputError(f"No page is written in {language!r}", f"Take {' or '.join(WORDS)}.")
    file, output = Path(out), Output(json)
    if file.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"{out} is no HTML file", "Give a name that ends with .html.")
    named = stored_sitter(sitter, "deliver").name if sitter else ""
    paths = list(expanded("\n".join(picture)))
    pictures = read_pictures(SILENT, "\n".join(map(str, paths)))[0]
    check_consent(pictures)
    page = gallery_html(
        [
            Chosen(each, read_file(path, path.name))
            for each, path in zip(pictures, paths, strict=True)
        ],
        title=title,
        sizes=size or DEFAULT_SIZES,
        language=language,  # type: ignore[arg-type]
        passphrase=_passphrase() if protect else None,
    )
    write_shown({file: page.encode()}, [named], handed="delivered", mode=0o600)
    output.result({"file": str(file), "pictures": len(pictures), "bytes": len(page.encode())})
    output.line(f"Wrote {file}, {len(page) / 1e6:.1f} MB.")
    if protect:
        output.line("Send the passphrase another way than the page. It can't be recovered.")


def _passphrase() -> str:
    if sys.stdin.isatty():
        return typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True)
    return sys.stdin.readline().rstrip("\r\n")
