"""The kinds of measurement on a scorecard: meaning, accepted range, and words for a fault.

They are data, in `measures.toml`. The ranges there are general; where a range depends on the sitter
or the look, the measure passes its own to `take`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from ..scorecard import Measurement, Severity

# Of the way from the best value to a limit (from 0 where there is no best one): no limit is known
# any better, so a value beyond it by less is told and refuses no picture.
_GREY = 0.03


@dataclass(frozen=True)
class MeasureKind:
    """One kind of measurement.

    meaning: in a sentence.
    ends: the least and the greatest possible value, infinite where there is none.
    source: of the formula.
    unit: empty for a plain number.
    low, high: accepted range, None where open.
    digits: after the point, for display.
    best: the value that gets full marks; None for the middle of the range.
    weight: in the overall figure; 0 informs and does not count.
    severity: what a value out of its range means; see `scorecard.Severity`.
    below, above: what is wrong, in a few words.
    mend_low, mend_high: what to do about it.
    exact: its limit has no grey zone.
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
    severity: Severity = "defect"
    below: str = ""
    above: str = ""
    mend_low: str = ""
    mend_high: str = ""
    exact: bool = False

    @property
    def better(self) -> Literal["higher", "lower", "within", "neither"]:
        """Which way is better; "neither": the figure only informs."""
        if self.below and self.above:
            return "within"
        return "higher" if self.below else "lower" if self.above else "neither"


@dataclass(frozen=True)
class Answer:
    """What a measure says.

    measurements: its figures.
    notes: what else a person should know, in words.
    """

    measurements: Sequence[Measurement] = ()
    notes: Sequence[str] = ()


def _kinds() -> dict[str, MeasureKind]:
    tables: dict[str, dict[str, Any]] = tomllib.loads(
        Path(__file__).with_name("measures.toml").read_text("utf-8")
    )
    advice = tables.pop("advice")
    kinds: dict[str, MeasureKind] = {}
    for name, figures in tables.items():
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
    severity: Severity | None = None,
) -> Measurement:
    """A measurement of the kind `name`.

    low, high: replace the ends of the general range.
    what: names the thing that was measured, such as "photo 2".
    """
    kind = KINDS[name]
    least, most = kind.low if low is None else low, kind.high if high is None else high
    if severity is None and kind.severity == "defect" and _near(kind, value, least, most):
        severity = "difference"
    measure = Measurement(
        name=name,
        value=value,
        low=least,
        high=most,
        unit=kind.unit,
        meaning=kind.meaning,
        what=what,
        severity=severity or kind.severity,
    )
    if measure.passed:
        return measure
    return replace(measure, advice=kind.mend_low if _under(measure) else kind.mend_high)


def _near(kind: MeasureKind, value: float, low: float | None, high: float | None) -> bool:
    """Whether a value is out of the range by a hair's breadth, which refuses no picture."""
    if kind.exact:
        return False
    for bound, over in ((low, -1), (high, 1)):
        if bound is None or over * (value - bound) <= 0:
            continue
        way = abs(bound - kind.best) if kind.best not in (None, bound) else abs(bound)
        return over * (value - bound) <= _GREY * way
    return False


def marks(measure: Measurement) -> tuple[float, float]:
    """Marks and their weight: .1 for a fault, .5 at the end of the range, 1 for the best value."""
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
    """What is wrong with a value out of its range: "eyes half closed (0.41, at least 0.60)"."""
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
    """Both with `digits` after the point, or with as many as it takes to show a difference."""
    while f"{value:.{digits}f}" == f"{bound:.{digits}f}" and value != bound:
        digits += 1
    return f"{value:.{digits}f}", f"{bound:.{digits}f}"


def _under(measure: Measurement) -> bool:
    return measure.low is not None and not measure.value >= measure.low
