"""How alike a picture is to the sitter, and where that lies among the sitter's own photos.

The cosine is taken by the recogniser that judges, never by the one that steers, so that a picture
can't please the judge by being made for it. A cosine alone says little: one recogniser calls .55 a
good likeness, another .97, and some people's photos differ more than others'. So it is set against
the sitter's own spread: the cosines of each enrolled photo to the mean of the others.

The percentile models the logarithm of a distance,

    d = (1 - cosine) / (1 - same_person),  y = ln d ~ Normal(mu, sigma),

in which 1 is where the recogniser stops calling two photos the same person. Each enrolled photo
gives one y, against the mean of the others. Few photos say little, so mu and sigma are shrunk
towards what is usual by the conjugate normal-inverse-chi-squared prior (Gelman et al., Bayesian
Data Analysis, 3rd ed., 3.3), worth k photos: with n photos of mean y_n and deviation s_n

    m = (k m0 + n y_n) / (k + n),
    s^2 = (k s0^2 + (n - 1) s_n^2 + (k n / (k + n)) (y_n - m0)^2) / (k + n),

and a further photo's y has Student's t distribution about m with k + n degrees of freedom and the
scale s sqrt(1 + 1 / (k + n)). The percentile is the share of that distribution that is less alike.
The photos' figures are not independent, as each lies in the others' means; with three or more that
matters less than the prior.

With a single enrolled photo all is prior, and a picture made from that photo is compared with
itself: its percentile is high by construction and tells only that nothing went wrong.

The prior (m0, s0, k: `calibration.toml`) has a small base: three photos of one person, nine
versions of each (half size, darkened, JPEG q30, noise, turned, blurred, warmed, mirrored) against
the other two gave d from .26 to .47 with a median of .37 by dlib's recogniser, and .23 to .30,
median .27, by MobileFaceNet. The spread is taken wider than that, as one person in official
portraits is an easy case. `make calibrate` on a folder of people estimates it from them.

Beside the judge, the recogniser that steered is asked for a second opinion, which is shown and
never judges.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import fmean

from ..errors import IdentityDamaged
from ..faces import ANALYSERS, Recogniser
from ..identity.consensus import Sighting, left_out, template
from ..identity.identity import Identity
from ..identity.judge import judge_among
from ..images import Float
from ..portrait.portrait import Portrait
from ..scorecard import Measurement
from ..settings import settings
from .calibration import false_matches, prior
from .measure import take
from .measures.copy_detection import COPY, Nearest, nearest

# Both opinions are told, and where one lies this low and the other this high, that they differ.
_DOUBT, _SURE = 5.0, 25.0


@dataclass(frozen=True)
class Opinion:
    """What a recogniser says: its name, the cosine to the sitter's template (-1..1, higher is more
    alike) and the percentile within the sitter's own spread (0..100).
    """

    recogniser: str
    cosine: float
    percentile: float


@dataclass(frozen=True)
class Likeness:
    """judge: the recogniser's name. cosine: to the sitter's template. percentile: 0..100, within
    the sitter's own spread. low: the cosine below which it is another person. own: the cosines
    between which the middle nine tenths of the sitter's own photos are expected.
    second: the opinion of the recogniser that steered, None where that one had to judge.
    nearest: the enrolled photo that the picture is most like. made: it was made from one.
    """

    judge: str
    cosine: float
    percentile: float
    low: float
    own: tuple[float, float]
    second: Opinion | None = None
    nearest: Nearest | None = None
    made: bool = False

    @property
    def measures(self) -> tuple[Measurement, ...]:
        """Likeness, percentile, false matches, second opinion and copying."""
        made = [take("likeness", self.cosine, self.low), take("percentile", self.percentile)]
        if (matches := false_matches(self.cosine, self.judge)) is not None:
            made.append(take("false-match", 100 * matches.high))
        if self.second is not None:
            made.append(take("second-opinion", self.second.percentile))
        if self.nearest is not None:
            # A picture made from a photo is near it by design; only others are held to it.
            limit = None if self.made else COPY
            what = f"photo {self.nearest.number}"  # its name could be the sitter's
            made.append(take("copy", self.nearest.copy, high=limit, what=what))
        return tuple(made)

    @property
    def notes(self) -> tuple[str, ...]:
        """In words: that judge and second opinion differ, or that nobody else could judge."""
        if self.second is None:
            return (f"judged by {self.judge}, which may have steered: enrolled without another",)
        figures = self.percentile, self.second.percentile
        if min(figures) < _DOUBT and max(figures) > _SURE:
            return (
                f"the recognisers disagree: percentile {figures[0]:.0f} by {self.judge}, which "
                f"judges, {figures[1]:.0f} by {self.second.recogniser}, which steered",
            )
        return ()


def judge_of(identity: Identity, judge: str = "") -> Recogniser:
    """The recogniser that judges pictures of this sitter; see `judge_among`.

    Raises:
        UnknownName: there is no such analyser.
        SetupError: its weights or package are missing.
        IdentityDamaged: the identity has a template of neither.
    """
    if recogniser := judge_among(identity, judge):
        return recogniser
    known = ", ".join(sorted(identity.templates)) or "none"
    raise IdentityDamaged(
        f"{identity.name!r} was enrolled for other recognisers ({known})",
        "Enrol the photos again with the present settings.",
    )


def likeness(
    portrait: Portrait,
    identity: Identity,
    *,
    judge: str = "",
    made: bool = False,
    photo: str = "",
    lender: str = "",
) -> Likeness:
    """How alike the face of `portrait` is to the sitter.

    made: the picture was made from an enrolled photo, the nearest one where `photo` doesn't name
    it. That photo is left out where the percentile is taken, as a photo is left out of the mean it
    is compared with in the spread.
    lender: name of another that a part of the picture is from; it is left out, too.

    Raises:
        IdentityDamaged: see `judge_of`.
        SetupError: weights or a package are missing.
    """
    judging = judge_of(identity, judge)
    steering = ANALYSERS.get(settings().analyser).recogniser
    both = {each.name: each for each in (judging, steering) if each.name in identity.templates}
    embeddings = {
        name: each.embed(portrait.image, [portrait.face])[0] for name, each in both.items()
    }
    return compared(
        embeddings, list(both.values()), identity, made=made, photo=photo, lender=lender
    )


def compared(
    embeddings: Mapping[str, Float],
    recognisers: Sequence[Recogniser],
    identity: Identity,
    *,
    made: bool = False,
    photo: str = "",
    lender: str = "",
) -> Likeness:
    """The likeness of a face of which the `embeddings` are known by name of the recogniser, of
    which the first judges; see `likeness` for the rest.
    """
    near = nearest(embeddings, identity, recognisers)
    if made and not photo and near is not None:
        photo = near.photo
    opinions: list[Opinion] = []
    for each in recognisers:
        embedding = embeddings[each.name]
        others = _without(identity, each.name, {photo, lender})
        opinions.append(
            Opinion(
                each.name,
                float(embedding @ identity.templates[each.name].vector),
                percentile(float(embedding @ others), own_cosines(identity, each.name), each),
            )
        )
    judging = recognisers[0]
    return Likeness(
        judge=judging.name,
        cosine=opinions[0].cosine,
        percentile=opinions[0].percentile,
        low=judging.same_person,
        own=own_range(own_cosines(identity, judging.name), judging),
        second=opinions[1] if len(opinions) > 1 else None,
        nearest=near,
        made=made or bool(photo),
    )


def own_cosines(identity: Identity, recogniser: str) -> tuple[float, ...]:
    """The cosine of each enrolled photo to the mean of the others; none with a single photo."""
    known = [each for each in identity.photos if recogniser in each.embeddings]
    if len(known) < 2:
        return ()
    sightings = [Sighting(each.name, each.embeddings, each.quality) for each in known]
    return tuple(left_out(sightings, recogniser))


def percentile(cosine: float, own: Sequence[float], recogniser: Recogniser) -> float:
    """Share of the sitter's own photos that are less alike than `cosine`: 0..100 %, higher is more
    alike, 50 like the middle one. The formula and its source stand at the head of this module.

    own: cosines of the enrolled photos, each to the mean of the others; none says nothing.
    """
    from scipy.special import stdtr  # here: it takes longer to import than all of the core

    middle, scale, freedom = predicted(own, recogniser)
    away = (middle - _log_distance(cosine, recogniser)) / scale
    return 100 * float(stdtr(freedom, away))


def own_range(own: Sequence[float], recogniser: Recogniser) -> tuple[float, float]:
    """The cosines at the percentiles 5 and 95: where nine in ten of the sitter's photos lie."""
    from scipy.special import stdtrit

    middle, scale, freedom = predicted(own, recogniser)
    room = 1 - recogniser.same_person
    ends = (middle - scale * float(stdtrit(freedom, share)) for share in (0.05, 0.95))
    low, high = (max(-1.0, 1 - room * exp(end)) for end in ends)
    return low, high


