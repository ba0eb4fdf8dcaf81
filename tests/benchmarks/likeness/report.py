"""The evaluation as one self-contained page, with its plots drawn as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import ceil, log10
from typing import Any, TypeAlias

_STYLE = """
html{color-scheme:light;background:#fff}
body{font:16px/1.5 system-ui,sans-serif;
max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2126}
h1,h2{line-height:1.2}table{border-collapse:collapse;margin:.6rem 0 1.4rem}
th,td{text-align:left;padding:.25rem .9rem .25rem 0;border-bottom:1px solid #d9dee3}
td:first-child,td.n{white-space:nowrap}td.n{font-variant-numeric:tabular-nums}.small{color:#9a5b00}
.plots{display:flex;flex-wrap:wrap;gap:1.5rem}
svg{background:#fafbfc;border:1px solid #d9dee3;max-width:100%;height:auto}
table{display:block;overflow-x:auto;max-width:100%}
svg text{font:12px system-ui,sans-serif;fill:#4a545e}
figure{margin:0}figcaption{font-size:.9rem;max-width:24rem}
"""
# What the figures are called on the page.
_TITLES = {
    "EER": "Equal error rate",
    "FNMR": "Missed at the threshold",
    "FMR": "False matches at the threshold",
    "FNMR at the threshold": "Pairs of one person missed at the threshold",
    "FMR at the threshold": "False matches at the threshold",
    "FMR at 1 % FNMR": "False matches where 1 % are missed",
    "FMR at 5 % FNMR": "False matches where 5 % are missed",
    "precision": "Precision: of what it said beyond the folder untouched, rightly",
    "recall": "Recall: of the faults planted, found",
}
_ROC = (
    "True matches over false ones, the threshold falling to the right. The left edge stands for no "
    "false match among the pairs."
)
_QUARTERS = (0, 0.25, 0.5, 0.75, 1)
# Fewer than this and a figure is hardly one: the report says so beside it.
SMALL = 30
_BLUE, _RED, _GREY, _PALE = "#1f6feb", "#c4432b", "#aab3bc", "#e4e8ec"
_WIDE, _TALL, _LEFT, _TOP = 380, 300, 60, 14


def page(figures: Mapping[str, Any], small: int = SMALL) -> str:
    """The whole page; figures from fewer than `small` samples say so."""
    base = figures["base"]
    parts = [
        "<h1>Likeness, measured</h1>",
        f"<p>On {escape(base['set'])}: "
        + ", ".join(f"{value} {escape(name)}" for name, value in base.items() if name != "set")
        + ". The interval behind each figure holds 95&nbsp;%; false matches are drawn over people, "
        f"since pairs share them. A sample of fewer than {small} is called small. People of "
        "public photos may be in the recognisers' training "
        "data, so take what they give as optimistic.</p>",
        *(_verification(name, told, small) for name, told in figures["verification"].items()),
        *(_calibration(name, told, small) for name, told in figures["calibration"].items()),
        _groups(figures["groups"], small),
        _generators(figures["generators"], small),
        _nested("Never worse", "Refiner", figures["refiners"], small),
        _rows("Coach: folders with a fault planted", figures["coach"], small),
        *_planted(figures.get("planted faults", {}), small),
    ]
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width, initial-scale=1">'
        "<title>Likeness, measured</title>"
        f"<style>{_STYLE}</style><body>{''.join(parts)}</body></html>\n"
    )


def _planted(told: Mapping[str, Any], small: int) -> list[str]:
    if not told:
        return []
    return [
        "<h2>Planted faults</h2><p>On the public test photos, whatever folder the figures above "
        "are of; docs/likeness.md says what the two sets are.</p>",
        *(_rows(kind.capitalize(), rows, small, level=3) for kind, rows in told.items()),
    ]


def _verification(name: str, told: Mapping[str, Any], small: int) -> str:
    title = f"Verification by {name}"
    if "curve" not in told:
        return f"<h2>{escape(title)}</h2><p>Too few pairs to tell.</p>"
    rows = {key: value for key, value in told.items() if isinstance(value, dict)}
    # As far to the left as the pairs can tell; a rate of none lies on the edge.
    decades = ceil(log10(told["impostor pairs"]))
    least = 10.0**-decades
    curve = _plot(
        [(_BLUE, [(least, 0), *((max(x, least), y) for x, y in told["curve"])])],
        ("False match rate", "True match rate"),
        ([least * 10**at for at in range(decades + 1)], _QUARTERS),
        logarithmic=True,
    )
    bars = _histogram(told["genuine"], told["impostor"], told["threshold"])
    return (
        _rows(title, rows, small)
        + f"<div class=plots>{_figure(curve, _ROC)}"
        + _figure(
            bars,
            f"Cosines of {told['impostor pairs']} pairs of different people (red) and "
            f"{told['genuine pairs']} pairs of one person (blue), each as a share of its own; "
            "the line is the threshold.",
        )
        + "</div>"
    )


def _calibration(name: str, told: Mapping[str, Any], small: int) -> str:
    title = f"<h2>Percentiles by {escape(name)}: are they what they say?</h2>"
    count = told["photos"]
    if not count:
        return f"{title}<p>Nobody has three photos.</p>"
    steps = [(each, (at + 1) / count) for at, each in enumerate(told["percentiles"])]
    curve = _plot(
        [(_GREY, [(0, 0), (100, 1)]), (_BLUE, [(0, 0), *steps, (100, 1)])],
        ("Percentile told", "Share of photos below"),
        ((0, 25, 50, 75, 100), _QUARTERS),
    )
    few = f" <span class=small>Small sample ({count}).</span>" if count < small else ""
    return (
        f"{title}<p>Mean error {told['error']:.3f} over {count} photos left out; by chance alone "
        f"about {told['by chance']:.3f}. Below 5, where 5&nbsp;% belong: "
        f"{_value(told['below 5'], True)}.{few}</p>"
        f"<div class=plots>{_figure(curve, 'On the grey line they are.')}</div>"
    )


def _groups(told: Mapping[str, Any], small: int) -> str:
    if not told:
        return "<h2>By group</h2><p>No labels were given (labels.csv).</p>"
    parts = [
        _nested(
            f"By {label}",
            "Group",
            {f"{k} ({v['people']} people)": _figures_of(v) for k, v in values.items()},
            small,
        )
        for label, values in told.items()
    ]
    return "".join(parts)


def _figures_of(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if isinstance(value, dict)}


def _generators(told: Mapping[str, Any], small: int) -> str:
    rows = {
        f"{name}: {kind}": row[kind]
        for name, row in told.items()
        for kind in ("made", "real photos")
    }
    return _rows(
        "Pictures made, against a photo that was left out: median cosine by the judge",
        rows,
        small,
        share=False,
    )


def _rows(
    title: str, rows: Mapping[str, Any], small: int, *, share: bool = True, level: int = 2
) -> str:
    lines = [
        f"<tr><td>{_title(name)}<td class=n>{_value(row, share)}<td class=n>{_count(row, small)}"
        for name, row in rows.items()
    ]
    head = f"<h{level}>{escape(title)}</h{level}>"
    if not rows:
        return f"{head}<p>Not measured: it was not asked for.</p>"
    return f"{head}<table><tr><th><th>Figure<th>Of{''.join(lines)}</table>"


def _nested(title: str, first: str, rows: Mapping[str, Any], small: int) -> str:
    if not rows:
        why = "nobody has several photos, or it was not asked for"
        return f"<h2>{escape(title)}</h2><p>Not measured: {why}.</p>"
    names = list(next(iter(rows.values())))
    head = "".join(f"<th>{_title(name)}" for name in names)
    lines = [
        f"<tr><td>{escape(row)}"
        + "".join(
            f"<td class=n>{_value(told[name], True)}"
            + (f", of {_count(told[name], small)}" if told[name]["count"] else "")
            for name in names
        )
        for row, told in rows.items()
    ]
    return f"<h2>{escape(title)}</h2><table><tr><th>{escape(first)}{head}{''.join(lines)}</table>"


def _title(name: str) -> str:
    return escape(_TITLES.get(name, name))


def _value(row: Mapping[str, float], share: bool) -> str:
    value, low, high = row["value"], row["low"], row["high"]
    if row["count"] == 0:
        return "not known"
    if share:
        return f"{100 * value:.1f} % ({100 * low:.1f} to {100 * high:.1f})"
    return f"{value:.3f} ({low:.3f} to {high:.3f})"


def _count(row: Mapping[str, float], small: int) -> str:
    count = round(row["count"])
    return f"{count} <span class=small>small sample</span>" if count < small else f"{count}"


def _figure(svg: str, caption: str) -> str:
    return f"<figure>{svg}<figcaption>{escape(caption)}</figcaption></figure>"


def _histogram(genuine: Sequence[float], impostor: Sequence[float], cut: float) -> str:
    low, high = min(*genuine, *impostor), 1.0
    bins = 30
    drawn: list[str] = []
    tallest = 0.0
    heights: list[tuple[str, list[float]]] = []
    for colour, values in ((_RED, impostor), (_BLUE, genuine)):
        counts = [0] * bins
        for each in values:
            counts[min(bins - 1, int((each - low) / (high - low) * bins))] += 1
        shares = [each / len(values) for each in counts]
        tallest = max(tallest, *shares)
        heights.append((colour, shares))
    step = _WIDE / bins
    for colour, shares in heights:
        for at, each in enumerate(shares):
            tall = each / tallest * _TALL
            if tall:
                drawn.append(
                    f'<rect x="{_LEFT + at * step:.1f}" y="{_TOP + _TALL - tall:.1f}" '
                    f'width="{step - 1:.1f}" height="{tall:.1f}" fill="{colour}" opacity=".65"/>'
                )
    x = _LEFT + (cut - low) / (high - low) * _WIDE
    drawn.append(f'<path d="M{x:.1f} {_TOP}V{_TOP + _TALL}" stroke="#1c2126" fill="none"/>')
    quarters = [(share, f"{low + share * (high - low):.2f}") for share in _QUARTERS]
    shares = [(share, f"{100 * share * tallest:.0f} %") for share in (0, 0.5, 1)]
    return _svg(drawn, ("Cosine", "Share of pairs"), (quarters, shares))


def _plot(
    curves: Sequence[tuple[str, Sequence[tuple[float, float]]]],
    names: tuple[str, str],
    marks: tuple[Sequence[float], Sequence[float]],
    *,
    logarithmic: bool = False,
) -> str:
    """Curves by colour. marks: on both axes, from end to end. logarithmic: across."""

    def place(value: float, along: Sequence[float]) -> float:
        return (value - along[0]) / (along[-1] - along[0])

    def across(x: float) -> float:
        return place(log10(x), [*map(log10, marks[0])]) if logarithmic else place(x, marks[0])

    drawn = [
        f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="'
        + " ".join(
            f"{_LEFT + across(x) * _WIDE:.1f},{_TOP + (1 - place(y, marks[1])) * _TALL:.1f}"
            for x, y in points
        )
        + '"/>'
        for colour, points in curves
    ]
    return _svg(
        drawn,
        names,
        (
            [(across(each), f"{each:g}") for each in marks[0]],
            [(place(each, marks[1]), f"{each:g}") for each in marks[1]],
        ),
    )


# A mark on an axis: how far along, 0..1, and its words.
_Marks: TypeAlias = "Sequence[tuple[float, str]]"


def _svg(drawn: Sequence[str], names: tuple[str, str], marks: tuple[_Marks, _Marks]) -> str:
    right, bottom = _LEFT + _WIDE, _TOP + _TALL
    words: list[str] = []
    for share, text in marks[0]:
        x = _LEFT + share * _WIDE
        words.append(f'<path d="M{x:.1f} {_TOP}V{bottom + 4}" stroke="{_PALE}"/>')
        words.append(f'<text x="{x:.1f}" y="{bottom + 17}" text-anchor="middle">{text}</text>')
    for share, text in marks[1]:
        y = bottom - share * _TALL
        words.append(f'<path d="M{_LEFT - 4} {y:.1f}H{right}" stroke="{_PALE}"/>')
        words.append(f'<text x="{_LEFT - 7}" y="{y + 4:.1f}" text-anchor="end">{text}</text>')
    words.append(
        f'<text x="{_LEFT + _WIDE / 2}" y="{bottom + 36}" text-anchor="middle">'
        f"{escape(names[0])}</text>"
        f'<text transform="translate(14 {_TOP + _TALL / 2:.0f}) rotate(-90)" text-anchor="middle">'
        f"{escape(names[1])}</text>"
    )
    frame = f'<path d="M{_LEFT} {_TOP}V{bottom}H{right}" stroke="{_GREY}" fill="none"/>'
    return (
        f'<svg width="{right + 24}" height="{bottom + 46}" '
        f'viewBox="0 0 {right + 24} {bottom + 46}" role="img" '
        f'aria-label="{escape(names[1])} over {escape(names[0])}">'
        f"{''.join(words)}{frame}{''.join(drawn)}</svg>"
    )
