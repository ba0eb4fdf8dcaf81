"""Commands about retention, erasure, the vault's key, receipts, export and the audit log."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..errors import InputError, ReceiptInvalid
from ..master_key import MasterKind
from ..passphrase import PASSPHRASE
from ..recipes.steps import FORGET_SITTER
from .declared import Json, Sitter, default, from_stdin, option
from .output import Output
from .sitters import read_consent

receipts = typer.Typer(help="The receipts of sitters who were forgotten.", no_args_is_help=True)


def retention(
    name: Annotated[
        str | None,
        typer.Argument(callback=from_stdin, help="A sitter; without, all are shown."),
    ] = None,
    days: Annotated[
        int | None,
        typer.Option(
            help="Keep the sitter for so many days from today. Without a sitter: keep everybody "
            "who is enrolled from now on for so many days, 1 to 365."
        ),
    ] = None,
    consent: Annotated[
        str,
        typer.Option(
            help="The sitter's new consent, as for `headshots enroll`; needed to keep them longer."
        ),
    ] = "",
    sweep: Annotated[
        bool,
        typer.Option(
            "--sweep",
            help="Confirm that the clock is right: forget sitters whose last day is over, although "
            "the vault was unused for long.",
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Show until when sitters are kept and for how long at most, or change it.

    Without a name it also shows who was forgotten because their last day was over, and which of
    their files are left. Each such notice is shown once.
    """
    from ..recipes.actions.retention import clock, clocks, keep
    from ..vault import open_vault
    from ..vault.erasure import sweep as sweep_now
    from ..vault.news import worded
    from ..vault.policy import choose_retention_days, retention_days

    output = Output(json)
    if name is None and consent:
        raise InputError("No sitter was named", "Say who agreed.")
    if name is not None and sweep:
        raise InputError("--sweep is for all sitters", "Leave the name out.")
    if sweep:
        sweep_now(open_vault(), sure=True)
    if name is None and days is not None:
        choose_retention_days(open_vault(), days)
    if name is not None and (days is not None or consent):
        agreement = read_consent(consent) if consent else ""
        shown = [keep(name, retention_days() if days is None else days, agreement)]
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
    if name is None and not json:
        notices = open_vault().notices()
        for each in notices:
            output.line(f"{worded(each)}.")
        if notices:
            open_vault().acknowledge(each.id for each in notices)


def forget(
    name: Sitter,
    delivered: Annotated[bool, option(FORGET_SITTER, "delivered", "--delivered")] = default(
        FORGET_SITTER, "delivered"
    ),
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    json: Json = False,
) -> None:
    """Destroy all that is stored of a sitter, verify that it is gone, and write a receipt.

    A backup that holds the vault and its key still reads them; `headshots key` keeps the two apart.
    """
    from ..vault import check_name, open_vault
    from ..vault.erasure import forget
    from ..vault.ids import name_of

    name = name_of(name)
    if not yes and open_vault().kinds(name):
        if not sys.stdin.isatty():
            raise InputError(
                f"Forgetting {name!r} was not confirmed", "Add --yes to forget without being asked."
            )
        typer.confirm(f"Forget {name!r} for good?", abort=True, err=True)
    erasure = forget(open_vault(), name, delivered=delivered)
    output, backups = Output(json), open_vault().reach().summary
    left = [str(path) for path in erasure.left]
    output.result(
        {
            "forgotten": check_name(name),
            "receipt": str(erasure.file),
            "left": left,
            "backups": backups,
        }
    )
    output.line(f"{check_name(name)} is forgotten: nothing of them is stored here any more.")
    for path in left:
        output.line(f"Delivered, and still there: {path}")
    output.line(backups)
    output.line(f"The receipt is {erasure.file}.")


def key(
    to: Annotated[
        MasterKind | None,
        typer.Option(
            help="Where to move it: the system's keyring, a file sealed under a passphrase, or a "
            "file that only you may read."
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            help="A new or empty folder for that file, which is marked to be left out of backups; "
            "without, the configuration folder's `keys`."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Show where the vault's key lies and what a backup can read with it, or move it.

    Moving makes a new key and destroys the old one. Older backups may still hold the old one.
    """
    from ..vault import open_vault

    vault = open_vault()
    if to is None and folder is not None:
        to = "passphrase" if vault.takes_passphrase() else "file"
    if to is not None:
        if to == "passphrase":  # ask before the vault's transaction begins
            PASSPHRASE.get(new=not vault.takes_passphrase())
        vault.move_key(to, folder)
    output, place, reach = Output(json), vault.place(), vault.reach()
    output.result({"key": place, "apart": reach.apart, "backups": reach.summary})
    output.line(f"The vault's key lies in {place}.")
    output.line(reach.summary)
    if to is not None:
        output.line(
            "It is a new key, and the former one is destroyed. Backups that were made before may "
            "hold that one: they read what the vault held then, and nothing later."
        )


@receipts.command()
def verify(
    file: Annotated[Path, typer.Argument(help="A receipt.")],
    name: Annotated[
        str,
        typer.Option(
            callback=from_stdin, help="The sitter's name, to check; the receipt holds no name."
        ),
    ] = "",
    key: Annotated[
        str | None,
        typer.Option(
            help="The key that it should be signed with: an export or a consent record that the "
            "person got before, or 64 hex digits; without, that of this machine's vault."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Check who signed a receipt and that it is unaltered, and say what it proves."""
    from ..vault.receipts import is_of, read

    trusted, whose = _trusted_key(key)
    receipt = read(file, trusted)
    if name and not is_of(receipt, name):
        raise ReceiptInvalid(f"The receipt {file} is not that of {name!r}", "Check the name.")
    output = Output(json)
    output.result({**receipt, "checked_against": whose})
    blobs, files = receipt["stored"], receipt["files"]
    destroyed = sum(bool(each["destroyed"]) for each in files)
    who = f"the sitter {name}" if name else "a sitter whom it doesn't name"
    output.line(f"Verified with {whose}: it is signed with {trusted}, and unaltered since.")
    output.line(f"On {receipt['when']}, by {receipt['why']}, {who} was forgotten.")
    output.line(f"Destroyed: their key, {len(blobs)} stored items, {destroyed} files.")
    output.line(f"Left as delivered: {len(files) - destroyed} files.")
    output.line("That is what the holder of the key states; of copies elsewhere it says nothing.")


def _trusted_key(source: str | None) -> tuple[str, str]:
    """The key to verify a receipt with, hex, and whose it is in words; creates no vault."""
    from ..vault import open_vault
    from ..vault.receipt_keys import key_in
    from ..vault.receipts import own_key

    if source is not None:
        return key_in(source), f"the key that was given ({source})"
    own = own_key(open_vault())
    if own is None:
        raise InputError(
            "There is no vault on this machine that could have signed the receipt",
            "Give the key that it should be signed with: --key EXPORT.zip.",
        )
    return own, "the key of this machine's vault"


def export(
    name: Sitter,
    out: Annotated[
        Path | None, typer.Option(help="The zip to write; without, NAME.zip in this folder.")
    ] = None,
    json: Json = False,
) -> None:
    """Write all that is kept of a sitter into a zip, to be given to them. It is not encrypted."""
    from ..recipes.actions.export import export
    from ..vault import check_name
    from ..vault.ids import name_of

    file = out or Path(f"{_as_file(name)}.zip")
    name = check_name(name_of(name))
    parts = export(name, file)
    output = Output(json)
    output.result({"file": str(file), "holds": list(parts)})
    output.line(f"{file} holds all that is kept of {name}: {len(parts)} files.")


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
