"""How alike a picture is to the sitter, and where that lies among the sitter's own photos.

The recogniser that judges is never the one that steered the making, so no picture is optimised for
its judge. A cosine alone says little: one recogniser calls .55 a good likeness, another .97, and
some people's photos differ more than others'. So it is set against the sitter's own spread: the
cosine of each enrolled photo to the mean of the others.

A mean of many photos is nearer to every photo of the sitter than a mean of few is. So all cosines
are first brought to what two single photos would have. With photos that are the person and noise of
their own, a photo's cosine to the mean of m others is

    c = r sqrt(m / (1 + (m - 1) r)),

where r is that of two photos (`pairwise` solves it for r). The percentile models the logarithm of a
distance,

    d = (1 - r) / (1 - same_person),  y = ln d ~ Normal(mu, sigma),

where d = 1 marks the recogniser's limit for "the same person". Each enrolled photo gives one y,
against the mean of the others. Few photos say little, so mu and sigma are shrunk to what is usual
by the conjugate normal-inverse-chi-squared prior (Gelman et al., Bayesian Data Analysis, 3rd ed.,
3.3), worth k photos: with n photos of mean y_n and deviation s_n

    m = (k m0 + n y_n) / (k + n),
    s^2 = (k s0^2 + (n - 1) s_n^2 + (k n / (k + n)) (y_n - m0)^2) / (k + n),

and a further photo's y has Student's t distribution about m with k + n degrees of freedom and the
scale s sqrt(1 + 1 / (k + n)). The percentile is the share of that distribution that is less alike.
The photos' figures depend on each other, as each is part of the others' means; with three or more
photos that matters less than the prior.

With a single enrolled photo all is prior, and a picture made from that photo is compared with
itself: its percentile is high by construction and shows only that nothing went wrong.

The prior (m0, s0, k: `calibration.toml`) is estimated by `make calibrate` from the development
people of tests/benchmarks/people with three photos or more, by the moments of their own figures
(Efron and Morris, JASA 70, 1975). docs/likeness.md says how it does on other people.

The recogniser that steered gives a second opinion, which is shown but never decides.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import fmean

from ..errors import IdentityDamaged
from ..faces import ANALYSERS, Recogniser
from ..identity.consensus import Sighting, left_out, template
from ..identity.identity import EnrolledPhoto, Identity
from ..identity.judge import judge_among
from ..images import Float
from ..portrait.portrait import Portrait
from ..scorecard import Measurement
from ..settings import settings
from .calibration import false_matches, prior
from .measure import take
from .measures.copy_detection import COPY, Nearest, nearest

# Percentiles: where one opinion is below the first and the other above the second, a note says so.
_DOUBT, _SURE = 5.0, 25.0
_REFUSED = 2.0  # the percentile below which a picture is not the sitter enough to be delivered
# Share of the sitter's pairs of photos that are less alike than a picture and its own photo, from
# which the face is the photo's, in another light. Of 28 photos with another face blended in by 30,
# 40, 60 or 100 % none reaches it.
_UNCHANGED = 90.0


@dataclass(frozen=True)
class Opinion:
    """What a recogniser says.

    recogniser: its name.
    cosine: to the sitter's template, -1..1, higher is more alike.
    percentile: within the sitter's own spread, 0..100.
    """

    recogniser: str
    cosine: float
    percentile: float


@dataclass(frozen=True)
class Likeness:
    """The likeness of one picture to the sitter.

    judge: the recogniser's name.
    cosine: to the sitter's template, -1..1.
    percentile: within the sitter's own spread, 0..100.
    low: the cosine below which it is another person.
    own: the cosines between which nine in ten of the sitter's own photos are expected.
    second: the opinion of the recogniser that steered; None where that one had to judge.
    nearest: the enrolled photo that the picture is most like.
    from_photo: the picture was made from an enrolled photo.
    to_source: percentile of the picture's cosine to that photo alone; None where it isn't known.
    """

    judge: str
    cosine: float
    percentile: float
    low: float
    own: tuple[float, float]
    second: Opinion | None = None
    nearest: Nearest | None = None
    from_photo: bool = False
    to_source: float | None = None

    @property
    def measures(self) -> tuple[Measurement, ...]:
        """Likeness, percentile, false match rate, second opinion and copying."""
        # Of the sitter's own photos one in twenty lies below the range. A picture of such a photo
        # can't be much more like the others, and light that is hard or colourless costs likeness
        # too. If the face is clearly the photo's, it is the sitter's.
        own = self.to_source is not None and self.to_source >= _UNCHANGED
        severity = "defect" if self.percentile < _REFUSED and not own else "difference"
        rank = take("percentile", self.percentile, severity=severity)
        measures = [take("likeness", self.cosine, self.low), rank]
        if (matches := false_matches(self.cosine, self.judge)) is not None:
            measures.append(take("false-match", 100 * matches.high))
        if self.second is not None:
            measures.append(take("second-opinion", self.second.percentile))
        if self.nearest is not None:
            # A picture made from a photo is near it by design, so only others have a limit.
            limit = None if self.from_photo else COPY
            what = f"photo {self.nearest.number}"  # its name could be the sitter's
            measures.append(take("copy", self.nearest.copy, high=limit, what=what))
        return tuple(measures)

    @property
    def notes(self) -> tuple[str, ...]:
        """In words: that the opinions differ, or that the recogniser that steered had to judge."""
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
    recognisers = ", ".join(sorted(identity.templates)) or "none"
    raise IdentityDamaged(
        f"{identity.name!r} was enrolled for other recognisers ({recognisers})",
        "Enrol the photos again with the present settings.",
    )


def likeness(
    portrait: Portrait,
    identity: Identity,
    *,
    judge: str = "",
    from_photo: bool = False,
    photo: str = "",
    lender: str = "",
) -> Likeness:
    """How alike the face of `portrait` is to the sitter.

    from_photo: the picture was made from an enrolled photo.
    photo: name of that photo; by default the nearest one. The percentile leaves it out, just as the
        spread compares each photo with the mean of the others.
    lender: name of a second photo that a part of the picture is from; it is left out, too.

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
    return likeness_of(
        embeddings, list(both.values()), identity, from_photo=from_photo, photo=photo, lender=lender
    )


