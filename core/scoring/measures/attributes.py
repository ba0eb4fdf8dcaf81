"""Is it still the sitter in what a recogniser overlooks: eyes, skin, hair, glasses, face shape?

Everything is compared with the sitter's own photos. A picture made from a photo, or a copy of one,
is compared with that photo, which it should match closely but for its light. Other pictures are
compared with all photos. Each limit is then a number of standard deviations of the sitter's photos;
their variance is shrunk to what is usual, with a prior worth `_PRIOR` photos,

    s^2 = (prior p^2 + sum (x_i - mean)^2) / (prior + n - 1),

and widened by sqrt(1 + 1 / n) for a further photo (Gelman et al., Bayesian Data Analysis, 3rd ed.,
2.6). The priors and the limits against one photo were set on the planted faults and the untouched
pictures of tests/benchmarks/likeness/faults.py, which measures what they find and what they miss.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from ...images import Float
from ...portrait.appearance import Appearance, Places, aligned
from ...portrait.expression import EXPRESSIONS
from ...portrait.portrait import Portrait
from ...provenance import Composited
from ...scorecard import Measurement
from ..measure import Answer, take
from ..reference import Reference, correlation

if TYPE_CHECKING:
    from ..context import Context

_PRIOR = 4.0
_DEVIATIONS = 3.0

# The vector that is compared; None where the picture doesn't show the attribute.
Figures = Callable[[Appearance], "Float | None"]


@dataclass(frozen=True)
class Attribute:
    """One attribute.

    name: of the measurement.
    figures: from an appearance to the vector that is compared.
    usual: standard deviation from photo to photo of one person, in each figure.
    close: largest distance to the photo that a picture was made from.
    relit: the same where the picture has another light than the photo.
    shade: how much L* counts then. Another light moves it by up to 19 between chin and cheeks, and
        a* and b* by less than 4.
    """

    name: str
    figures: Figures
    usual: float
    close: float
    relit: float
    shade: float = 1.0


def _eyes(appearance: Appearance) -> Float | None:
    """The irises' colour less the skin's, which cancels the colour of the light.

    L* counts a third, as lids and lamps change it most.
    """
    if appearance.eyes is None:
        return None
    off = appearance.eyes - appearance.skin * (0, 1, 1)
    return np.asarray(off * (1 / 3, 1, 1), np.float32)


def _hair(appearance: Appearance) -> Float | None:
    if appearance.hair is None:
        return None
    off = appearance.hair - appearance.skin * (0, 1, 1)
    return np.asarray(off * (1 / 2, 1, 1), np.float32)


def _beard(appearance: Appearance) -> Float | None:
    return appearance.beard if bool(np.isfinite(appearance.beard).all()) else None


def _teeth(appearance: Appearance) -> Float | None:
    if appearance.teeth is None:
        return None
    return np.asarray((appearance.teeth - appearance.skin) * (1 / 3, 1, 1), np.float32)


ATTRIBUTES = (
    Attribute("eye-colour", _eyes, usual=4.0, close=8.0, relit=10.5),
    Attribute("hair-colour", _hair, usual=6.0, close=12.0, relit=18.0),
    Attribute("beard", _beard, usual=4.0, close=6.0, relit=8.0, shade=1 / 3),
    Attribute("teeth", _teeth, usual=5.0, close=8.0, relit=10.0),
)
_GLASSES, _GLASSES_USUAL, _GLASSES_CLOSE, _GLASSES_RELIT = "glasses", 0.2, 0.3, 0.45
# L* by which skin may have got lighter than the features around it. Of 272 pictures of the
# development people the second is passed by none; the most is 13.4, in monochrome.
_STEP, _STEP_RELIT = 2.0, 14.0
# Chroma of the skin below which a picture is monochrome.
_MONOCHROME = 2.5
_SHAPE_CLOSE, _SHAPE_CORRECTED, _SHAPE_USUAL = 1.8, 4.0, 5.5
# How far an expression may leave the range of the sitter's photos: further with few photos, which
# show little of the true range.
_EXPRESSION, _FEW = 0.45, 0.5


def answer(portrait: Portrait, context: Context) -> Answer:
    """See `attributes`."""
    appearance, reference = portrait.appearance, context.reference
    if appearance is None or reference is None:
        return Answer()
    composited = context.provenance.last(Composited)
    corrected = composited is not None and composited.camera_distance is not None
    return Answer(attributes(appearance, reference, relit=context.relit, corrected=corrected))


def attributes(
    appearance: Appearance,
    reference: Reference,
    *,
    relit: bool = False,
    corrected: bool = False,
) -> tuple[Measurement, ...]:
    """How far each attribute is from the sitter's own; those that aren't shown are left out.

    appearance: of the picture.
    reference: the photos to compare with.
    relit: the picture has another light than its photo.
    corrected: the perspective of a close camera was undone, which widens the face.
    """
    return tuple(_measures(appearance, reference, relit, corrected))


def _measures(
    appearance: Appearance, reference: Reference, relit: bool, corrected: bool
) -> Iterator[Measurement]:
    anchor, own, severity = reference.anchor, reference.own, reference.severity
    monochrome = float(np.hypot(*appearance.skin[1:])) < _MONOCHROME
    for each in () if monochrome else ATTRIBUTES:  # all of them are colours
        distance = _distance(each, appearance, reference, relit)
        if distance is not None:
            yield take(each.name, distance[0], high=distance[1], severity=severity)
    if anchor is not None:
        glasses = appearance.glasses - anchor.glasses
        allowed = _GLASSES_RELIT if relit else _GLASSES_CLOSE
        yield take(_GLASSES, glasses, -allowed, allowed)
        most = _SHAPE_CORRECTED if corrected else _SHAPE_CLOSE
        yield take("face-shape", _shape(appearance, anchor), high=most)
        yield take("mirrored", _mirrored(appearance, anchor))
        step = skin_step(appearance, anchor)
        if step is not None:
            most = _STEP_RELIT if relit else _STEP
            yield take("skin-tone", step, -most, most)
    elif own:
        glasses = np.array([each.glasses for each in own])
        allowed = _DEVIATIONS * _deviation(glasses[:, None], _GLASSES_USUAL)
        away = appearance.glasses - float(glasses.mean())
        yield take(_GLASSES, away, -allowed, allowed, severity=severity)
        nearest = min(_shape(appearance, each) for each in own)
        yield take("face-shape", nearest, high=_SHAPE_USUAL, severity=severity)
    if own:
        yield _expression(appearance, reference)


def _distance(
    attribute: Attribute, appearance: Appearance, reference: Reference, relit: bool
) -> tuple[float, float] | None:
    """How far the attribute is from the sitter's own, and how far it may be."""
    figures = attribute.figures(appearance)
    if figures is None:
        return None
    if reference.anchor is not None:
        expected = attribute.figures(reference.anchor)
        if expected is None:
            return None
        off = figures - expected
        if relit:
            return float(np.linalg.norm(off * (attribute.shade, 1, 1))), attribute.relit
        return float(np.linalg.norm(off)), attribute.close
    own = [each for photo in reference.own if (each := attribute.figures(photo)) is not None]
    if not own:
        return None
    stack = np.stack(own)
    allowed = _DEVIATIONS * _deviation(stack, attribute.usual)
    return float(np.linalg.norm(figures - stack.mean(axis=0))), allowed


