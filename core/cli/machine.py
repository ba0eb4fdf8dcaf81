"""Commands about this installation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import SetupError
from ..recipes.jsonable import to_jsonable
from .declared import Json
from .output import Output

DEMO_CONSENT = "yes, by release into the public domain"
PREVIEW_SEED = 1
PREVIEW_WIDTH = 320


def setup(
    tests: Annotated[
        bool, typer.Option("--tests", help="Fetch the photos of the test suite as well.")
    ] = False,
    language: Annotated[str, typer.Option(help="en for English, de for German.")] = "en",
    json: Json = False,
) -> None:
    """Fetch missing model weights and the demo's photo; each file's hash is checked."""
    from ..delivery.signing import signer
    from ..weights.doctor import load_runtimes
    from ..weights.fetch import chosen, fetch

    output, wanted = Output(json, language), chosen(tests=tests)
    with output.progress() as progress:
        fetched = fetch(wanted, progress.part(0, 0.9))
        load_runtimes(progress.part(0.9, 1))
    signer()  # created now, so that the first delivery doesn't wait for it
    output.result({"fetched": [weight.name for weight in fetched], "files": len(wanted)})
    output.line(f"{len(fetched)} of {len(wanted)} files fetched; all are in place.")


def doctor(json: Json = False) -> None:
    """Show what is installed, what is missing and how to fix it, and what licences allow."""
    from ..gimp import State, installed_gimps, remedies
    from ..installation import ROOT
    from ..weights.doctor import examine

    output, report, gimps = Output(json), examine(), installed_gimps()
    to_do = [*report.remedies, *remedies(gimps)]
    plug_ins = [{"folder": gimp.folder, "state": gimp.state} for gimp in gimps]
    output.result({**to_jsonable(report), "gimp": to_jsonable(plug_ins), "remedies": to_do})
    output.table(
        ("Installation", ""),
        [
            ("headshots", report.version),
            ("Python", f"{report.python} ({report.executable})"),
            ("System", f"{report.system}, {report.threads} threads on {report.cores} cores"),
            ("Documents", str(ROOT / "docs")),
            ("Data folder", str(report.data.path)),
            ("Vault's key", report.vault_key),
            ("Backups", report.backups),
            ("Weights folder", str(report.weights_folder.path)),
        ],
    )
    output.table(
        ("Runtime", "State", "What it does"),
        [(each.module, each.trouble or each.version, each.purpose) for each in report.runtimes],
    )
    output.table(
        ("File", "State", "Licence", "Commercial work", "What it is for"),
        [
            (
                each.weight.name,
                str(each.state),
                each.weight.licence,
                "allowed" if each.weight.commercial else "not allowed",
                each.weight.purpose,
            )
            for each in report.weights
        ],
    )
    output.table(
        ("Extra", "State", "What it brings"),
        [
            (each.name, each.command if each.missing else "installed", each.purpose)
            for each in report.extras
        ],
    )
    output.table(
        ("GIMP", "Plug-in"),
        [
            (
                str(gimp.folder),
                "`headshots gimp-install`" if gimp.state is State.MISSING else str(gimp.state),
            )
            for gimp in gimps
        ],
    )
    if to_do:
        raise SetupError("Something is missing", " ".join(to_do))
    output.line("All is well.")


def looks(
    previews: Annotated[
        Path | None,
        typer.Option(help="Folder to write a small picture of each look to, with the demo's face."),
    ] = None,
    json: Json = False,
) -> None:
    """List the looks: those that come with headshots, then your own."""
    from ..generation import LOOKS

    output, faults = Output(json), LOOKS.faults
    shown = _previews(previews, output) if previews else {}
    output.result(
        [
            {
                "name": look.name,
                "title": look.title,
                "description": look.description,
                **({"preview": str(shown[look.name])} if previews else {}),
            }
            for look in LOOKS.values()
        ]
    )
    output.table(
        ("Look", "Title", "What it is like"),
        [(look.name, look.title, look.description) for look in LOOKS.values()],
    )
    if previews:
        output.line(f"{len(shown)} previews are in {previews}.")
    if faults:
        raise faults[0]


def _previews(folder: Path, output: Output) -> dict[str, Path]:
    """Write a preview of each look into `folder`; returns the files by look name."""
    from ..delivery.formats import deliver
    from ..faces import ANALYSERS
    from ..generation import GENERATORS, LOOKS, Request
    from ..identity.enrollment import enrol
    from ..photos import read_photo
    from ..picture import Picture
    from ..settings import settings
    from ..vault.consent import agreed
    from ..weights.store import weight_path

    photo = read_photo(weight_path("demo-photo"))
    identity = enrol(
        "Demo",
        [photo],
        consent=agreed("Demo", DEMO_CONSENT, days=1),
        analyser=ANALYSERS.get(settings().analyser),
    ).identity
    looks = tuple(LOOKS.values())
    request = Request(identity, looks, len(looks), PREVIEW_SEED, PREVIEW_WIDTH, matched=True)
    written: dict[str, Path] = {}
    with output.progress() as progress:
        candidates = GENERATORS.get("studio").generate(request, progress)
        for look, each in zip(looks, candidates, strict=True):
            picture = Picture(look.name, each.portrait, each.provenance)
            written[look.name] = deliver(picture, folder=folder, title=look.title).path
    return written
