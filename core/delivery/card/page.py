"""The authenticity card as one self-contained HTML page."""

from __future__ import annotations

import base64
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Template

from ...images import Float, Image
from ...scorecard import Measurement
from ...translation.translate import Say, speaker
from ..report import clean, environment, jpeg
from .composition import KIND_OF
from .content import HOW, READING, Card, Map, Row, unmeasured_note
from .maps import legend
from .plot import Plot, plot

# Bytes of JPEG: of the picture, and of each map.
_PICTURE, _MAP = 420_000, 140_000


def card_html(card: Card, language: str = "en") -> str:
    """The HTML page. It is self-contained: its content security policy forbids loading anything.

    Args:
        language: one of `translate.LANGUAGES`.

    Raises:
        UnknownName: there is no such language.
    """
    say = speaker(language)
    return _template().render(
        say=say,
        language=language,
        picture=clean(card.picture),
        sitter=clean(card.sitter),
        headline=say(card.headline),
        standing=say(card.standing),
        within=card.within,
        statement=clean(say(card.statement)),
        shown=_picture(card.image, _PICTURE),
        remarks=[clean(say(each)) for each in card.remarks],
        plot=None if card.curves is None else _plot(plot(card.curves)),
        parts=[_row(each, card, say) for each in card.parts],
        maps=[_map(each, say) for each in card.maps],
        changed=[_row(each, card, say) for each in card.changed],
        person=[_row(each, card, say) for each in card.person],
        realism=[_row(each, card, say) for each in card.realism],
        unmeasured=say(unmeasured_note(card.unmeasured)),
        how=say(HOW),
        reading=say(READING),
        credentials=[_row(each, card, say) for each in card.credentials],
        notes=[clean(say(each)) for each in card.notes],
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    return environment().from_string(Path(__file__).with_name("card.html").read_text("utf-8"))


def _row(row: Row, card: Card, say: Say) -> dict[str, Any]:
    return {
        "kind": KIND_OF.get(row.title, "unknown"),
        "title": clean(say(row.title)),
        "plain": clean(say(row.plain)),
        "figures": clean(say(row.figures)),
        "passed": row.passed,
        "differs": row.differs,
        "range": None if row.measure is None else _range(row.measure, card),
    }


def _range(measure: Measurement, card: Card) -> dict[str, str]:
    axis = card.scales[measure.name]
    low, high = axis.span(measure)
    return {
        "low": _percent(low),
        "high": _percent(high),
        "at": _percent(axis.at(measure.value)),
    }


def _map(each: Map, say: Say) -> dict[str, Any]:
    scale = None
    if each.legend:
        scale = _picture(legend(each.legend, 256, 8), 20_000)
    return {
        "title": say(each.title),
        "plain": say(each.plain),
        "image": _picture(each.image, _MAP),
        "scale": scale,
        "ends": [say(end) for end in each.ends],
    }


def _picture(image: Image, size: int) -> dict[str, Any]:
    data, width, height = jpeg(image, size)
    source = "data:image/jpeg;base64," + base64.b64encode(data).decode()
    return {"source": source, "width": width, "height": height}


def _plot(drawn: Plot) -> dict[str, Any]:
    low, high = drawn.usual
    inside = drawn.own[(drawn.own[:, 0] >= low) & (drawn.own[:, 0] <= high)]
    return {
        "own": _path(drawn.own),
        "usual": _path(inside),
        "others": _path(drawn.others),
        "photos": [_percent(each) for each in drawn.photos],
        "at": _percent(drawn.at),
        "anchor": "end" if drawn.at > 0.6 else "start",
        "own_label": _percent(drawn.labels[0]),
        "others_label": _percent(max(drawn.labels[1], 0.14)),
        "own_anchor": "end" if drawn.labels[0] > 0.8 else "middle",
    }


def _path(points: Float) -> str:
    """A closed area above the line y = 0, in a frame of 100 by 100 with y down."""
    if not len(points):
        return ""
    line = " ".join(f"{100 * x:.2f},{100 - 100 * y:.2f}" for x, y in points)
    return f"M{100 * points[0, 0]:.2f},100 L{line} L{100 * points[-1, 0]:.2f},100 Z"


def _percent(share: float) -> str:
    return f"{100 * share:.2f}"
