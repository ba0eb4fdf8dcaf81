"""What a section tried and what failed, as counts that add up."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

# What must stay at zero. Every failure is of one of these kinds.
KINDS = ("lost", "traceback", "plain", "socket", "leftover", "damaged", "wrong", "slow")
_MOST_EXAMPLES = 50


@dataclass
class Tally:
    """The counts of one section.

    only: what alone is repeated, or empty.
    tried: how often, by what was tried. failed: how often, by kind (see `KINDS`).
    examples: the first failures in words, each with what repeats it.
    notes: what was left out, and why. seconds: how long it took.
    """

    section: str
    seed: int
    only: str = ""
    tried: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    _began: float = field(default_factory=monotonic, repr=False)

    def count(self, what: str, times: int = 1) -> None:
        """Count a try."""
        self.tried[what] += times

    def fail(self, kind: str, text: str, times: int = 1) -> None:
        """Count a failure; `text` says what happened and how to repeat it."""
        assert kind in KINDS, kind
        self.failed[kind] += times
        if len(self.examples) < _MOST_EXAMPLES:
            self.examples.append(f"{kind}: {text}")

    def write(self, file: Path) -> None:
        """Write it as JSON, for `read`."""
        self.seconds = round(monotonic() - self._began, 1)
        values = {name: value for name, value in vars(self).items() if name != "_began"}
        file.write_text(json.dumps(values, indent=1) + "\n")


def read(file: Path) -> Tally:
    """The tally that `Tally.write` wrote."""
    values: dict[str, Any] = json.loads(file.read_text())
    values["tried"], values["failed"] = Counter(values["tried"]), Counter(values["failed"])
    return Tally(**values)


def table(tallies: list[Tally]) -> str:
    """All sections as a Markdown table, a row each and one for the sum."""
    head = ["Section", "Tried", *KINDS, "Seconds"]
    rows = [
        [
            each.section,
            str(each.tried.total()),
            *(str(each.failed[kind]) for kind in KINDS),
            f"{each.seconds:.0f}",
        ]
        for each in tallies
    ]
    tried = sum(each.tried.total() for each in tallies)
    sums = [str(sum(each.failed[kind] for each in tallies)) for kind in KINDS]
    rows.append(["all", str(tried), *sums, f"{sum(each.seconds for each in tallies):.0f}"])
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
