"""The table of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .figures import LINE_LIMIT, SEAM_LIMIT

Row = Mapping[str, Any]


def report(rows: Sequence[Row]) -> str:
    """The rows of a run as Markdown."""
    right = [each for each in rows if each["kind"] in ("edit", "reframed")]
    kept = [each["kept"] for each in right if "kept" in each]
    peers = [each["peer"] for each in rows if "peer" in each]
    people = len({each["person"] for each in rows})
    lines = [
        f"{len(rows)} edits of {people} people; {len(right)} right ones, {len(kept)} of them kept.",
        "",
        "| | goal | kept | crop-and-stitch |",
        "| --- | ---: | ---: | ---: |",
    ]
    for title, goal, figure in _LINES:
        lines.append(f"| {title} | {goal} | {figure(kept)} | {figure(peers)} |")
    seconds = [each["seconds"] for each in right if "kept" in each]
    if seconds:
        lines += ["", f"Seconds an edit, median: {np.median(seconds):.2f}"]
    return "\n".join([*lines, "", *_refusals(rows), ""])


def _values(figures: Sequence[Row], name: str) -> np.ndarray:
    values = np.array([each[name] for each in figures], float)
    return values[np.isfinite(values)]


def _quantile(name: str, share: float, digits: int = 2) -> Callable[[Sequence[Row]], str]:
    def figure(figures: Sequence[Row]) -> str:
        values = _values(figures, name)
        return f"{np.quantile(values, share):.{digits}f}" if len(values) else "–"

    return figure


def _share(name: str, most: float) -> Callable[[Sequence[Row]], str]:
    def figure(figures: Sequence[Row]) -> str:
        values = _values(figures, name)
        return f"{100 * (values <= most).mean():.1f} %" if len(values) else "–"

    return figure


def _mean(name: str) -> Callable[[Sequence[Row]], str]:
    def figure(figures: Sequence[Row]) -> str:
        values = _values(figures, name)
        return f"{100 * values.mean():.1f} %" if len(values) else "–"

    return figure


_LINES = (
    ("registration error in the head, px: median", "< 0.5", _quantile("off", 0.5)),
    ("the same, 95th of edits' medians", "< 1.5", _quantile("off", 0.95)),
    ("the same, median of edits' 95ths", "", _quantile("off_most", 0.5)),
    ("by the similarity alone, median", "", _quantile("rigid", 0.5)),
    ("head ΔE00 against the photo, median", "< 1.0", _quantile("head", 0.5, 3)),
    ("the same, 95th of edits' medians", "", _quantile("head", 0.95, 3)),
    ("the head's 95th percentile, median", "", _quantile("head_most", 0.5)),
    ("likeness within .003", "≥ 99 %", _share("lost", 0.003)),
    ("likeness lost, 99th", "", _quantile("lost", 0.99, 4)),
    ("change of clothes kept, mean", "≥ 98 %", _mean("clothes")),
    ("the same, 5th", "", _quantile("clothes", 0.05, 3)),
    (f"seam ≤ {SEAM_LIMIT:g} L*", "≥ 97 %", _share("seam", SEAM_LIMIT)),
    ("seam, L*: median", "", _quantile("seam", 0.5)),
    ("the same, 95th", "", _quantile("seam", 0.95)),
    (f"no line along the edge over {LINE_LIMIT:g} L*", "≥ 97 %", _share("line", LINE_LIMIT)),
)


def _refusals(rows: Sequence[Row]) -> list[str]:
    """How many of each kind were refused."""
    kinds: list[tuple[str, str, Callable[[Row], bool]]] = [
        ("right edits", "0", lambda each: each["kind"] == "edit"),
        ("reframed, other aspect and scale", "0", lambda each: each["kind"] == "reframed"),
        ("another face, 100 %", "all", lambda each: _swap(each, 1.0)),
        ("another face, 60 %", "all", lambda each: _swap(each, 0.6)),
        ("another face, 30 %", "", lambda each: _swap(each, 0.3)),
        ("another person's photo", "all", lambda each: each["kind"] == "stranger"),
        ("another photo of the sitter", "all", lambda each: each["kind"] == "other photo"),
        ("painted anew by a network, 25 %", "0", lambda each: _painted(each, 0.25)),
        ("painted anew by a network, 50 %", "", lambda each: _painted(each, 0.5)),
        ("painted anew by a network, whole: an engraving", "", lambda each: _painted(each, 1.0)),
        ("head turned by 3 to 5°", "", lambda each: _turned(each, 0, 5)),
        ("head turned by 5 to 8°", "all", lambda each: _turned(each, 5, 8)),
        ("head turned by 8 to 18°", "all", lambda each: _turned(each, 8, 90)),
    ]
    lines = ["| refused | goal | of | |", "| --- | ---: | ---: | ---: |"]
    for title, goal, which in kinds:
        chosen = [each for each in rows if which(each)]
        refused = sum(bool(each["refusals"]) for each in chosen)
        lines.append(f"| {title} | {goal} | {len(chosen)} | {refused} |")
    return lines


def _swap(row: Row, share: float) -> bool:
    return row["kind"] == "swapped" and abs(row["share"] - share) < 0.01


def _painted(row: Row, share: float) -> bool:
    return row["kind"] == "repainted" and abs(row["share"] - share) < 0.01


def _turned(row: Row, low: float, high: float) -> bool:
    return row["kind"] == "turned" and low <= abs(row["turn"]) < high
