"""Chooses the best frame of a stack, and says why, in a photographer's words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ..faces.suitability import CLOSED, HALF_OPEN
from ..portrait.expression import GRIMACE
from .measures import Measures
from .sidecar import Verdict

# Blur of the eyes from which a frame is out of focus by itself, and against the sharpest of its
# stack; see `focus.Focus` for what photos have. Below the third no frame is blamed.
_BLURRED, _SOFTER, _SHARP = 22.0, 1.35, 9.0
_MUCH_SOFTER = 1.8
# Of `Face.eyes_open`: blurred, open eyes read as half closed, down to .49.
_CLOSED_IN_BLUR = 0.45
# How much less open than the stack's widest. Of 153 sharp frames with open eyes none has over .12;
# of 61 with lids drawn over them, all have .17 and more.
_CLOSING, _SMILE_MORE = 0.15, 0.15
# From this on blur has a direction: the camera or the sitter moved.
_DRAGGED = 1.6
# Of `expression`; `generation.coaching` says on what both were measured.
_TALKING, _AWAY = 0.08, 0.5
_MIRRORING = 0.06  # share of the eyes' surroundings
# Costs: a frame is spoilt from the first on; what the others are is a matter of taste.
SPOILT = 5.0
_FINDINGS = {
    "overexposed": "burnt out",
    "underexposed": "too dark",
    "face-cut": "face cut off",
    "tight-crop": "no room above the head",
    "no-room": "no room for a crop",
    "turned": "turned away",
    "tilted": "camera too high or low",
    "leaning": "head leans",
    "small-face": "face small",
    "eyes-covered": "eyes covered",
    "mouth-covered": "mouth covered",
}
_BLOCKS, _WARNS = 8.0, 1.5


@dataclass(frozen=True)
class Flaw:
    """What is wrong with a frame, in words, and what it costs."""

    words: str
    cost: float


@dataclass(frozen=True)
class Judged:
    """A frame among those of its stack.

    stack: number of the stack, from 1. rank: 1 is the best. size: frames in the stack.
    """

    stack: int
    rank: int
    size: int
    flaws: tuple[Flaw, ...]
    verdict: Verdict


def judge(stack: Sequence[Measures], names: Sequence[str], number: int) -> list[Judged]:
    """Each frame of a stack, in the stack's order.

    names: of the frames, as the reasons say them. number: of the stack.
    """
    # A closed lid's edge is sharper than an open eye.
    awake = [each for each in stack if each.eyes_open >= HALF_OPEN] or stack
    sharpest = min(each.blur for each in awake)
    widest = max(stack, key=lambda each: each.eyes_open)
    flaws = [_flaws(each, sharpest, widest) for each in stack]
    costs = [
        sum(flaw.cost for flaw in own) + _taste(each, sharpest)
        for each, own in zip(stack, flaws, strict=True)
    ]
    order = sorted(range(len(stack)), key=lambda index: (costs[index], index))
    best = order[0]
    judged: list[Judged] = []
    for index, own in enumerate(flaws):
        rank = order.index(index) + 1
        if index == best:
            verdict = _best(stack, flaws, best, sharpest)
        else:
            verdict = _other(own, names[best], rank, len(stack))
        judged.append(Judged(number, rank, len(stack), tuple(own), verdict))
    return judged


def _flaws(frame: Measures, sharpest: float, widest: Measures) -> list[Flaw]:
    flaws: list[Flaw] = []
    softer = frame.blur / max(sharpest, _SHARP)
    blurred = frame.blur > _BLURRED or softer > _SOFTER
    if frame.eyes_open < (_CLOSED_IN_BLUR if blurred else CLOSED):
        flaws.append(Flaw("eyes closed", 10.0))
    elif not blurred and (frame.eyes_open < HALF_OPEN or _narrowed(frame, widest)):
        flaws.append(Flaw("eyes half closed", 6.0))
    if blurred:
        much = frame.blur > _BLURRED or softer > _MUCH_SOFTER
        words = "motion blur" if frame.drag > _DRAGGED else "eyes out of focus"
        flaws.append(Flaw(words, 7.0 if much else SPOILT))
    if frame.speaking > _TALKING:
        flaws.append(Flaw("caught in mid-word", 4.0))
    elif frame.grimace > GRIMACE:
        flaws.append(Flaw("a grimace", 3.0))
    if frame.looking_away > _AWAY:
        flaws.append(Flaw("looks past the camera", 3.0))
    if frame.glare > _MIRRORING:
        flaws.append(Flaw("reflections on the glasses", 4.0))
    for finding in frame.findings:
        if words := _FINDINGS.get(finding.code):
            flaws.append(Flaw(words, _BLOCKS if finding.severity == "blocks" else _WARNS))
    return sorted(flaws, key=lambda each: -each.cost)


def _narrowed(frame: Measures, widest: Measures) -> bool:
    """Whether the eyes are closing, against the widest of the stack; a laugh narrows them, too."""
    laughs = frame.smile > widest.smile + _SMILE_MORE
    return widest.eyes_open - frame.eyes_open > _CLOSING and not laughs


def _taste(frame: Measures, sharpest: float) -> float:
    """What decides between frames without flaws: sharper, wider eyes, a smile, towards us."""
    softer = frame.blur / max(sharpest, 1e-6) - 1
    cost = 2 * softer + 2 * (1 - frame.eyes_open) + 8 * frame.glare + frame.grimace
    return cost + frame.looking_away + abs(frame.yaw) / 60 - 0.4 * frame.smile


def _best(
    stack: Sequence[Measures], flaws: Sequence[Sequence[Flaw]], best: int, sharpest: float
) -> Verdict:
    own = flaws[best]
    spoilt = sum(each.cost for each in own) >= SPOILT
    keywords = ("cull: best", *(f"cull: {each.words}" for each in own if each.cost >= SPOILT))
    rating, label = (2, "Yellow") if spoilt else (4, "Green")
    said = ", ".join(each.words for each in own)
    if len(stack) == 1:
        return Verdict(rating, label, keywords, f"The only frame of its moment: {said or 'good'}")
    merits = ["eyes open"] if not any("eyes" in each.words for each in own) else []
    if stack[best].blur <= 1.02 * sharpest:
        merits.insert(0, "sharpest eyes")
    reason = f"Best of {len(stack)}"
    if spoilt:
        reason += f", but {said}"
    elif merits or own:
        reason += ": " + ", ".join([*merits, *(each.words for each in own)])
    others = Counter(each[0].words for index, each in enumerate(flaws) if index != best and each)
    if others:
        reason += "; of the others " + ", ".join(f"{n} {words}" for words, n in others.items())
    return Verdict(rating, label, keywords, reason)


def _other(flaws: Sequence[Flaw], best: str, rank: int, size: int) -> Verdict:
    keywords = tuple(f"cull: {each.words}" for each in flaws if each.cost >= SPOILT)
    spoilt = sum(each.cost for each in flaws) >= SPOILT
    said = ", ".join(each.words for each in flaws) or "good, too"
    rating, label = (1, "Red") if spoilt else (3, "")
    return Verdict(rating, label, keywords, f"{rank} of {size}: {said}; the best is {best}")