def likeness_of(
    embeddings: Mapping[str, Float],
    recognisers: Sequence[Recogniser],
    identity: Identity,
    *,
    from_photo: bool = False,
    photo: str = "",
    lender: str = "",
) -> Likeness:
    """The likeness of a face by its embeddings.

    embeddings: by the recogniser's name.
    recognisers: the judge first.
    from_photo, photo, lender: see `likeness`.
    """
    near = nearest(embeddings, identity, recognisers)
    if from_photo and not photo and near is not None:
        photo = near.photo
    opinions: list[Opinion] = []
    for each in recognisers:
        embedding = embeddings[each.name]
        others, count = _without(identity, each.name, {photo, lender})
        own = own_cosines(identity, each.name)
        opinions.append(
            Opinion(
                each.name,
                float(embedding @ identity.templates[each.name].vector),
                percentile(float(embedding @ others), own, each, count),
            )
        )
    judging = recognisers[0]
    source = next((each for each in identity.photos if photo and each.name == photo), None)
    return Likeness(
        judge=judging.name,
        cosine=opinions[0].cosine,
        percentile=opinions[0].percentile,
        low=judging.same_person,
        own=own_range(own_cosines(identity, judging.name), judging),
        second=opinions[1] if len(opinions) > 1 else None,
        nearest=near,
        from_photo=from_photo or bool(photo),
        to_source=_to_photo(source, embeddings, identity, judging) if source else None,
    )


def _to_photo(
    photo: EnrolledPhoto,
    embeddings: Mapping[str, Float],
    identity: Identity,
    recogniser: Recogniser,
) -> float | None:
    """Share of the sitter's pairs of photos that are less alike than a face and `photo`, 0..100 %.

    None where the photo is the only one.
    """
    own = own_cosines(identity, recogniser.name)
    if recogniser.name not in photo.embeddings or len(own) < 2:
        return None
    cosine = float(embeddings[recogniser.name] @ photo.embeddings[recogniser.name])
    return percentile(cosine, own, recogniser, 1)


