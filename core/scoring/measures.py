"""Every measure of a scorecard: what it says, its range, the words for falling outside it.

Ranges that depend on the sitter or the look are given when the measure is made; those here are
the general ones. How each was set is told where the measure is taken.
"""

from __future__ import annotations

from dataclasses import dataclass

from .scorecard import Measure

_CLOSER = "Add a photo taken closer or with a better camera."


@dataclass(frozen=True)
class Kind:
    """One kind of measure.

    low, high: accepted range, None where open. digits: after the point, for display.
    best: the value that deserves full marks; None for the middle of the range. weight: in the
    overall figure; 0 tells and does not count.
    below, above: what is wrong, in a few words. mend_low, mend_high: what to do about it.
    """

    meaning: str
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


_AIM = "Ask for another look or a wider crop, or add a photo with more room around the head."
_LIGHT = "Add a photo taken in soft, even light, such as beside a window."

KINDS: dict[str, Kind] = {
    "likeness": Kind(
        meaning="Cosine to the sitter's template; the low end is where the recogniser says "
        "that it is the same person.",
        digits=3,
        below="not the sitter",
        mend_low="Check that this is the sitter; if it is, enrol more photos like this one.",
    ),
    "percentile": Kind(
        meaning="Where the likeness lies within the sitter's own photo-to-photo spread.",
        unit="%",
        low=5.0,
        digits=0,
        best=50.0,
        weight=4,
        below="less like the sitter than their own photos are",
        mend_low="Enrol two or three more sharp photos from the front, in different light.",
    ),
    "eyes-open": Kind(
        meaning="The less open eye: 1 wide open, 0 closed.",
        low=0.6,
        best=0.9,
        weight=1,
        below="eyes half closed",
        mend_low="Add a photo with both eyes open, without a squint.",
    ),
    "mouth-open": Kind(
        meaning="How far the jaw is dropped: 0 closed, about 0.25 a laugh, 0.5 in mid-word.",
        high=0.4,
        best=0.15,
        weight=0.5,
        above="caught in mid-word",
        mend_high="Add a photo with the mouth closed or smiling.",
    ),
    "sharpness": Kind(
        meaning="Detail of the face against a picture that is sharp to the pixel (1); 0.5 looks "
        "as if enlarged from half the size.",
        low=0.35,
        best=0.9,
        weight=2,
        below="the face is soft",
        mend_low=_CLOSER,
    ),
    "blown-skin": Kind(
        meaning="Share of the face's skin that is burnt out to white.",
        unit="%",
        high=3.0,
        digits=1,
        best=0.0,
        weight=1,
        above="skin burnt out",
        mend_high=_LIGHT,
    ),
    "crushed-skin": Kind(
        meaning="Share of the face's skin that is lost in black.",
        unit="%",
        high=12.0,
        digits=1,
        best=0.0,
        weight=0.5,
        above="part of the face is lost in black",
        mend_high=_LIGHT,
    ),
    "face-contrast": Kind(
        meaning="Stops between the darkest and the brightest twentieth of the face's skin.",
        unit="stops",
        low=1.0,
        digits=1,
        best=2.0,
        weight=0.5,
        below="the face is flat and hazy",
        mend_low=_LIGHT,
    ),
    "skin-lightness": Kind(
        meaning="L* of the skin against the sitter's own in the enrolled photos.",
        low=-25.0,
        high=22.0,
        digits=0,
        weight=1,
        below="much darker than the sitter's own photos",
        above="much lighter than the sitter's own photos",
        mend_low=_LIGHT,
        mend_high=_LIGHT,
    ),
    "matte-holes": Kind(
        meaning="Share of the inside of the sitter that the cut-out leaves see-through.",
        unit="%",
        high=0.25,
        best=0.0,
        weight=1,
        above="holes in the cut-out",
        mend_high="Add a photo whose background differs more from hair and clothes.",
    ),
    "cut-hair": Kind(
        meaning="Longest straight edge of the hair or of a side, in face widths: a sign that the "
        "photo ended there.",
        high=0.45,
        best=0.2,
        weight=1,
        above="hair or shoulder cut off",
        mend_high="Add a photo with room above the hair and beside the shoulders.",
    ),
    "loose-pieces": Kind(
        meaning="Share of the cut-out that hangs free of the sitter: another person, a lamp.",
        unit="%",
        high=1.0,
        digits=1,
        best=0.0,
        weight=0.5,
        above="pieces of something else in the cut-out",
        mend_high="Add a photo of the sitter alone before a plain wall.",
    ),
    "head-size": Kind(
        meaning="Chin to crown as a share of the picture's height.",
        low=0.25,
        high=0.8,
        weight=1,
        below="the head is too small in the picture",
        above="the head is too large in the picture",
        mend_low=_AIM,
        mend_high=_AIM,
    ),
    "eye-line": Kind(
        meaning="Height of the eyes from the top, as a share of the picture's height.",
        low=0.25,
        high=0.55,
        weight=1,
        below="the eyes sit too high",
        above="the eyes sit too low",
        mend_low=_AIM,
        mend_high=_AIM,
    ),
    "off-centre": Kind(
        meaning="Distance of the face's middle from the picture's, as a share of the width.",
        high=0.14,
        best=0.0,
        weight=0.5,
        above="the head is off centre",
        mend_high=_AIM,
    ),
    "turn": Kind(
        meaning="How far the face is turned: degrees, to image right positive.",
        unit="°",
        digits=0,
    ),
    "smile": Kind(meaning="Strength of the smile: 0 none, 1 broad."),
}


def take(name: str, value: float, low: float | None = None, high: float | None = None) -> Measure:
    """The measure called `name` with `value`; `low` and `high` replace the general range's ends."""
    kind = KINDS[name]
    measure = Measure(
        name=name,
        value=value,
        low=kind.low if low is None else low,
        high=kind.high if high is None else high,
        unit=kind.unit,
        meaning=kind.meaning,
    )
    if measure.passed:
        return measure
    return Measure(
        name=name,
        value=value,
        low=measure.low,
        high=measure.high,
        unit=kind.unit,
        meaning=kind.meaning,
        advice=kind.mend_low if _under(measure) else kind.mend_high,
    )


def marks(measure: Measure) -> tuple[float, float]:
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


def fault(measure: Measure) -> str:
    """What is wrong with a measure outside its range: "eyes half closed (0.41, at least 0.60)"."""
    kind = KINDS[measure.name]
    under = _under(measure)
    bound = measure.low if under else measure.high
    assert bound is not None, f"{measure.name} is within its range"
    says, limit = (kind.below, "at least") if under else (kind.above, "at most")
    unit = f" {kind.unit}" if kind.unit else ""
    return f"{says} ({measure.value:.{kind.digits}f}, {limit} {bound:.{kind.digits}f}{unit})"


def _under(measure: Measure) -> bool:
    return measure.low is not None and not measure.value >= measure.low
