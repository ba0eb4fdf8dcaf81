"""How alike a picture is to the sitter, and where that lies among the sitter's own photos.

The cosine is taken by the recogniser that judges, never by the one that steers, so that a picture
can't please the judge by being made for it. A cosine alone says little: one recogniser calls .55 a
good likeness, another .97, and some people's photos differ more than others'. So it is set against
the sitter's own spread: the cosines of each enrolled photo to the mean of the others.

The percentile models the logarithm of a distance,

    d = (1 - cosine) / (1 - same_person),  ln d ~ Normal(m, s),

in which 1 is where the recogniser stops calling two photos the same person. Few photos say little
about m and s, so both are shrunk towards what is usual: with n photos

    m = (n ln d(median) + k m0) / (n + k),   s^2 = (n s_n^2 + k s0^2) / (n + k),

the conjugate posterior of a normal with a prior worth k photos (Gelman et al., Bayesian Data
Analysis, 3rd ed., 3.3, without the term for a shift of the mean); s_n comes from the range of the
cosines by the expected range of n normal samples (Tippett, Biometrika 17, 1925). What is unsure
about m itself widens s by sqrt(1 + 1 / (n + k)).

With a single enrolled photo all of m and s is prior, and a picture made from that photo is compared
with itself: its percentile is high by construction and tells only that nothing went wrong.

The prior's base is small: three photos of one person, nine versions of each (half size, darkened,
JPEG q30, noise, turned, blurred, warmed, mirrored) against the other two gave d from .26 to .47
with a median of .37 by dlib's recogniser, and .23 to .30, median .27, by MobileFaceNet. The spread
is taken wider than that, as one person in official portraits is an easy case.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import log, sqrt
from statistics import NormalDist

from ..errors import IdentityDamaged
from ..faces import ANALYSERS, Face, Recogniser
from ..identity.consensus import Sighting, template
from ..identity.identity import Identity, Spread
from ..images import Float, Image
from ..settings import settings
from .measures import take
from .scorecard import Measure

_PRIOR_MEDIAN = log(0.35)
_PRIOR_SPREAD = 0.3
_PRIOR_PHOTOS = 4.0

_NORMAL = NormalDist()


@dataclass(frozen=True)
class Likeness:
    """judge: the recogniser's name. cosine: to the sitter's template. percentile: 0..100, within
    the sitter's own spread. low: the cosine below which it is another person.
    """

    judge: str
    cosine: float
    percentile: float
    low: float

    @property
    def measures(self) -> tuple[Measure, ...]:
        return take("likeness", self.cosine, self.low), take("percentile", self.percentile)


def judge_of(identity: Identity, judge: str = "") -> Recogniser:
    """The recogniser that judges pictures of this sitter.

    That of the analyser `judge`, or of the `judge` setting; where the identity was enrolled
    without it, that of the steering analyser.

    Raises:
        UnknownName: there is no such analyser.
        SetupError: its weights or package are missing.
        IdentityDamaged: the identity has a template of neither.
    """
    for name in (judge or settings().judge, settings().analyser):
        recogniser = ANALYSERS.get(name).recogniser
        if recogniser.name in identity.templates:
            return recogniser
    known = ", ".join(sorted(identity.templates)) or "none"
    raise IdentityDamaged(
        f"{identity.name!r} was enrolled for other recognisers ({known})",
        "Enrol the photos again with the present settings.",
    )


def likeness(
    image: Image, face: Face, identity: Identity, *, judge: str = "", photo: str = ""
) -> Likeness:
    """How alike `face` in `image` is to the sitter.

    photo: name of the enrolled photo the picture was made from, if any. It is left out where the
    percentile is taken, as a photo is left out of the mean it is compared with in the spread.

    Raises:
        IdentityDamaged: see `judge_of`.
        SetupError: weights or a package are missing.
    """
    recogniser = judge_of(identity, judge)
    embedding = recogniser.embed(image, [face])[0]
    own = identity.templates[recogniser.name]
    others = _without(identity, recogniser.name, photo)
    return Likeness(
        judge=recogniser.name,
        cosine=float(embedding @ own.vector),
        percentile=percentile(float(embedding @ others), own.spread, recogniser),
        low=recogniser.same_person,
    )


def percentile(cosine: float, spread: Spread, recogniser: Recogniser) -> float:
    """Share of the sitter's own photos, in percent, that are less alike than `cosine`."""
    room = 1 - recogniser.same_person
    # One photo has no spread: what it holds is a population's, and the prior here says that.
    photos = spread.photos if spread.photos > 1 else 0
    middle, width = _PRIOR_MEDIAN, _PRIOR_SPREAD
    if photos:
        own = (_log_distance(spread.low, room) - _log_distance(spread.high, room)) / _range(photos)
        total = photos + _PRIOR_PHOTOS
        middle = photos * _log_distance(spread.median, room) + _PRIOR_PHOTOS * middle
        middle /= total
        width = sqrt((photos * own**2 + _PRIOR_PHOTOS * width**2) / total)
    width *= sqrt(1 + 1 / (photos + _PRIOR_PHOTOS))
    return 100 * _NORMAL.cdf((middle - _log_distance(cosine, room)) / width)


def _log_distance(cosine: float, room: float) -> float:
    return log(max(1 - cosine, 1e-4) / room)


def _without(identity: Identity, recogniser: str, photo: str) -> Float:
    """The sitter's template from all photos but `photo`; from all where that leaves none."""
    others = [
        each for each in identity.photos if each.name != photo and recogniser in each.embeddings
    ]
    if not others or len(others) == len(identity.photos):
        return identity.templates[recogniser].vector
    return template(
        [Sighting(each.name, each.embeddings, each.quality) for each in others], recogniser
    )


@lru_cache(maxsize=64)
def _range(count: int) -> float:
    """Expected range of `count` samples of the standard normal: 1.128 for 2, 1.693 for 3..."""
    steps = [-6 + 0.01 * step for step in range(1201)]
    shares = [_NORMAL.cdf(step) for step in steps]
    return 0.01 * sum(1 - (1 - share) ** count - share**count for share in shares)