def own_cosines(identity: Identity, recogniser: str) -> tuple[float, ...]:
    """The cosine of each enrolled photo to the mean of the others; empty with a single photo."""
    photos = [each for each in identity.photos if recogniser in each.embeddings]
    if len(photos) < 2:
        return ()
    sightings = [Sighting(each.name, each.embeddings, each.quality) for each in photos]
    return tuple(left_out(sightings, recogniser))


def pairwise(cosine: float, photos: int) -> float:
    """The cosine that two single photos would have where one has `cosine` to a mean of `photos`.

    -1..1; see the head of this module.
    """
    if photos < 2 or cosine <= 0:
        return cosine
    square = cosine**2 * (photos - 1)
    return (square + sqrt(square**2 + 4 * photos * cosine**2)) / (2 * photos)


def to_mean(cosine: float, photos: int) -> float:
    """The cosine to a mean of `photos` where two single ones have `cosine`: undoes `pairwise`."""
    if photos < 2 or cosine <= 0:
        return cosine
    return cosine * sqrt(photos / (1 + (photos - 1) * cosine))


def percentile(
    cosine: float, own: Sequence[float], recogniser: Recogniser, photos: int | None = None
) -> float:
    """Share of the sitter's own photos that are less alike than `cosine`, 0..100 %.

    Higher is more alike; 50 is like the middle one. See the head of this module for the formula.

    own: cosine of each enrolled photo to the mean of the others; may be empty.
    photos: of how many the mean is that `cosine` is to; by default as many as for each of `own`.
    """
    from scipy.special import stdtr  # here: it takes longer to import than all of the core

    middle, scale, freedom = predicted(own, recogniser)
    count = len(own) - 1 if photos is None else photos
    away = (middle - _log_distance(pairwise(cosine, count), recogniser)) / scale
    return 100 * float(stdtr(freedom, away))


def own_range(own: Sequence[float], recogniser: Recogniser) -> tuple[float, float]:
    """The cosines at the percentiles 5 and 95: where nine in ten of the sitter's photos lie.

    To a mean of as many photos as each of `own` is.
    """
    from scipy.special import stdtrit

    middle, scale, freedom = predicted(own, recogniser)
    room = 1 - recogniser.same_person
    ends = (middle - scale * float(stdtrit(freedom, share)) for share in (0.05, 0.95))
    low, high = (to_mean(max(-1.0, 1 - room * exp(end)), len(own) - 1) for end in ends)
    return low, high


def predicted(own: Sequence[float], recogniser: Recogniser) -> tuple[float, float, float]:
    """Middle, scale and degrees of freedom of ln d for a further photo of the sitter.

    own: cosine of each enrolled photo to the mean of the others; may be empty.
    """
    usual = prior(recogniser.name)
    count, total = len(own), len(own) + usual.photos
    squares = usual.photos * usual.spread**2
    middle = usual.middle
    if count:
        distances = [_log_distance(pairwise(each, count - 1), recogniser) for each in own]
        mean = fmean(distances)
        middle = (usual.photos * usual.middle + count * mean) / total
        squares += sum((each - mean) ** 2 for each in distances)
        squares += usual.photos * count / total * (mean - usual.middle) ** 2
    return middle, sqrt(squares / total * (1 + 1 / total)), total


def _log_distance(cosine: float, recogniser: Recogniser) -> float:
    return log(max(1 - cosine, 1e-4) / (1 - recogniser.same_person))


def _without(identity: Identity, recogniser: str, names: Collection[str]) -> tuple[Float, int]:
    """The sitter's template without the photos `names`, and of how many photos it is the mean.

    Of all where that leaves none.
    """
    others = [
        each for each in identity.photos if each.name not in names and recogniser in each.embeddings
    ]
    if not others or len(others) == len(identity.photos):
        return identity.templates[recogniser].vector, identity.templates[recogniser].spread.photos
    vector = template(
        [Sighting(each.name, each.embeddings, each.quality) for each in others], recogniser
    )
    return vector, len(others)
