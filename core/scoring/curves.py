"""Curves to plot: how a likeness compares with strangers and with the sitter's own photos."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import HeadshotsError
from ..faces import ANALYSERS, Recogniser
from ..identity.identity import Identity
from ..images import Float
from ..scorecard import Scorecard
from .calibration import rates
from .likeness import own_cosines, pairwise, predicted, to_mean

_POINTS = 240
# Percentiles at which the plot ends; beyond them a curve is flat.
_ENDS = (0.05, 99.95)


@dataclass(frozen=True, eq=False)
class Curves:
    """Densities along the cosine of the recogniser that judges.

    cosines: float32 (N,), rising.
    own: float32 (N,), expected density of the sitter's own photos, 0..1 of its peak.
    others: float32 (N,), density of pairs of different people, 0..1 of its peak; 0 without a table.
    photos: cosine of each enrolled photo to the mean of the others.
    at: cosine of the picture.
    usual: cosines between which nine in ten of the sitter's photos lie.
    same: cosine from which the recogniser says that it is the same person.
    """

    cosines: Float
    own: Float
    others: Float
    photos: tuple[float, ...]
    at: float
    usual: tuple[float, float]
    same: float


def curves(card: Scorecard, identity: Identity) -> Curves | None:
    """The curves of the recogniser that judged `card`; None where that isn't installed.

    The picture is drawn at the cosine of its percentile. Like the sitter's spread, the percentile
    leaves out the photo that the picture was made from.
    """
    recogniser = _recogniser(card.judge)
    if recogniser is None:
        return None
    own = own_cosines(identity, card.judge)
    strangers = rates(card.judge)
    lowest = min([c for c, rate in strangers if rate <= 0.8] or [recogniser.different_person])
    low, high = (_cosine(each, own, recogniser) for each in (5.0, 95.0))
    at = _cosine(float(np.clip(card.percentile, *_ENDS)), own, recogniser)
    if card.percentile < _ENDS[0]:  # a stranger, who may lie anywhere to the left
        at = min(at, card.likeness)
    start = min(lowest, at, low) - 0.02 * (1 - lowest)
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
    pair = 1 - (1 - recogniser.same_person) * float(np.exp(middle - scale * away))
    return to_mean(pair, len(own) - 1)


def _own(cosines: Float, own: tuple[float, ...], recogniser: Recogniser) -> Float:
    middle, scale, freedom = predicted(own, recogniser)
    pairs = np.array([pairwise(float(each), len(own) - 1) for each in cosines])
    distances = np.log(np.maximum(1 - pairs, 1e-4) / (1 - recogniser.same_person))
    z = (distances - middle) / scale
    # Student's t of ln d, times |d ln d / d cosine|.
    slope = np.abs(np.gradient(distances, cosines.astype(np.float64)))
    density = (1 + z**2 / freedom) ** (-(freedom + 1) / 2) * slope
    return np.asarray(density / density.max(), np.float32)


def _others(cosines: Float, strangers: tuple[tuple[float, float], ...]) -> Float:
    """The slope of the false match rate, smoothed as the table has few rows.

    Interpolated by a monotone cubic (Fritsch and Carlson, SIAM J. Numer. Anal. 17, 1980).
    """
    if not strangers:
        return np.zeros_like(cosines)
    from scipy.interpolate import PchipInterpolator
    from scipy.ndimage import gaussian_filter1d

    places, shares = (np.array(column) for column in zip(*strangers, strict=True))
    fine = np.linspace(places[0], max(places[-1], float(cosines[-1])), 600)
    slope = -PchipInterpolator(places, shares, extrapolate=False).derivative()(fine)
    smooth = gaussian_filter1d(np.nan_to_num(slope), 18, mode="constant")
    density = np.interp(cosines, fine, smooth, left=0)
    return np.asarray(density / max(float(density.max()), 1e-9), np.float32)
