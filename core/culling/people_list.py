"""Writes who was found in a shoot as the list that `headshots batch` takes.

The list names each person and their photos, and waits for their consent; the page beside it shows a
crop of each face, so that whoever fills it in sees whom they mean. Nothing that a face is known by
is in them.
"""

from __future__ import annotations

import base64
import csv
import io
import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ..batch.table import COLUMNS, Row, read_table
from ..errors import BatchUnreadable, InputError
from ..files import make_folder, write_file
from ..vault.names import check_name
from .cull import Card
from .people import Person, Sorted

TABLE, PAGE = "people.csv", "people.html"
_LARGEST = 16_000_000  # bytes of a list


def read_list(path: Path) -> list[Row]:
    """The people of a list: a CSV file with the column name, and consent where it is known.

    Raises:
        BatchUnreadable: it can't be read, or names nobody.
        InputError: a name is none.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise BatchUnreadable(f"{path} is larger than any list of people", "Split it.")
        rows = read_table(path.read_bytes(), str(path), COLUMNS[:1])
    except OSError as error:
        raise BatchUnreadable(
            f"{path} can't be read: {error.strerror}", "Give a CSV file with the column name."
        ) from error
    if not rows:
        raise BatchUnreadable(f"There is nobody in {path}", "Write a line for each person.")
    return [row._replace(name=check_name(row.name)) for row in rows]


def write_list(
    card: Card, shoot: Sorted, out: Path, consents: Mapping[str, str], *, replace: bool = False
) -> None:
    """Write `TABLE` and `PAGE` of the people of a sorted `shoot` into the folder `out`.

    consents: what is known of them, by name.
    replace: a list that is there already, with what somebody wrote into it, is replaced.

    Raises:
        InputError: there is a list already, or a photo's path can't stand in one.
        WriteFailed: the folder can't be written.
    """
    if (out / TABLE).exists() and not replace:
        raise InputError(
            f"{out / TABLE} is there already, and somebody may have written consents into it",
            "Choose another folder with --out, or give --replace.",
        )
    rows = [_row(card, each, out, consents.get(each.name, "")) for each in shoot.people]
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    writer.writerows([row["name"], "|".join(row["photos"]), row["consent"]] for row in rows)
    aside = [(card.frames[place].name, why) for place, why in sorted(shoot.aside.items())]
    page = _template().render(rows=rows, aside=aside, table=TABLE)
    make_folder(out)
    write_file(out / TABLE, table.getvalue().encode("utf-8-sig", "replace"), mode=0o600)
    write_file(out / PAGE, page.encode("utf-8", "replace"), mode=0o600)


def _row(card: Card, person: Person, out: Path, consent: str) -> dict[str, Any]:
    photos = [card.frames[place].shown for place in person.chosen]
    return {
        "name": person.name,
        "photos": _relative(photos, out),
        "consent": consent,
        "frames": len(person.frames),
        "crops": [
            base64.b64encode(card.measures[place].crop).decode() for place in person.chosen[:3]
        ],
    }


def _relative(photos: Sequence[Path], out: Path) -> list[str]:
    """Paths from the list's folder, by which it may be moved together with the frames."""
    base = out.resolve()
    paths: list[str] = []
    for photo in photos:
        try:
            path = os.path.relpath(photo.resolve(), base)
        except ValueError:  # on another drive of Windows
            path = str(photo.resolve())
        if "|" in path:
            raise InputError(f"The path {path} has a | in it", "Rename the folder or the photo.")
        paths.append(path)
    return paths


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = ImmutableSandboxedEnvironment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(Path(__file__).with_name("people.html").read_text("utf-8"))
