"""A scorecard: every measure of one picture with its range, the verdict and the reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

_SINGLE = 1e-6  # most values are measured in single precision: 0.4 is 0.40000001 there
Verdict = Literal["keep", "spare", "reject", "pending"]
# What a figure out of its range means. A defect: no photographer would deliver the picture. A
# difference: worth a look, and it costs rank. A note is only told.
Severity = Literal["defect", "difference", "note"]


@dataclass(frozen=True)
class Measurement:
    """One figure about one picture.

    name: stable key, kebab-case ("likeness", "eyes-open").
    value: the figure.
    low, high: the accepted range, None where open.
    unit: for display, may be empty.
    meaning: what the figure says, in plain words.
    advice: what to do about it; empty while it is in range.
    what: what was found ("cup"), where the measure can name it; else empty.
    severity: what it means where the value is out of range.
    """

    name: str
    value: float
    low: float | None
    high: float | None
    unit: str
    meaning: str
    advice: str = ""
    what: str = ""
    severity: Severity = "defect"

    @property
    def refuses(self) -> bool:
        """Whether the picture is refused for it."""
        return self.severity == "defect" and not self.passed

    @property
    def passed(self) -> bool:
        """Whether the value is in the range or at its end, as far as single precision can tell."""
        slack = _SINGLE * max(1.0, abs(self.value))
        above = self.low is None or self.value >= self.low - slack
        return above and (self.high is None or self.value <= self.high + slack)


@dataclass(frozen=True)
class Scorecard:
    """What is known of one picture.

    picture: its name within the set ("01", or a file name).
    likeness: cosine to the sitter's template by the recogniser named `judge`.
    percentile: where the likeness lies within the sitter's own photo-to-photo spread, 0..100;
        below 5 is "not you enough".
    overall: 0..1, the ranking figure.
    verdict, reasons: "pending" until the choice is made. A "spare" is good enough, but others were
        kept before it; it and a "reject" always have a reason.
    rank: place among the keepers, 1 the best; 0 for all others.
    notes: what else a person should know, in words: the light asked and measured.
    """

    picture: str
    sitter: str
    judge: str
    likeness: float
    percentile: float
    measures: tuple[Measurement, ...]
    overall: float
    verdict: Verdict
    reasons: tuple[str, ...]
    rank: int = 0
    notes: tuple[str, ...] = ()

    def measure(self, name: str) -> Measurement:
        """The measure called `name`; KeyError if there is none."""
        for measure in self.measures:
            if measure.name == name:
                return measure
        raise KeyError(name)
