"""Commands about sitters."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..errors import ConsentUnclear
from ..recipes.documents import built_in
from ..recipes.steps import COACH, ENROL, LOAD_SITTER, READ_PHOTOS, SAVE_SITTER, TUNE_SITTER
from ..recipes.values import lines
from .declared import Json, Sitter, default, from_stdin, option
from .output import Output
from .perform import perform

_MOST_CONSENT = 20_000  # bytes of a file; a record has some hundred


def enroll(
    name: Annotated[
        str,
        typer.Argument(
            callback=from_stdin,
            help="The sitter's name, as you want to find it again; - reads it from standard input.",
        ),
    ],
    photo: Annotated[list[str], typer.Argument(help=READ_PHOTOS.input("paths").tooltip)],
    consent: Annotated[
        str | None,
        typer.Option(
            help="'yes' if the sitter agreed in person, now; 'yes to generate and deliver, until "
            "2027-01-31, by signed form' to say what for, until when and how; or a FILE with such "
            "a sentence or their consent as JSON. Without it you are asked."
        ),
    ] = None,
    face: Annotated[str, option(ENROL, "face")] = default(ENROL, "face"),
    replace: Annotated[bool, option(SAVE_SITTER, "replace", "--replace")] = False,
    json: Json = False,
) -> None:
    """Learn who a sitter is from photos, and store it on this machine."""
    from ..vault import open_vault
    from ..vault.consent import handed_out
    from ..vault.ids import id_of
    from ..vault.receipts import own_key

    output = Output(json)
    results = perform(
        built_in("enrol_and_save"),
        {
            "Photos.paths": "\n".join(photo),
            "Enrol.name": name,
            "Enrol.consent": consent_of(name) if consent is None else read_consent(consent),
            "Enrol.face": face,
            "Save.replace": replace,
        },
        output,
    )
    enrolled = next(results.of(ENROL.id))
    identity = results.get(enrolled, "identity")
    report, key = lines(results.get(enrolled, "report")), own_key(open_vault()) or ""
    number = id_of(identity.name)
    output.result(
        {
            "name": identity.name,
            "id": number,
            "photos": [{"name": photo.name, "quality": photo.quality} for photo in identity.photos],
            "consent": handed_out(identity.consent, key),
            "report": report,
        }
    )
    for line in report:
        output.line(line)
    output.line(f"{identity.name} is enrolled from {_photos(len(identity.photos))}, as {number}.")
    output.line(f"The receipt of their forgetting will be signed; to verify it, they keep {key}.")


def coach(
    photo: Annotated[list[str], typer.Argument(help=READ_PHOTOS.input("paths").tooltip)],
    face: Annotated[str, option(COACH, "face")] = default(COACH, "face"),
    json: Json = False,
) -> None:
    """Say what photos of a sitter lack and which one to leave out, before enrolling."""
    output = Output(json)
    document = {
        "Photos": {"class_type": READ_PHOTOS.id, "inputs": {"paths": "\n".join(photo)}},
        "Coach": {"class_type": COACH.id, "inputs": {"photos": ["Photos", 0], "face": face}},
    }
    report = lines(perform(document, {}, output).get("Coach", "report"))
    output.result({"report": report})
    for line in report:
        output.line(line)


def tune(
    name: Sitter,
    model: Annotated[str, option(TUNE_SITTER, "model")] = default(TUNE_SITTER, "model"),
    steps: Annotated[int, option(TUNE_SITTER, "steps")] = default(TUNE_SITTER, "steps"),
    rank: Annotated[int, option(TUNE_SITTER, "rank")] = default(TUNE_SITTER, "rank"),
    others: Annotated[
        list[str] | None, typer.Option(help=TUNE_SITTER.input("others").tooltip, metavar="PHOTO")
    ] = None,
    seed: Annotated[int, option(TUNE_SITTER, "seed")] = default(TUNE_SITTER, "seed"),
    accept_licence: Annotated[
        bool, option(TUNE_SITTER, "accept_licence", "--accept-licence")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write the LoRA to this .safetensors file too, for other programs. It isn't "
            "sealed; forgetting the sitter removes it."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Tune a diffusion model to a stored sitter; a stopped run continues."""
    output = Output(json)
    inputs = {
        "identity": ["Sitter", 0],
        "model": model,
        "steps": steps,
        "rank": rank,
        "seed": seed,
        "accept_licence": accept_licence,
    }
    document = {
        "Sitter": {"class_type": LOAD_SITTER.id, "inputs": {"name": name}},
        "Tune": {"class_type": TUNE_SITTER.id, "inputs": inputs},
    }
    if others:
        inputs["others"] = ["Others", 0]
        paths = {"paths": "\n".join(others)}
        document["Others"] = {"class_type": READ_PHOTOS.id, "inputs": paths}
    report = lines(perform(document, {}, output).get("Tune", "report"))
    if out is not None:
        from ..recipes.actions.tune import write_lora

        report.append(write_lora(name, model, out))
    output.result({"report": report})
    for line in report:
        output.line(line)


def identities(json: Json = False) -> None:
    """List the sitters stored on this machine."""
    from ..recipes.actions.retention import kept_sitters

    output, sitters = Output(json), kept_sitters()
    output.result(
        [
            {
                "name": each.identity.name,
                "id": each.id,
                "photos": len(each.identity.photos),
                "created": each.identity.created,
                "until": each.clock.until.isoformat(),
                "days_left": each.clock.days_left,
            }
            for each in sitters
        ]
    )
    output.table(
        ("Sitter", "Id", "Photos", "Enrolled", "Kept until", "Days left"),
        [
            (
                *(each.identity.name, each.id, str(len(each.identity.photos))),
                *(each.identity.created, each.clock.until.isoformat(), str(each.clock.days_left)),
            )
            for each in sitters
        ],
    )


def consent_of(name: str) -> str:
    """Ask the person at the terminal for the consent of `name`: "yes", or "" for no."""
    from ..vault import check_name
    from ..vault.consent import consent_question
    from ..vault.policy import retention_days

    question = consent_question(check_name(name), retention_days())
    if not sys.stdin.isatty():
        return ""
    return "yes" if typer.confirm(question, err=True) else ""


def read_consent(consent: str) -> str:
    """`consent` itself, or the content of the file of that name."""
    if consent.lstrip().lower().startswith(("yes", "{")) and not Path(consent).is_file():
        return consent
    try:
        with Path(consent).open("rb") as file:
            return file.read(_MOST_CONSENT).decode()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ConsentUnclear(
            f"The consent {consent!r} says neither yes nor is it a file that can be read: {reason}",
            "Give --consent yes if the sitter agreed in person, or a file with their consent.",
        ) from None


def _photos(count: int) -> str:
    return "1 photo" if count == 1 else f"{count} photos"
