"""Where a likeness lies between strangers and the sitter's own photos, as curves to be drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import HeadshotsError
from ..faces import ANALYSERS, Recogniser
from ..identity.identity import Identity
from ..images import Float
from ..scorecard import Scorecard
from .calibration import rates
from .likeness import own_cosines, predicted

_POINTS = 240
# Percentiles at which the plot ends; beyond them a curve is flat.
_ENDS = (0.05, 99.95)


@dataclass(frozen=True, eq=False)
class Curves:
    """Along the cosine of the recogniser that judges.

    cosines: float32 (N,), rising. own: (N,), how dense the sitter's own photos are expected there;
    others: (N,), how dense pairs of different people are; each 0..1 of its own peak, `others` all 0
    without a table. photos: the enrolled photos, each against the mean of the others. at: the
    picture. usual: between these lie nine in ten of the sitter's photos. same: from here on the
    recogniser says that it is the same person.
    """

    cosines: Float
    own: Float
    others: Float
    photos: tuple[float, ...]
    at: float
    usual: tuple[float, float]
    same: float


def curves(card: Scorecard, identity: Identity) -> Curves | None:
    """The curves of the recogniser that judged `card`; None where it isn't known here.

    The picture is drawn at the cosine of its percentile: that is taken against the sitter's photos
    but the one that the picture is from, and so is the spread.
    """
    recogniser = _recogniser(card.judge)
    if recogniser is None:
        return None
    own = own_cosines(identity, card.judge)
    strangers = rates(card.judge)
    left = min([c for c, rate in strangers if rate <= 0.8] or [recogniser.different_person])
    low, high = (_cosine(each, own, recogniser) for each in (5.0, 95.0))
    at = _cosine(float(np.clip(card.percentile, *_ENDS)), own, recogniser)
    if card.percentile < _ENDS[0]:  # a stranger, who may lie anywhere to the left
        at = min(at, card.likeness)
    start = min(left, at, low) - 0.02 * (1 - left)
    cosines = np.linspace(start, 1, _POINTS, dtype=np.float32)
    return Curves(
        cosines=cosines,
        own=_own(cosines, own, recogniser),
        others=_others(cosines, strangers),
        photos=own,
        at=at,
        usual=(low, high),
        same=recogniser.same_person,
    )


def _recogniser(name: str) -> Recogniser | None:
    for each in ANALYSERS.names():
        try:
            recogniser = ANALYSERS.get(each).recogniser
        except HeadshotsError:  # not installed
            continue
        if recogniser.name == name:
            return recogniser
    return None


def _cosine(percentile: float, own: tuple[float, ...], recogniser: Recogniser) -> float:
    """The cosine that has this percentile: the inverse of `likeness.percentile`."""
    from scipy.special import stdtrit  # here: it takes longer to import than all of the core

    middle, scale, freedom = predicted(own, recogniser)
    away = float(stdtrit(freedom, percentile / 100))
    return float(1 - (1 - recogniser.same_person) * np.exp(middle - scale * away))


def _own(cosines: Float, own: tuple[float, ...], recogniser: Recogniser) -> Float:
    middle, scale, freedom = predicted(own, recogniser)
    gap = np.maximum(1 - cosines.astype(np.float64), 1e-4)
    z = (np.log(gap / (1 - recogniser.same_person)) - middle) / scale
    # Student's t of ln d, times |d ln d / d cosine|.
    density = (1 + z**2 / freedom) ** (-(freedom + 1) / 2) / gap
    return np.asarray(density / density.max(), np.float32)


def _others(cosines: Float, strangers: tuple[tuple[float, float], ...]) -> Float:
    """The slope of the false match rate, by a monotone cubic (Fritsch and Carlson, SIAM J. Numer.
    Anal. 17, 1980), smoothed as the table has few rows.
    """
    if not strangers:
        return np.zeros_like(cosines)
    from scipy.interpolate import PchipInterpolator
    from scipy.ndimage import gaussian_filter1d

    places, shares = (np.array(column) for column in zip(*strangers, strict=True))
    fine = np.linspace(places[0], max(places[-1], float(cosines[-1])), 600)
    slope = -PchipInterpolator(places, shares, extrapolate=False).derivative()(fine)
    smooth = gaussian_filter1d(np.nan_to_num(slope), 18, mode="constant")
    found = np.interp(cosines, fine, smooth, left=0)
    return np.asarray(found / max(float(found.max()), 1e-9), np.float32)
