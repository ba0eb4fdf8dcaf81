"""The command that shows the metadata and credentials of delivered pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import HeadshotsError, InputError
from ..recipes.documents import document, raw_nodes
from ..recipes.steps import STEPS
from .declared import Json
from .output import Output

if TYPE_CHECKING:
    from ..delivery.credentials import Credentials
    from ..provenance import Provenance

_NOTHING = "nothing: it was not delivered by headshots, or its metadata was taken out"


def inspect(
    picture: Annotated[
        list[Path], typer.Argument(metavar="PICTURE...", help="Delivered pictures.")
    ],
    recipe: Annotated[
        bool,
        typer.Option(
            "--recipe",
            help="Print the recipe of one picture, as a file for `headshots run`. Name the sitter "
            "with --set.",
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Show the metadata of delivered pictures: what they are, scores, recipe, credentials."""
    from ..delivery import credentials
    from ..delivery.xmp import read_xmp
    from ..photos.reading import read_file

    if recipe and len(picture) != 1:
        raise InputError("Several pictures were given", "With --recipe, give one.")
    data = {str(path): read_file(path, path.name) for path in picture}
    metadata = {name: read_xmp(each) for name, each in data.items()}
    if recipe:
        Output(as_json=True).result(_recipe_of(picture[0], metadata[str(picture[0])]))
        return
    output = Output(json)
    signed = {name: credentials.inspect(each) for name, each in data.items()}
    output.result(
        [
            {"picture": name, **_parsed(values), "credentials": _proved(signed[name])}
            for name, values in metadata.items()
        ]
    )
    for name, values in metadata.items():
        output.line(name)
        for what, text in (*_metadata_rows(values), *_credentials_rows(signed[name])):
            output.line(f"  {what}: {text}")


def _recipe_of(path: Path, values: Mapping[str, Any]) -> dict[str, Any]:
    text = values.get("recipe")
    if not isinstance(text, str):
        raise InputError(
            f"{path.name} holds no recipe", "Give a picture that headshots delivered itself."
        )
    return document(text)  # it may come from an untrusted file


def _parsed(values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` with the recipe parsed; an invalid one stays text."""
    try:
        return {**values, "recipe": document(values["recipe"])}
    except (KeyError, HeadshotsError):
        return dict(values)


def _metadata_rows(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The metadata for people."""
    from ..delivery.contact import source_type

    if not values:
        return [("says", _NOTHING)]
    rows = [("written by", str(values["creator_tool"]))] if "creator_tool" in values else []
    if "title" in values:
        rows.append(("title", str(values["title"])))
    if "source_type" in values:
        rows.append(("what it is", source_type(str(values["source_type"]))))
    from ..provenance import provenance_from_json  # late: --help must not wait for pydantic

    if (provenance := provenance_from_json(values.get("provenance"))) is not None:
        rows += _provenance_rows(provenance)
    card = values.get("scorecard")
    if isinstance(card, dict):
        rows += _score_rows(card)
    if "recipe" in values:
        rows.append(("recipe", _steps_of(values["recipe"])))
    return rows


def _proved(signed: Credentials | None) -> dict[str, Any] | None:
    return signed and {**asdict(signed), "trust": signed.trust}


def _credentials_rows(signed: Credentials | None) -> list[tuple[str, str]]:
    """The signed credentials for people."""
    from ..delivery.contact import source_type

    if signed is None:
        return [("credentials", "none: nothing proves what this picture is")]
    rows = [("credentials", signed.trust)]
    if signed.valid:
        rows.append(("signed as", source_type(signed.source_type)))
        rows.append(("done", "; ".join(signed.done)))
        rows.append(("by", signed.agent))
        rows += [("made of a photo", f"SHA-256 {each}") for each in signed.sources]
    return rows


def _provenance_rows(provenance: Provenance) -> list[tuple[str, str]]:
    from ..delivery.contact import edits_in_words

    rows = [("look", f"{provenance.look}, seed {provenance.seed}")] if provenance.look else []
    return [*rows, *edits_in_words(provenance)]


def _score_rows(card: dict[str, Any]) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    rows.append(
        (
            "score",
            f"{card.get('verdict')}, likeness {card.get('likeness')} by {card.get('judge')}, "
            f"percentile {card.get('percentile')}",
        )
    )
    reasons = card.get("reasons")
    if isinstance(reasons, list) and reasons:
        rows.append(("why", "; ".join(map(str, reasons))))
    return rows


def _steps_of(text: str) -> str:
    try:
        nodes = raw_nodes(document(text))
    except HeadshotsError as error:
        return f"can't be read: {error.what}"
    titles = (
        STEPS[node.step].title if node.step in STEPS else node.step for node in nodes.values()
    )
    return f"{', '.join(titles)} (--recipe prints it)"
