"""The contact sheet as one self-contained HTML page, and as one picture (`sheet_png`)."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment
from PIL import Image as Pillow

from ..images import Image, fit, to_u8
from ..picture import Picture
from ..provenance import Provenance
from ..scorecard import Measurement, Scorecard
from .contact import (
    LIKENESS,
    VERDICTS,
    Axis,
    axes,
    decisive,
    edits_in_words,
    figure,
    in_order,
    label,
    likeness,
    likeness_words,
    look_title,
    notes,
    reason,
    source_type,
    summary,
)
from .sheet import sheet_png

__all__ = ["sheet_html", "sheet_png"]

# Bytes of JPEG for all pictures of a page together, so that eight pictures give a page below 3 MB;
# and the minimum for one picture.
_BUDGET = 2_100_000
_LEAST = 24_000
_LONGEST = 1120  # pixels of a picture on the page

_GROUPS = (
    ("keep", "Keepers", "best first"),
    ("spare", "Spares", "good enough, but others were kept before them"),
    ("pending", "Not judged yet", ""),
    ("reject", "Rejected, and why", ""),
)


def sheet_html(pictures: Sequence[Picture], *, title: str, facts: Mapping[str, str]) -> str:
    """A page with every picture, its scores, the reason for its verdict and how it was made.

    The page is self-contained: pictures are embedded as JPEG, and its content security policy
    forbids loading anything.

    Args:
        facts: shown under the title, label to text.

    Raises:
        InputError: no pictures.
    """
    ordered = in_order(pictures)
    cards = [each.card for each in ordered]
    scales = axes(cards)
    shots = [_shot(index, each, scales, len(ordered)) for index, each in enumerate(ordered)]
    groups = [
        {"title": f"{heading} ({len(members)})", "note": note, "shots": members}
        for verdict, heading, note in _GROUPS
        if (members := [shot for shot in shots if shot["verdict"] == verdict])
    ]
    return _template().render(
        title=clean(title),
        facts={clean(name): clean(fact) for name, fact in facts.items()},
        summary=clean(summary(cards, scales)),
        groups=groups,
        glance=[_glance(name, axis, cards) for name, axis in scales.items()],
        totals=_totals(ordered, scales[LIKENESS]),
        total=_total("All", cards, scales[LIKENESS]),
        judges=clean(" and ".join(sorted({card.judge for card in cards} - {""}))),
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    return environment().from_string(Path(__file__).with_name("report.html").read_text("utf-8"))


def environment() -> ImmutableSandboxedEnvironment:
    """The template environment: everything is escaped, and the filter `digest` hashes styles and
    scripts for a page's content security policy.
    """
    made = ImmutableSandboxedEnvironment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True
    )
    made.filters["digest"] = _digest
    return made


def _digest(text: str) -> str:
    """The source expression of an inline style or script in a content security policy."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _shot(index: int, picture: Picture, scales: Mapping[str, Axis], count: int) -> dict[str, Any]:
    card = picture.card
    data, width, height = jpeg(picture.image, max(_BUDGET // count, _LEAST))
    look = clean(look_title(picture.provenance))
    failed = sum(not measure.passed for measure in card.measures)
    out = f", {failed} out of range" if failed else ""
    return {
        "index": index,
        "verdict": card.verdict,
        "word": VERDICTS[card.verdict],
        "picture": clean(card.picture),
        "file": clean(card.picture),
        "look": look,
        "alt": f"Picture {clean(card.picture)} of {clean(card.sitter)}, {look}",
        "source": "data:image/jpeg;base64," + base64.b64encode(data).decode(),
        "width": width,
        "height": height,
        "likeness": likeness_words(card),
        "why": clean(reason(card)),
        "notes": [clean(note) for note in notes(card)],
        "decisive": [
            _figure(measure, scales[measure.name])
            for measure in (likeness(card), *decisive(card, scales, 3))
        ],
        "figures": [_figure(measure, scales[measure.name]) for measure in card.measures],
        "count": f"All {len(card.measures)} figures{out}",
        "made": _made(picture.provenance),
    }


# Of a value that is out of its range.
_VERDICTS = {
    "defect": "out of range",
    "difference": "out of range, a difference and no defect",
    "note": "out of range, only told",
}


def _figure(measure: Measurement, axis: Axis) -> dict[str, Any]:
    low, high = axis.span(measure)
    name, value = clean(label(measure.name)), clean(figure(measure, axis))
    verdict = "in range" if measure.passed else _VERDICTS[measure.severity]
    return {
        "label": name,
        "value": value,
        "meaning": clean(measure.meaning),
        "advice": clean(measure.advice),
        "accepted": clean(axis.accepted(measure)),
        "passed": measure.passed,
        "refuses": measure.refuses,
        "at": _share(axis.at(measure.value)),
        "low": _share(low),
        "high": _share(high),
        "spoken": clean(f"{name} {value}, {verdict}; accepted {axis.accepted(measure)}"),
    }


def _made(provenance: Provenance) -> list[tuple[str, str]]:
    if not provenance.generator:
        what = source_type(provenance.source_type)
        facts = [("Made", "not by this program"), ("What it is", what)]
    else:
        facts = [
            ("Look", look_title(provenance)),
            ("Source photo", provenance.photo),
            ("Generator", provenance.generator),
            ("Seed", str(provenance.seed)),
            ("What it is", f"{source_type(provenance.source_type)} ({provenance.source_type})"),
            *((("Borrowed from", provenance.lender),) if provenance.lender else ()),
        ]
    facts += [(label(name), text) for name, text in edits_in_words(provenance)]
    return [(clean(name), clean(fact)) for name, fact in facts]


def _glance(name: str, axis: Axis, cards: Sequence[Scorecard]) -> dict[str, Any]:
    """One measure over the whole set, drawn against the range of the first picture that has it."""
    measured = [(c, m) for c in cards for m in (likeness(c), *c.measures) if m.name == name]
    unique = list({id(card): (card, measure) for card, measure in measured}.values())
    first = unique[0][1]
    low, high = axis.span(first)
    meanings = {measure.meaning for _, measure in unique}
    dots = [
        {
            "at": _share(axis.at(measure.value)),
            "rejected": card.verdict == "reject",
            "picture": clean(card.picture),
            "value": clean(axis.write(measure.value, measure.unit)),
        }
        for card, measure in unique
    ]
    return {
        "label": clean(label(name)),
        "meaning": clean(first.meaning) if len(meanings) == 1 else "",
        "accepted": clean(axis.accepted(first)),
        "low": _share(low),
        "high": _share(high),
        "dots": dots,
        "spoken": "; ".join(f"{dot['picture']}: {dot['value']}" for dot in dots),
    }


def _totals(pictures: Sequence[Picture], scale: Axis) -> list[dict[str, Any]]:
    looks: dict[str, list[Scorecard]] = {}
    for each in pictures:
        looks.setdefault(look_title(each.provenance), []).append(each.card)
    return [_total(look, looks[look], scale) for look in sorted(looks)]


def _total(look: str, cards: Sequence[Scorecard], scale: Axis) -> dict[str, Any]:
    return {
        "look": clean(look),
        "made": len(cards),
        "kept": sum(card.verdict == "keep" for card in cards),
        "best": scale.write(max(card.likeness for card in cards)),
    }


def jpeg(image: Image, size: int) -> tuple[bytes, int, int]:
    """`image` as JPEG of about `size` bytes at most, with its width and height in pixels."""
    data = b""
    small = image
    # A studio headshot takes about 0.2 bytes per pixel at quality 88; grain and hair take more.
    longest = min(_LONGEST, round((size / 0.2 * 1.25) ** 0.5))
    while longest >= 1:
        small, _ = fit(image, longest)
        for quality in (88, 82, 74):
            buffer = io.BytesIO()
            picture = Pillow.fromarray(to_u8(small))
            picture.save(buffer, "JPEG", quality=quality, optimize=True, progressive=True)
            data = buffer.getvalue()
            if len(data) <= size:
                return data, small.shape[1], small.shape[0]
        longest = int(longest * 0.8)
    return data, small.shape[1], small.shape[0]


def _share(share: float) -> str:
    return f"{100 * share:.1f}"


def clean(text: str) -> str:
    """`text` without what UTF-8 and HTML can't hold: lone surrogates and control characters."""
    clean = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c >= " " and c != "\x7f" else " " for c in clean)
