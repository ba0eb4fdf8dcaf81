"""Commands about how long sitters are kept, and how they are forgotten."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..errors import InputError, ReceiptInvalid
from ..recipes.steps import FORGET_SITTER, LOAD_SITTER
from .declared import Json, default, option
from .output import Output
from .sitters import read_consent

receipts = typer.Typer(help="The receipts of sitters who were forgotten.", no_args_is_help=True)


def retention(
    name: Annotated[str | None, typer.Argument(help="A sitter; without, all are shown.")] = None,
    days: Annotated[
        int | None,
        typer.Option(
            help="Keep the sitter for so many days from today; without a sitter, from now on all "
            "who are enrolled, 1 to 365."
        ),
    ] = None,
    consent: Annotated[
        str,
        typer.Option(
            help="That they agreed anew, as for `headshots enroll`; needed to keep them for longer."
        ),
    ] = "",
    json: Json = False,
) -> None:
    """Show until when sitters are kept and for how long at most, or change it."""
    from ..recipes.actions.keeping import clock, clocks, keep
    from ..vault import open_vault
    from ..vault.policy import choose_retention_days, retention_days

    output = Output(json)
    if name is None and consent:
        raise InputError("No sitter was named", "Say who agreed.")
    if name is None and days is not None:
        choose_retention_days(open_vault(), days)
    if name is not None and (days is not None or consent):
        told = read_consent(consent) if consent else ""
        shown = [keep(name, retention_days() if days is None else days, told)]
    else:
        shown = clocks() if name is None else [clock(name)]
    output.result(
        [
            {"name": each.name, "until": each.until.isoformat(), "days_left": each.days_left}
            for each in shown
        ]
    )
    output.table(
        ("Sitter", "Kept until", "Days left"),
        [(each.name, each.until.isoformat(), str(each.days_left)) for each in shown],
    )
    if name is None:
        output.line(f"Sitters are kept for {retention_days()} days at most.")


def forget(
    name: Annotated[str, typer.Argument(help=LOAD_SITTER.input("name").tooltip)],
    delivered: Annotated[bool, option(FORGET_SITTER, "delivered", "--delivered")] = default(
        FORGET_SITTER, "delivered"
    ),
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    json: Json = False,
) -> None:
    """Destroy all that is stored of a sitter, verify that it is gone, and write a receipt."""
    from ..vault import check_name, open_vault
    from ..vault.forgetting import forget

    if not yes and open_vault().kinds(name):
        if not sys.stdin.isatty():
            raise InputError(
                f"Forgetting {name!r} was not confirmed", "Add --yes to forget without being asked."
            )
        typer.confirm(f"Forget {name!r} for good?", abort=True, err=True)
    gone = forget(open_vault(), name, delivered=delivered)
    output = Output(json)
    left = [str(path) for path in gone.left]
    output.result({"forgotten": check_name(name), "receipt": str(gone.file), "left": left})
    output.line(f"{check_name(name)} is forgotten: nothing of them is stored here any more.")
    for path in left:
        output.line(f"Delivered, and still there: {path}")
    output.line(f"The receipt is {gone.file}.")


@receipts.command()
def verify(
    file: Annotated[Path, typer.Argument(help="A receipt.")],
    name: Annotated[
        str, typer.Option(help="Whose it should be; the receipt itself names nobody.")
    ] = "",
    json: Json = False,
) -> None:
    """Check that a receipt is as it was signed, and say what it proves."""
    from ..vault import open_vault
    from ..vault.receipts import is_of, read, signer_of

    receipt = read(file)
    if name and not is_of(receipt, name):
        raise ReceiptInvalid(f"The receipt {file} is not that of {name!r}", "Check the name.")
    own = receipt["signer"] == signer_of(open_vault().secret("receipts"))
    output = Output(json)
    output.result({**receipt, "signed_here": own})
    blobs, files = receipt["stored"], receipt["files"]
    gone = sum(bool(each["destroyed"]) for each in files)
    who = f"the sitter {name}" if name else "a sitter whom it doesn't name"
    output.line(f"On {receipt['when']}, by {receipt['why']}, {who} was forgotten.")
    output.line(f"Destroyed: their key, {len(blobs)} stored items, {gone} files.")
    output.line(f"Left as delivered: {len(files) - gone} files.")
    output.line(
        "Signed by this installation."
        if own
        else f"Signed by another installation, whose key is {receipt['signer']}."
    )


def export(
    name: Annotated[str, typer.Argument(help=LOAD_SITTER.input("name").tooltip)],
    out: Annotated[
        Path | None, typer.Option(help="The zip to write; without, NAME.zip in this folder.")
    ] = None,
    json: Json = False,
) -> None:
    """Write all that is kept of a sitter into a zip, to be given to them. It is not encrypted."""
    from ..recipes.actions.exporting import export
    from ..vault import check_name

    file = out or Path(f"{_as_file(check_name(name))}.zip")
    parts = export(name, file)
    output = Output(json)
    output.result({"file": str(file), "holds": list(parts)})
    output.line(f"{file} holds all that is kept of {check_name(name)}: {len(parts)} files.")


def audit(json: Json = False) -> None:
    """Show the log of what was done with sitters' data, and verify that it is whole."""
    from ..vault import open_vault

    output, entries = Output(json), open_vault().audit()
    output.result(entries)
    output.table(
        ("No.", "When", "What", "Sitter", "Details"),
        [(str(each.number), each.when, each.event, each.sitter, each.detail) for each in entries],
    )
    output.line(f"The log is whole: {len(entries)} entries.")


def _as_file(name: str) -> str:
    return "".join(c if c.isalnum() or c in " -_" else "-" for c in name)[:80].strip() or "sitter"
