"""Is it still the sitter in what a recogniser overlooks: eyes, skin, hair, glasses, moles, shape?

Everything is compared with the sitter's own photos. A picture made from a photo, or a copy of one,
is held against that photo, which it should match closely but for its light. Others are held against
all of them: each limit is a number of standard deviations of the sitter's own photos, shrunk to
what is usual as variances are, with the prior worth `_PRIOR` photos,

    s^2 = (prior p^2 + sum (x_i - mean)^2) / (prior + n - 1),

and widened by sqrt(1 + 1 / n) for a further photo (Gelman et al., Bayesian Data Analysis, 3rd ed.,
2.6). The priors and the limits against one photo were set on the planted faults and the untouched
pictures of tests/benchmarks/likeness/faults.py, which measures what they find and what they miss.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ...faces.alignment import similarity
from ...images import Float
from ...portrait.appearance import SIZE, Appearance, Places
from ...portrait.expression import EXPRESSIONS
from ...portrait.portrait import Portrait
from ...scorecard import Measurement
from ..measure import Answer, take
from ..reference import Reference, correlation

if TYPE_CHECKING:
    from ..context import Context

_PRIOR = 4.0
_DEVIATIONS = 3.0

# What of an appearance is compared, as a vector; None where the picture doesn't show it.
Figures = Callable[[Appearance], "Float | None"]


@dataclass(frozen=True)
class Attribute:
    """One attribute.

    figures: of an appearance. usual: standard deviation from photo to photo of one person, in each
    figure. close: how far a picture may be from the very photo it was made from.
    scale: of the figures, so that a distance is in the measure's unit.
    """

    name: str
    figures: Figures
    usual: float
    close: float
    relit: float


def _eyes(seen: Appearance) -> Float | None:
    """The irises' colour less the skin's, so that the light's own colour falls out; L* for a third,
    as lids and lamps change it most.
    """
    if seen.eyes is None:
        return None
    off = seen.eyes - seen.skin * (0, 1, 1)
    return np.asarray(off * (1 / 3, 1, 1), np.float32)


def _hair(seen: Appearance) -> Float | None:
    if seen.hair is None:
        return None
    off = seen.hair - seen.skin * (0, 1, 1)
    return np.asarray(off * (1 / 2, 1, 1), np.float32)


def _beard(seen: Appearance) -> Float | None:
    return seen.beard if bool(np.isfinite(seen.beard).all()) else None


def _teeth(seen: Appearance) -> Float | None:
    if seen.teeth is None:
        return None
    return np.asarray((seen.teeth - seen.skin) * (1 / 3, 1, 1), np.float32)


ATTRIBUTES = (
    Attribute("eye-colour", _eyes, usual=4.0, close=8.0, relit=10.5),
    Attribute("hair-colour", _hair, usual=6.0, close=12.0, relit=18.0),
    Attribute("beard", _beard, usual=4.0, close=6.0, relit=14.0),
    Attribute("teeth", _teeth, usual=5.0, close=8.0, relit=10.0),
)
_GLASSES, _GLASSES_USUAL, _GLASSES_CLOSE = "glasses", 0.2, 0.3
# L* by which skin may have gained on features from one picture to the next.
_STEP, _STEP_RELIT = 2.0, 10.0
# Chroma of the skin below which a picture is monochrome.
_MONOCHROME = 2.5
_SHAPE_CLOSE, _SHAPE_USUAL = 1.8, 5.5
# How far an expression may leave the range of the sitter's photos: by more where these are few, as
# a range is known from many only.
_EXPRESSION, _FEW = 0.45, 0.5


def answer(portrait: Portrait, context: Context) -> Answer:
    """See `attributes`."""
    appearance, held = portrait.appearance, context.reference
    if appearance is None or held is None:
        return Answer()
    return Answer(attributes(appearance, held, relit=context.relit))


def attributes(
    seen: Appearance, held: Reference, *, relit: bool = False
) -> tuple[Measurement, ...]:
    """Measures of how far each attribute is from the sitter's own; those that can't be told are
    left out. relit: another light than the photo's was asked.
    """
    return tuple(_measures(seen, held, relit))


def _measures(seen: Appearance, held: Reference, relit: bool) -> Iterator[Measurement]:
    grey = float(np.hypot(*seen.skin[1:])) < _MONOCHROME
    for each in ATTRIBUTES:
        if grey:  # all of them are colours
            break
        found = _distance(each, seen, held, relit)
        if found is not None:
            yield take(each.name, found[0], high=found[1])
    if held.anchor is not None:
        yield take(_GLASSES, seen.glasses - held.anchor.glasses, -_GLASSES_CLOSE, _GLASSES_CLOSE)
        yield take("face-shape", _shape(seen, held.anchor), high=_SHAPE_CLOSE)
        yield take("mirrored", _mirrored(seen, held.anchor))
        step = skin_step(seen, held.anchor)
        if step is not None:
            most = _STEP_RELIT if relit else _STEP
            yield take("skin-tone", step, -most, most)
    elif held.own:
        own = [each.glasses for each in held.own]
        allowed = _DEVIATIONS * _deviation(np.array(own)[:, None], _GLASSES_USUAL)
        yield take(_GLASSES, seen.glasses - float(np.mean(own)), -allowed, allowed)
        yield take("face-shape", min(_shape(seen, each) for each in held.own), high=_SHAPE_USUAL)
    if held.own:
        yield _expression(seen, held)


def _distance(
    attribute: Attribute, seen: Appearance, held: Reference, relit: bool
) -> tuple[float, float] | None:
    """How far it is, and how far it may be."""
    figures = attribute.figures(seen)
    if figures is None:
        return None
    if held.anchor is not None:
        anchored = attribute.figures(held.anchor)
        if anchored is None:
            return None
        allowed = attribute.relit if relit else attribute.close
        return float(np.linalg.norm(figures - anchored)), allowed
    own = [each for photo in held.own if (each := attribute.figures(photo)) is not None]
    if not own:
        return None
    stack = np.stack(own)
    allowed = _DEVIATIONS * _deviation(stack, attribute.usual)
    return float(np.linalg.norm(figures - stack.mean(axis=0))), allowed


def _deviation(own: Float, usual: float) -> float:
    """Deviation of a further photo of the sitter, along one figure; `own` is (photos, figures)."""
    count, figures = own.shape
    squares = float(((own - own.mean(axis=0)) ** 2).sum()) / figures
    shrunk = (_PRIOR * usual**2 + squares) / (_PRIOR + count - 1)
    return sqrt(shrunk * (1 + 1 / count))


def _shape(seen: Appearance, other: Appearance) -> float:
    """Root mean square distance of the still mesh points after the pose is taken off: % of the
    face's width, 0 and more, lower is more alike.
    """
    return 100 * float(np.sqrt(((seen.shape - other.shape) ** 2).sum(axis=1).mean()))


def skin_step(seen: Appearance, anchor: Appearance) -> float | None:
    """L* by which skin is lighter than in `anchor`, beyond what lips, brows and eyes gained; 0 is
    best, negative where the skin was darkened. A measure of this program's own.

    Another light falls alike on a lip and on the skin around it, so that the ratio of the two
    pictures has no step between them; a lightening of the skin alone leaves one. None where too
    little of the features is seen.
    """
    laid, own = aligned(seen, anchor).ravel(), anchor.lightness.ravel()

    def gain(where: Places) -> float:
        return float(np.median(np.log(_luminance(laid[where]) / _luminance(own[where]))))

    steps = [gain(around) - gain(inside) for inside, around in anchor.features]
    if len(steps) < 3:
        return None
    # A step in ln Y is worth 116/3 Y^(1/3) of L* (CIE 15:2004, 8.2.1).
    return (float(anchor.skin[0]) + 16) / 3 * float(np.median(steps))


def aligned(seen: Appearance, anchor: Appearance) -> Float:
    """The lightness of `seen` laid over that of `anchor` by all mesh points: (300, 300)."""
    matrix = similarity(seen.face.landmarks[:468, :2], anchor.face.landmarks[:468, :2])
    return np.asarray(cv2.warpAffine(seen.lightness, matrix, (SIZE, SIZE)), np.float32)


def _luminance(lightness: Float) -> Float:
    """Of L* (CIE 15:2004, 8.2.1), with a floor below which it is noise."""
    return np.asarray(((lightness + 16) / 116) ** 3 + 0.004, np.float32)


def _mirrored(seen: Appearance, anchor: Appearance) -> float:
    """How much better the picture's pattern fits the photo mirrored than as it is: a difference of
    normalised cross-correlations (Lewis, Vision Interface 1995), -2..2, above 0 it is mirrored.
    """
    as_is = correlation(seen.pattern, anchor.pattern)
    return correlation(seen.pattern[:, ::-1], anchor.pattern) - as_is


def _expression(seen: Appearance, held: Reference) -> Measurement:
    """The expression that leaves the sitter's own range the furthest."""
    shown: Sequence[Appearance] = [*held.own, held.anchor] if held.anchor else held.own
    own = np.stack([each.expression for each in shown])
    off = np.maximum(seen.expression - own.max(axis=0), own.min(axis=0) - seen.expression)
    worst = int(off.argmax())
    what = tuple(EXPRESSIONS)[worst]
    return take(
        "expression", max(0.0, float(off[worst])), high=_EXPRESSION + _FEW / len(shown), what=what
    )
