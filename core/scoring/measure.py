"""Every measure of a scorecard: what it says, its range, the words for falling outside it.

They are data, in `measures.toml`. Ranges that depend on the sitter or the look are given when the
measure is made; those there are the general ones.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from ..scorecard import Measurement


@dataclass(frozen=True)
class MeasureKind:
    """One kind of measure.

    ends: the least and the greatest value it can have, infinite where there is none. unit: empty
    for a plain number. source: of the formula.
    low, high: accepted range, None where open. digits: after the point, for display.
    best: the value that deserves full marks; None for the middle of the range. weight: in the
    overall figure; 0 tells and does not count.
    below, above: what is wrong, in a few words. mend_low, mend_high: what to do about it.
    """

    meaning: str
    ends: tuple[float, float]
    source: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    digits: int = 2
    best: float | None = None
    weight: float = 0.0
    below: str = ""
    above: str = ""
    mend_low: str = ""
    mend_high: str = ""

    @property
    def better(self) -> Literal["higher", "lower", "within", "told"]:
        """Which way is better; "told": the figure judges nothing."""
        if self.below and self.above:
            return "within"
        return "higher" if self.below else "lower" if self.above else "told"


@dataclass(frozen=True)
class Answer:
    """What a measure says. notes: what else a person should know, in words."""

    measurements: Sequence[Measurement] = ()
    notes: Sequence[str] = ()


def _kinds() -> dict[str, MeasureKind]:
    said: dict[str, dict[str, Any]] = tomllib.loads(
        Path(__file__).with_name("measures.toml").read_text("utf-8")
    )
    advice = said.pop("advice")
    kinds: dict[str, MeasureKind] = {}
    for name, figures in said.items():
        for end in ("mend_low", "mend_high"):
            if (words := str(figures.get(end, ""))).startswith("@"):
                figures[end] = advice[words[1:]]
        figures["ends"] = tuple(figures["ends"])
        kinds[name] = MeasureKind(**figures)
    return kinds


KINDS = _kinds()


def take(
    name: str,
    value: float,
    low: float | None = None,
    high: float | None = None,
    *,
    what: str = "",
) -> Measurement:
    """The measure called `name` with `value`.

    low, high: replace the general range's ends. what: names what was found.
    """
    kind = KINDS[name]
    measure = Measurement(
        name=name,
        value=value,
        low=kind.low if low is None else low,
        high=kind.high if high is None else high,
        unit=kind.unit,
        meaning=kind.meaning,
        what=what,
    )
    if measure.passed:
        return measure
    return replace(measure, advice=kind.mend_low if _under(measure) else kind.mend_high)


def marks(measure: Measurement) -> tuple[float, float]:
    """Marks and their weight: .1 for a failed measure, .5 for a mere pass, 1 for the best."""
    kind = KINDS[measure.name]
    if not measure.passed:
        return 0.1, kind.weight
    low, high, best = measure.low, measure.high, kind.best
    if best is None:
        best = (low + high) / 2 if low is not None and high is not None else measure.value
    edge = low if measure.value < best else high
    if edge is None or edge == best:
        return 1.0, kind.weight
    return 1 - 0.5 * min(1.0, (best - measure.value) / (best - edge)), kind.weight


def fault(measure: Measurement) -> str:
    """What is wrong with a measure outside its range: "eyes half closed (0.41, at least 0.60)"."""
    kind = KINDS[measure.name]
    under = _under(measure)
    bound = measure.low if under else measure.high
    assert bound is not None, f"{measure.name} is within its range"
    says, limit = (kind.below, "at least") if under else (kind.above, "at most")
    unit = f" {kind.unit}" if kind.unit else ""
    says += f": {measure.what}" if measure.what else ""
    value, most = _apart(measure.value, bound, kind.digits)
    return f"{says} ({value}, {limit} {most}{unit})"


def _apart(value: float, bound: float, digits: int) -> tuple[str, str]:
    """Both to `digits` after the point, or to as many more as show that they differ."""
    while f"{value:.{digits}f}" == f"{bound:.{digits}f}" and value != bound:
        digits += 1
    return f"{value:.{digits}f}", f"{bound:.{digits}f}"


def _under(measure: Measurement) -> bool:
    return measure.low is not None and not measure.value >= measure.low