def predicted(own: Sequence[float], recogniser: Recogniser) -> tuple[float, float, float]:
    """Middle, scale and degrees of freedom of ln d of a further photo of the sitter (see above)."""
    usual = prior(recogniser.name)
    count, total = len(own), len(own) + usual.photos
    squares = usual.photos * usual.spread**2
    middle = usual.middle
    if count:
        distances = [_log_distance(each, recogniser) for each in own]
        mean = fmean(distances)
        middle = (usual.photos * usual.middle + count * mean) / total
        squares += sum((each - mean) ** 2 for each in distances)
        squares += usual.photos * count / total * (mean - usual.middle) ** 2
    return middle, sqrt(squares / total * (1 + 1 / total)), total


def _log_distance(cosine: float, recogniser: Recogniser) -> float:
    return log(max(1 - cosine, 1e-4) / (1 - recogniser.same_person))


def _without(identity: Identity, recogniser: str, names: Collection[str]) -> Float:
    """The sitter's template from all photos but `names`; from all where that leaves none."""
    others = [
        each for each in identity.photos if each.name not in names and recogniser in each.embeddings
    ]
    if not others or len(others) == len(identity.photos):
        return identity.templates[recogniser].vector
    return template(
        [Sighting(each.name, each.embeddings, each.quality) for each in others], recogniser
    )
