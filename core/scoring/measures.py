"""Every measure of a scorecard: what it says, its range, the words for falling outside it.

Ranges that depend on the sitter or the look are given when the measure is made; those here are
the general ones. How each was set is told where the measure is taken.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

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
# Per cent. Measured by tests/benchmarks/studio/faults.py: clean cut-outs stay below, most of those
# with a neighbour or a chair's back lie far above.
_STRANGE = 1.0
_LIGHT = "Add a photo taken in soft, even light, such as beside a window."
_RELIT = "Ask for a look lit more like the photo, or add a photo taken in soft, even light."

_OWN = "If it is the sitter's own, enrol a photo that shows it."

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
    "false-match": Kind(
        meaning="Of pairs of different people at most this share scores as high: the upper end of "
        "the 95 % interval, no less than the pairs that it was measured on allow.",
        unit="%",
        digits=1,
    ),
    "second-opinion": Kind(
        meaning="The percentile by the recogniser that steered; it is shown and judges nothing.",
        unit="%",
        digits=0,
    ),
    "copy": Kind(
        meaning="How much nearer it is to one enrolled photo than the sitter's photos are to each "
        "other: 0 no nearer, 1 the same picture.",
        above="a copy of an enrolled photo",
        mend_high="Ask for another look, seed or pose, or more strength.",
    ),
    "eye-colour": Kind(
        meaning="How far the irises' colour is from the sitter's own, the light's colour taken off "
        "(CIE76, L* for a third).",
        digits=1,
        best=0.0,
        weight=0.5,
        above="the eyes have another colour",
        mend_high=_OWN,
    ),
    "skin-tone": Kind(
        meaning="L* by which the skin is lighter than in the photo it is from, beyond what lips, "
        "brows and eyes gained: another light moves them alike.",
        digits=1,
        below="the skin was darkened",
        above="the skin was lightened",
        mend_low="Turn the change of skin tone off.",
        mend_high="Turn the change of skin tone off.",
    ),
    "side-light": Kind(
        meaning="Stops by which the light has moved from one cheek to the other since the photo "
        "it is from, where no other light was asked.",
        unit="stops",
        low=-0.45,
        high=0.45,
        below="the light on the face comes from another side than in the photo",
        above="the light on the face comes from another side than in the photo",
        mend_low=_RELIT,
        mend_high=_RELIT,
    ),
    "hair-colour": Kind(
        meaning="How far the hair's colour is from the sitter's own, the light's colour taken off "
        "(CIE76, L* for a half).",
        digits=1,
        above="the hair has another colour",
        mend_high=_OWN,
    ),
    "beard": Kind(
        meaning="How far chin and mouth differ from the cheeks, against the sitter's own (CIE76): "
        "a beard or its shadow, come or gone.",
        digits=1,
        above="the beard has come or gone",
        mend_high=_OWN,
    ),
    "teeth": Kind(
        meaning="How far the teeth's colour is from the sitter's own, against the skin (CIE76, L* "
        "for a third).",
        digits=1,
        above="the teeth have another colour",
        mend_high=_OWN,
    ),
    "glasses": Kind(
        meaning="Edges across the nose's bridge and the cheekbones more (above 0) or fewer than in "
        "the sitter's photos: glasses put on or taken off.",
        below="glasses gone",
        above="glasses added",
        mend_low=_OWN,
        mend_high=_OWN,
    ),
    "face-shape": Kind(
        meaning="How far the mesh, turned to the front, lies from the sitter's, expressions left "
        "out: root mean square in % of the face's width.",
        unit="%",
        digits=1,
        above="the face has another shape",
        mend_high=_OWN,
    ),
    "mirrored": Kind(
        meaning="How much better the face's pattern fits the photo it is from when mirrored, as a "
        "difference of correlations.",
        high=0.0,
        above="the face is mirrored",
        mend_high="Mirror the picture back.",
    ),
    "expression": Kind(
        meaning="How far the expression that differs most leaves the range of the sitter's photos: "
        "0 within it, 1 from none to full.",
        above="an expression that no enrolled photo shows",
        mend_high="Enrol a photo with this expression, or ask for another.",
    ),
    "lasting-features": Kind(
        meaning="Moles, scars and freckles that should be in sight and are not there.",
        high=0.0,
        digits=0,
        above="a lasting feature is missing",
        mend_high="Use less retouch, or another generator.",
    ),
    "skin-texture": Kind(
        meaning="Pores and down of the skin, as a share of what the sitter's own photos show.",
        low=0.7,
        best=1.0,
        weight=0.5,
        below="plastic skin",
        mend_low="Use less retouch, or add a sharper photo.",
    ),
    "skin-lines": Kind(
        meaning="Fine lines and folds of the skin, as a share of what the sitter's own photos "
        "show; it stands in for apparent age, which no model here tells.",
        low=0.6,
        high=2.2,
        below="lines of the face are smoothed away",
        above="more lines than the sitter has",
        mend_low="Use less retouch.",
        mend_high="Use a softer light.",
    ),
    "skin-smoothing": Kind(
        meaning="Fine lines of the skin as a share of the photo's that the picture is from, over "
        "the same share of its coarser form: 1 untouched, lower where a filter smoothed the skin. "
        "Only where no other light was asked.",
        low=0.945,
        best=1.0,
        below="the skin was smoothed by a filter",
        mend_low="Use less retouch.",
    ),
    "symmetry": Kind(
        meaning="How alike the two halves of the face are: 1 is one half mirrored, real faces lie "
        "well below.",
        high=0.95,
        above="both halves of the face are the same",
        mend_high="Ask for another seed or pose.",
    ),
    "light-agreement": Kind(
        meaning="Degrees between the light that shades the face and the one that the eyes mirror.",
        unit="°",
        digits=0,
        high=90.0,
        above="the eyes mirror another light than the one on the face",
        mend_high=_RELIT,
    ),
    "banding": Kind(
        meaning="Share of the change in smooth areas that comes in steps.",
        unit="%",
        digits=1,
        high=20.0,
        above="bands in smooth areas",
        mend_high="Deliver with grain, or in 16 bits.",
    ),
    "discriminator": Kind(
        meaning="How far the head passes for a photo's by a network that learnt on the sitter's "
        "own photos, as painted: 0 as the model paints untuned, 1 as real photos. It is shown and "
        "judges nothing, as its errors have not been measured on other people.",
    ),
    "edge-halo": Kind(
        meaning="L* by which the backdrop right at the sitter's edge is brighter (above 0) or "
        "darker than further out.",
        digits=1,
        low=-14.0,
        high=14.0,
        best=0.0,
        weight=0.5,
        below="a dark rim around the sitter",
        above="a bright rim around the sitter",
        mend_low="Add a photo whose background is nearer to the look's.",
        mend_high="Add a photo whose background is nearer to the look's.",
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
        meaning="How far the jaw is dropped: 0 closed, 0.25 to 0.4 a laugh, 0.5 in mid-word.",
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
    "skin-tint": Kind(
        meaning="a* of the skin against the sitter's own in the enrolled photos: below 0 greener, "
        "above 0 redder.",
        digits=0,
    ),
    "skin-warmth": Kind(
        meaning="b* of the skin against the sitter's own in the enrolled photos: below 0 bluer, "
        "above 0 yellower.",
        digits=0,
    ),
    "key-azimuth": Kind(
        meaning="How far aside the key light stands, as the face shows it: degrees, to image "
        "right positive. The look asks for the middle of the range.",
        unit="°",
        digits=0,
        weight=0.5,
        below="the key light stands further left than asked",
        above="the key light stands further right than asked",
        mend_low=_RELIT,
        mend_high=_RELIT,
    ),
    "key-elevation": Kind(
        meaning="How high the key light stands, as the face shows it: degrees. The look asks for "
        "the middle of the range.",
        unit="°",
        digits=0,
        weight=0.25,
        below="the key light stands lower than asked",
        above="the key light stands higher than asked",
        mend_low=_RELIT,
        mend_high=_RELIT,
    ),
    "key-ratio": Kind(
        meaning="Stops between skin in the key light and skin in its shadow. The look asks for "
        "the middle of the range.",
        unit="stops",
        digits=1,
        weight=0.5,
        below="the light is flatter than asked",
        above="the light is harder than asked",
        mend_low=_RELIT,
        mend_high=_RELIT,
    ),
    "catchlight": Kind(
        meaning="How far aside the lamp stands that the eyes mirror: degrees, to image right "
        "positive. The look's key is the middle of the range.",
        unit="°",
        digits=0,
        weight=0.25,
        below="the eyes mirror a lamp on the left of the key light",
        above="the eyes mirror a lamp on the right of the key light",
        mend_low=_RELIT,
        mend_high=_RELIT,
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
    "other-person": Kind(
        meaning="Share of the cut-out that is somebody else, known by the face.",
        unit="%",
        high=_STRANGE,
        digits=1,
        best=0.0,
        weight=1,
        above="another person in the cut-out",
        mend_high="Add a photo of the sitter alone, or with more room to the next person.",
    ),
    "chair": Kind(
        meaning="Share of the cut-out that is alike on both sides and not the sitter: a chair's "
        "back, a headrest.",
        unit="%",
        high=_STRANGE,
        digits=1,
        best=0.0,
        weight=1,
        above="a chair's back in the cut-out",
        mend_high="Add a photo of the sitter standing, or on a stool without a back.",
    ),
    "beside-sitter": Kind(
        meaning="Share of the cut-out beside the sitter that is no part of them: somebody's "
        "shoulder or arm, a chair, a lamp.",
        unit="%",
        high=_STRANGE,
        digits=1,
        best=0.0,
        weight=1,
        above="something beside the sitter in the cut-out",
        mend_high="Add a photo of the sitter alone before a plain wall.",
    ),
    "held-object": Kind(
        meaning="How sure it is that something is held before the body: a cup, a bottle. Phones, "
        "microphones, papers and what looks like clothes are not found.",
        high=0.45,
        best=0.0,
        weight=0.5,
        above="something held before the body",
        mend_high="Add a photo with empty hands, or ask for a closer crop.",
    ),
    "hand": Kind(
        meaning="How sure it is that a hand is in the picture.",
        high=0.85,
        best=0.0,
        weight=0.5,
        above="a hand in the picture",
        mend_high="Add a photo with the hands down, or ask for a closer crop.",
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


def take(
    name: str,
    value: float,
    low: float | None = None,
    high: float | None = None,
    *,
    what: str = "",
) -> Measure:
    """The measure called `name` with `value`.

    low, high: replace the general range's ends. what: names what was found.
    """
    kind = KINDS[name]
    measure = Measure(
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
    says += f": {measure.what}" if measure.what else ""
    value, most = _apart(measure.value, bound, kind.digits)
    return f"{says} ({value}, {limit} {most}{unit})"


def _apart(value: float, bound: float, digits: int) -> tuple[str, str]:
    """Both to `digits` after the point, or to as many more as show that they differ."""
    while f"{value:.{digits}f}" == f"{bound:.{digits}f}" and value != bound:
        digits += 1
    return f"{value:.{digits}f}", f"{bound:.{digits}f}"


def _under(measure: Measure) -> bool:
    return measure.low is not None and not measure.value >= measure.low
