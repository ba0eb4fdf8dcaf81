"""The report of a batch: a page and a table with one row a person."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ..files import write_file
from ..scoring.team_consistency import TeamSpread, spread_of
from .outcome import PEOPLE, Outcome, State

PAGE, TABLE = "report.html", "report.csv"
_STATES: dict[State, str] = {
    "delivered": "delivered",
    "rejected": "none good enough",
    "failed": "not made",
    "waiting": "not yet",
}
_SHOWN = (".jpg", ".jpeg", ".png", ".webp")  # by browsers
_COLUMNS = (
    *("name", "state", "files", "likeness", "percentile"),
    *("why", "what to do", "needs", "stands out", "seconds"),
)


def write_report(
    outcomes: Sequence[Outcome], folder: Path, title: str, framing: Sequence[str] = ()
) -> None:
    """Write `PAGE` and `TABLE` into `folder`.

    framing: the common framing of each look in words.

    Raises:
        WriteFailed: the folder can't be written.
    """
    spread = _spread(outcomes)
    rows = [_row(outcome, _off(outcome, spread)) for outcome in outcomes]
    count = Counter(each.state for each in outcomes)
    page = _template().render(
        title=title,
        people=len(outcomes),
        counts=[(state, words, count[state]) for state, words in _STATES.items() if count[state]],
        spread=spread,
        framing=framing,
        rows=rows,
    )
    write_file(folder / PAGE, page.encode("utf-8", "replace"), mode=0o600)
    write_file(folder / TABLE, _table(rows).encode("utf-8-sig", "replace"), mode=0o600)


def _spread(outcomes: Sequence[Outcome]) -> TeamSpread | None:
    delivered = [each for each in outcomes if each.state == "delivered" and each.figures]
    if len(delivered) < 2:
        return None
    return spread_of([each.folder for each in delivered], [each.figures for each in delivered])


def _off(outcome: Outcome, spread: TeamSpread | None) -> str:
    if spread is None or outcome.folder not in spread.pictures:
        return ""
    oddities = spread.oddities[spread.pictures.index(outcome.folder)]
    return "; ".join(each.text for each in sorted(oddities, key=lambda each: -each.times))


def _row(outcome: Outcome, off: str) -> dict[str, Any]:
    place = f"{PEOPLE}/{quote(outcome.folder)}"
    shown = [name for name in outcome.files if name.lower().endswith(_SHOWN)]
    return {
        "name": outcome.name,
        "state": outcome.state,
        "said": _STATES[outcome.state],
        "picture": f"{place}/{quote(shown[0])}" if shown else "",
        "files": [f"{PEOPLE}/{outcome.folder}/{name}" for name in outcome.files],
        "sheet": f"{place}/{outcome.sheet}" if outcome.sheet else "",
        "likeness": "" if outcome.likeness is None else f"{outcome.likeness:.3f}",
        "percentile": "" if outcome.percentile is None else f"{outcome.percentile:.0f}",
        "why": _why(outcome),
        "do": outcome.remedy,
        "needs": outcome.needs,
        "off": off,
        "seconds": outcome.seconds,
    }


def _why(outcome: Outcome) -> list[str]:
    if outcome.state == "failed":
        return [outcome.what]
    # The reasons of a kept picture in one line; of rejected ones a line each.
    return ["; ".join(outcome.reasons)] if outcome.files else list(outcome.reasons)


def _table(rows: Sequence[dict[str, Any]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for row in rows:
        cells = (
            *(row["name"], row["said"], "\n".join(row["files"]), row["likeness"]),
            *(row["percentile"], "\n".join(row["why"]), row["do"], "\n".join(row["needs"])),
            *(row["off"], f"{row['seconds']:.1f}"),
        )
        writer.writerow(map(_cell, cells))
    return out.getvalue()


def _cell(text: str) -> str:
    """`text` escaped so that no spreadsheet runs it as a formula (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = ImmutableSandboxedEnvironment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(Path(__file__).with_name("report.html").read_text("utf-8"))
