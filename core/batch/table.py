"""Reads rows of an untrusted CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import BatchUnreadable, ReadingFailed
from ..isolation import apart

COLUMNS = ("name", "photos", "consent")
OPTIONAL = ("dress", "colour")
MOST_ROWS = 100_000


class Row(NamedTuple):
    """One row: the number of its last line, and its values; empty where it has none."""

    line: int
    name: str
    photos: str
    consent: str
    dress: str
    colour: str


def read_table(data: bytes, name: str, needed: Sequence[str] = COLUMNS) -> list[Row]:
    """The non-empty rows of the CSV file `data`, called `name`, with `COLUMNS` and `OPTIONAL` ones.

    needed: the columns that it must have.

    Raises:
        BatchUnreadable: it is no CSV file, lacks a column, or has more than `MOST_ROWS` rows.
    """
    facts, pool = {"name": name, "needed": list(needed)}, apart()
    if pool is None:
        return [Row(*each) for each in rows_apart(facts, data)[0]["rows"]]
    try:
        rows = pool.ask(f"{__name__}:rows_apart", facts, data, name).facts["rows"]
    except ReadingFailed as error:
        raise BatchUnreadable(error.what, "Split it.") from None
    return [Row(*each) for each in rows]


def rows_apart(facts: Mapping[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    """`read_table`, as `isolation.child` calls it."""
    name: str = facts["name"]
    try:
        text = data.decode("utf-8-sig")
        heading = text.split("\n", 1)[0]
        separator = max(",;\t", key=heading.count)  # in some locales spreadsheets write ";"
        table = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        columns = [(each or "").strip().lower() for each in table.fieldnames or ()]
        needed: list[str] = facts["needed"]
        missing = [each for each in needed if each not in columns]
        if missing:
            raise BatchUnreadable(
                f"{name} has no column {missing[0]!r}",
                f"Its first line names the columns: {', '.join(needed)}.",
            )
        table.fieldnames = columns
        rows: list[list[str | int]] = []
        for row in table:
            values = [(row.get(each) or "").strip() for each in (*COLUMNS, *OPTIONAL)]
            if any(values):
                rows.append([table.line_num, *values])
            if len(rows) > MOST_ROWS:
                raise BatchUnreadable(f"{name} has more than {MOST_ROWS} rows", "Split it.")
        return {"rows": rows}, b""
    except (UnicodeDecodeError, csv.Error) as error:
        raise BatchUnreadable(
            f"{name} is no CSV file in UTF-8: {error}", "Save it as CSV, UTF-8."
        ) from None
