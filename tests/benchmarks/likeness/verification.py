"""Figures of verification with their intervals: false matches, false non-matches, EER, ROC."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.floating]

ROUNDS = 1000  # of the bootstrap


def wilson(hits: int, count: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson, JASA 22, 1927); (0, 1) of nothing."""
    if count == 0:
        return 0.0, 1.0
    z2 = 1.96**2
    middle = (hits + z2 / 2) / (count + z2)
    half = 1.96 / (count + z2) * np.sqrt(hits * (count - hits) / count + z2 / 4)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def no_surer(interval: tuple[float, float], count: int) -> tuple[float, float]:
    """A rate's interval, reaching up to the rule of three at least: of `count` samples without a
    hit a bootstrap would say that there never is one (Hanley and Lippman-Hand, JAMA 249, 1983).
    """
    return interval[0], max(interval[1], min(1.0, 3 / max(count, 1)))


def fmr(impostor: Values, threshold: float) -> float:
    """False match rate: share of pairs of different people at or above the threshold."""
    return float((impostor >= threshold).mean())


def fnmr(genuine: Values, threshold: float) -> float:
    """False non-match rate: share of pairs of one person below the threshold."""
    return float((genuine < threshold).mean())


def roc(genuine: Values, impostor: Values) -> tuple[Values, Values]:
    """False match rate and true match rate at every cosine that occurs, from the strictest on."""
    cuts = np.unique(np.concatenate([genuine, impostor]))[::-1]
    false = np.array([fmr(impostor, cut) for cut in cuts])
    true = np.array([1 - fnmr(genuine, cut) for cut in cuts])
    return false, true


def eer(genuine: Values, impostor: Values) -> float:
    """Equal error rate: where false matches and false non-matches are the same share."""
    cuts = np.unique(np.concatenate([genuine, impostor]))
    rates = np.array([(fmr(impostor, cut), fnmr(genuine, cut)) for cut in cuts])
    best = int(np.abs(rates[:, 0] - rates[:, 1]).argmin())
    return float(rates[best].mean())


def fmr_at_fnmr(genuine: Values, impostor: Values, share: float) -> float:
    """False match rate at the strictest threshold that misses at most `share` of one's pairs."""
    return fmr(impostor, float(np.quantile(genuine, share, method="lower")))


def over_people(
    figure: Callable[[Values], float],
    impostor: Values,
    who: Sequence[tuple[str, str]],
    rounds: int = ROUNDS,
) -> tuple[float, float]:
    """95 % interval of a figure of pairs of different people, drawing people with replacement.

    Pairs share people, so that drawing pairs would promise too much (subset bootstrap, Bolle et
    al., Computer Vision and Image Understanding 93, 2004).
    """
    people = sorted({name for pair in who for name in pair})
    place = {name: index for index, name in enumerate(people)}
    first = np.array([place[one] for one, _ in who])
    second = np.array([place[two] for _, two in who])
    rng = np.random.default_rng(0)
    found: list[float] = []
    for _ in range(rounds):
        drawn = np.bincount(rng.integers(len(people), size=len(people)), minlength=len(people))
        times = drawn[first] * drawn[second]
        if times.any():
            found.append(figure(np.repeat(impostor, times)))
    low, high = np.percentile(found, (2.5, 97.5))
    return float(low), float(high)
