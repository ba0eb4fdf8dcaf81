"""The choice: which pictures to keep, in what order, and why each was kept or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from math import exp, inf, isfinite

from ..errors import InputError
from ..picture import Picture
from ..provenance import Provenance
from ..scorecard import Measurement, Scorecard, Verdict
from .likeness_words import likeness_in_words
from .measure import fault, take

# Share of the overall figure in the choice; the rest is variety.
_BALANCE = 0.7
# Two pictures this alike are one picture: a seed moved the key light by a degree.
_TWINS = 0.985


def choose(
    pictures: Sequence[Picture], *, keep: int, least_percentile: float | None = None
) -> tuple[Picture, ...]:
    """All of `pictures` with verdict and reasons: keepers by rank, then spares, then rejects.

    keep: the most to keep, 1 or more. Perhaps none is good enough; `what_to_add` then says which
        photo would help.
    least_percentile: least percentile of the likeness within the sitter's own spread, 0..100; None
        for the range on the scorecards.

    A picture without a scorecard comes back as it is. One with a measurement out of its range is
    rejected. Of the others, keepers are picked one at a time, each time the one with the largest

        0.7 overall - 0.3 max similarity to those already kept,

    which is maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998; see `similarity`). The
    best of each look comes before a second of any. The rest are spares.

    Raises:
        InputError: `keep` below 1, or `least_percentile` out of range.
    """
    if keep < 1:
        raise InputError(f"{keep} pictures were to be kept", "Keep at least 1.")
    if least_percentile is not None and not 0 <= least_percentile <= 100:
        raise InputError(
            f"The least percentile {least_percentile} is out of range", "Give 0 to 100."
        )
    if least_percentile is not None:
        pictures = [_with_least(each, least_percentile) for each in pictures]
    sound = [each for each in pictures if _sound(each)]
    kept, spares = _pick(sound, keep)
    rejects = [
        # A picture without a scorecard gets no verdict: nothing was measured.
        _with_verdict(each, "reject", _reasons(each.card)) if each.scorecard else each
        for each in pictures
        if each not in sound
    ]
    rest = (sorted(each, key=lambda one: -one.card.overall) for each in (spares, rejects))
    return (*_ranked(kept), *chain.from_iterable(rest))


def similarity(one: Picture, other: Picture) -> float:
    """How alike two pictures are by scorecard and provenance, 0..1; 1 for twins.

    .45 for the same look, .3 for the same source photo, .1 for pose, .1 for expression and .05
    for the other settings. Pictures made elsewhere count as of different look and photo.
    """
    alike = 0.1 * _close(one.card, other.card, "turn", 12)
    alike += 0.1 * _close(one.card, other.card, "smile", 0.35)
    if not (one.provenance.generator and other.provenance.generator):
        return alike
    alike += 0.45 * (one.provenance.look == other.provenance.look)
    alike += 0.3 * (one.provenance.sources[:1] == other.provenance.sources[:1])
    return alike + 0.05 * _same_edits(one.provenance, other.provenance)


def what_to_add(scorecards: Sequence[Scorecard]) -> list[str]:
    """Which photos would help where nothing was kept; the most frequent advice comes first.

    Empty if something was kept, if a verdict is pending, or if no scorecard has advice.
    """
    if any(card.verdict != "reject" for card in scorecards):
        return []
    advice = Counter(each.advice for card in scorecards for each in card.measures if each.advice)
    return [each for each, _ in advice.most_common()]


def _pick(sound: Sequence[Picture], keep: int) -> tuple[list[Picture], list[Picture]]:
    """Keepers in the order of picking, and the spares, each with the reason."""
    waiting = sorted(sound, key=lambda each: -each.card.overall)
    kept: list[Picture] = []
    spares: list[Picture] = []
    while waiting and len(kept) < keep:
        looks = {each.provenance.look for each in kept}
        fresh = [each for each in waiting if each.provenance.look not in looks]
        best = max(fresh or waiting, key=lambda each: _relevance(each, kept))
        waiting.remove(best)
        kept.append(best)
        twins = [each for each in waiting if similarity(each, best) >= _TWINS]
        spares += [_with_verdict(each, "spare", (_too_similar(each, best),)) for each in twins]
        waiting = [each for each in waiting if each not in twins]
    return kept, spares + [
        _with_verdict(each, "spare", (_why_spare(each, kept),)) for each in waiting
    ]


def _relevance(picture: Picture, kept: Sequence[Picture]) -> float:
    nearest = max((similarity(picture, other) for other in kept), default=0.0)
    return _BALANCE * picture.card.overall - (1 - _BALANCE) * nearest


def _why_spare(picture: Picture, kept: Sequence[Picture]) -> str:
    """Why a sound picture was not among the first `keep`."""
    nearest = max(kept, key=lambda other: similarity(picture, other))
    if picture.card.overall > min(other.card.overall for other in kept):
        return _too_similar(picture, nearest)
    better = "a better one was" if len(kept) == 1 else f"{len(kept)} better ones were"
    return f"good enough, but {better} kept"


def _too_similar(picture: Picture, other: Picture) -> str:
    one, two = picture.provenance, other.provenance
    shared: list[str] = []
    if one.generator and two.generator:
        shared += ["same look"] * (one.look == two.look)
        shared += ["same photo"] * (one.sources[:1] == two.sources[:1])
    what = f" ({', '.join(shared)})" if shared else ""
    better = other.card.overall > picture.card.overall
    rank = "scores higher" if better else "was kept before it"
    return f"too similar to {other.name}{what}, which {rank}"


def _ranked(kept: Sequence[Picture]) -> tuple[Picture, ...]:
    """The keepers with their rank and what each is best at."""
    return tuple(
        _with_verdict(each, "keep", (f"rank {rank}", *_praise(each, kept)), rank)
        for rank, each in enumerate(kept, 1)
    )


def _praise(picture: Picture, kept: Sequence[Picture]) -> list[str]:
    """The likeness, and what this keeper has over the others."""
    card, look = picture.card, picture.provenance.look
    words = [f"{likeness_in_words(card)} (percentile {card.percentile:.0f})"]
    rest = [other.card for other in kept if other is not picture]
    if rest and card.likeness > max(other.likeness for other in rest):
        words.append("most alike")
    if rest and _value(card, "sharpness") > max(_value(other, "sharpness") for other in rest):
        words.append("sharpest")
    looks = Counter(other.provenance.look for other in kept if other.provenance.look)
    if look and looks[look] == 1 and len(looks) < len(kept):
        words.append(f"the only one in {look}")
    return [*words, *(f"look at: {each}" for each in _differences(card))]


def _with_verdict(
    picture: Picture, verdict: Verdict, reasons: tuple[str, ...], rank: int = 0
) -> Picture:
    card = replace(picture.card, verdict=verdict, reasons=reasons, rank=rank)
    return replace(picture, scorecard=card)


def _sound(picture: Picture) -> bool:
    """Whether it was scored, and without a fault."""
    card = picture.scorecard
    return card is not None and card.verdict != "reject" and not _faults(card)


def _reasons(card: Scorecard) -> tuple[str, ...]:
    """Why a picture is rejected: the reasons on its card, else its faults."""
    return card.reasons or tuple(fault(measure) for measure in _faults(card))


def _faults(card: Scorecard) -> tuple[Measurement, ...]:
    return tuple(measure for measure in card.measures if measure.refuses)


def _differences(card: Scorecard) -> list[str]:
    """What is out of its range and yet no reason to refuse the picture."""
    return [
        fault(each) for each in card.measures if each.severity == "difference" and not each.passed
    ]


def _with_least(picture: Picture, least: float) -> Picture:
    """The picture with another least percentile on its scorecard, if it has one."""
    if picture.scorecard is None:
        return picture
    changed = tuple(
        take("percentile", each.value, low=least, severity="defect")
        if each.name == "percentile"
        else each
        for each in picture.scorecard.measures
    )
    return replace(picture, scorecard=replace(picture.scorecard, measures=changed))


def _close(one: Scorecard, other: Scorecard, name: str, scale: float) -> float:
    """1 where both have the same value, falling by e over `scale`; 0 where one has none."""
    distance = abs(_value(one, name) - _value(other, name))
    return exp(-distance / scale) if isfinite(distance) else 0.0


def _value(card: Scorecard, name: str) -> float:
    """The value of a measure; minus infinity where the picture has none."""
    return next((each.value for each in card.measures if each.name == name), -inf)


def _same_edits(one: Provenance, other: Provenance) -> float:
    """How far the edits' figures that both have agree, 0..1; numbers by their ratio."""
    figures, others = _figures(one), _figures(other)
    shared = [name for name in figures if name in others]
    if not shared:
        return 1.0
    return sum(_agree(figures[name], others[name]) for name in shared) / len(shared)


def _figures(provenance: Provenance) -> dict[str, str | float]:
    """The edits' figures by kind and field; of an edit made twice, those of the last."""
    return {
        f"{edit.kind}.{name}": value
        for edit in provenance.edits
        for name, value in edit.model_dump(exclude_none=True, exclude={"kind"}).items()
        if value != ""
    }


def _agree(one: str | float, other: str | float) -> float:
    if isinstance(one, str) or isinstance(other, str) or one == other:
        return float(one == other)
    return exp(-10 * abs(one - other) / max(abs(one), abs(other)))