def _deviation(own: Float, usual: float) -> float:
    """Standard deviation of a further photo in one figure; `own` is (photos, figures)."""
    count, figures = own.shape
    squares = float(((own - own.mean(axis=0)) ** 2).sum()) / figures
    shrunk = (_PRIOR * usual**2 + squares) / (_PRIOR + count - 1)
    return sqrt(shrunk * (1 + 1 / count))


def _shape(appearance: Appearance, other: Appearance) -> float:
    """Root mean square distance of the rigid mesh points, without the pose.

    In % of the face's width, 0 and more; lower is more alike.
    """
    return 100 * float(np.sqrt(((appearance.shape - other.shape) ** 2).sum(axis=1).mean()))


def skin_step(appearance: Appearance, anchor: Appearance) -> float | None:
    """L* by which skin got lighter than in `anchor`, beyond lips, brows and eyes; 0 is best.

    Negative where the skin got darker. None where the features are hidden. A measure of this
    program's own: another light falls alike on a lip and on the skin around it, so the ratio of the
    two pictures has no step between them. Lightening the skin alone leaves a step.
    """
    lightness, own = aligned(appearance, anchor).ravel(), anchor.lightness.ravel()

    def gain(where: Places) -> float:
        return float(np.median(np.log(_luminance(lightness[where]) / _luminance(own[where]))))

    steps = [gain(around) - gain(inside) for inside, around in anchor.features]
    if len(steps) < 3:
        return None
    # A step in ln Y is worth 116/3 Y^(1/3) of L* (CIE 15:2004, 8.2.1).
    return (float(anchor.skin[0]) + 16) / 3 * float(np.median(steps))


def _luminance(lightness: Float) -> Float:
    """Relative luminance of L* (CIE 15:2004, 8.2.1), with a floor below which it is noise."""
    return np.asarray(((lightness + 16) / 116) ** 3 + 0.004, np.float32)


def _mirrored(appearance: Appearance, anchor: Appearance) -> float:
    """How much better the picture fits the photo when mirrored, -2..2; above 0 it is mirrored.

    A difference of normalised cross-correlations (Lewis, Vision Interface 1995).
    """
    as_is = correlation(appearance.pattern, anchor.pattern)
    return correlation(appearance.pattern[:, ::-1], anchor.pattern) - as_is


def _expression(appearance: Appearance, reference: Reference) -> Measurement:
    """The expression that leaves the sitter's own range the furthest."""
    photos = [*reference.own, *([reference.anchor] if reference.anchor else ())]
    own = np.stack([each.expression for each in photos])
    expression = appearance.expression
    off = np.maximum(expression - own.max(axis=0), own.min(axis=0) - expression)
    worst = int(off.argmax())
    high = _EXPRESSION + _FEW / len(photos)
    return take(
        "expression",
        max(0.0, float(off[worst])),
        high=high,
        what=tuple(EXPRESSIONS)[worst],
        severity=reference.severity,
    )
