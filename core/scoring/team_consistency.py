"""How alike the pictures of a team are: framing, light and colour side by side.

Skin is never compared between people. Exposure and colour of a face are taken relative to the
sitter's own skin in the enrolled photos, so a team with dark and light skin, each exposed right,
has no spread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log2

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..faces.regions import CHIN
from ..images import Image, Mask, check_image, fit, resize, to_lab
from ..picture import Picture
from ..portrait.light import LEAST_DIRECTED
from ..portrait.matting import crown
from ..portrait.portrait import Portrait
from ..progress import SILENT, Progress
from ..scorecard import Scorecard

# Where the backdrop is measured: beside the head, as a share of width and height. A wall is lit
# unevenly, so it is measured in the same place in all pictures.
_ASIDE, _DOWN = 0.12, 0.3
_COVERED = 0.02  # matte above which a pixel is not backdrop
_LONGEST = 1280  # pixels: nothing here depends on finer detail

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Trait:
    """One thing that the pictures of a set should have in common.

    unit: for display.
    tolerance: how far a picture may be from the median of the others before a viewer sees it side
        by side; for the light, a little more than the error of the measurement.
    mend: what to do about it.
    scale: factor from the figure to the unit.
    digits: after the point, for display.
    """

    name: str
    title: str
    unit: str
    tolerance: float
    mend: str
    scale: float = 1.0
    digits: int = 1

    def write(self, value: float) -> str:
        """A figure for people, without its unit."""
        # Adding 0 turns -0.0 into 0.0.
        return f"{round(value * self.scale, self.digits) + 0.0:.{self.digits}f}"


_ROOM = (
    "Make it from a photo with more room around head and shoulders, or deliver all in a tighter "
    "size, such as linkedin."
)
_MATCH = "Make all in one look with 'matched' on and the same seed."
TRAITS: tuple[Trait, ...] = (
    Trait("head-height", "Head height", "% of the height", 0.025, _ROOM, 100),
    Trait("eye-line", "Eye line from the top", "% of the height", 0.02, _ROOM, 100),
    Trait("head-centre", "Head from the middle", "% of the width", 0.03, _ROOM, 100),
    Trait(
        "exposure",
        "Face against the sitter's own photos",
        "stops",
        0.4,
        "Make it from another photo of the sitter, or enrol photos that are exposed right: the "
        "face's exposure follows them.",
        digits=2,
    ),
    Trait(
        "colour-cast",
        "Skin's colour against the sitter's own photos",
        "Lab",
        6.0,
        "Make it from another photo of the sitter, or enrol some taken in neutral light.",
    ),
    Trait(
        "key-azimuth",
        "Main light aside, right positive",
        "°",
        25.0,
        f"{_MATCH} The main light then comes from the same side for everybody.",
        digits=0,
    ),
    Trait("key-elevation", "Main light above the face", "°", 30.0, _MATCH, digits=0),
    Trait(
        "key-ratio",
        "Key ratio",
        "stops",
        1.0,
        "Make it from a photo taken in softer light, or all in a softer look.",
    ),
    Trait("backdrop", "Backdrop's colour", "Lab", 4.0, _MATCH),
)


@dataclass(frozen=True)
class Range:
    """How one trait is spread over a set.

    values: by picture, None where not known; for a colour its distance from the median of all.
    low, high: least and greatest of them.
    range: distance between the two pictures that are furthest apart.
    deviation: standard deviation.
    """

    trait: Trait
    values: tuple[float | None, ...]
    low: float
    high: float
    range: float
    deviation: float


@dataclass(frozen=True)
class Oddity:
    """How one picture differs from the others in one trait.

    off: distance from the median of the others.
    times: the same in tolerances.
    """

    picture: str
    trait: Trait
    off: float
    times: float

    @property
    def text(self) -> str:
        """Such as "head height 5.1 % of the height off, 2.5 let pass"."""
        off, let = self.trait.write(self.off), self.trait.write(self.trait.tolerance)
        joined = "" if self.trait.unit == "°" else " "
        return f"{self.trait.title.lower()} {off}{joined}{self.trait.unit} off, {let} let pass"


@dataclass(frozen=True)
class TeamSpread:
    """The spread of a set.

    pictures: their names.
    ranges: of the traits that are known of two pictures or more.
    odd: how the picture that stands out most does so, worst first; empty if none does.
    unknown: traits that are known of fewer than two pictures.
    oddities: by picture, how it stands out.
    """

    pictures: tuple[str, ...]
    ranges: tuple[Range, ...]
    odd: tuple[Oddity, ...]
    unknown: tuple[Trait, ...]
    oddities: tuple[tuple[Oddity, ...], ...]

    @property
    def verdict(self) -> str:
        """The set in a sentence or two, with what to do."""
        if not self.odd:
            return "The pictures stand side by side: none stands out."
        worst = self.odd[0]
        also = "; ".join(each.text for each in self.odd)
        return f"{worst.picture} stands out: {also}. {worst.trait.mend}"


Figures = Mapping[str, Sequence[float] | None]


def team_spread(pictures: Sequence[Picture], progress: Progress = SILENT) -> TeamSpread:
    """The spread of the pictures of several people.

    A picture without a matte is cut out here. Without a scorecard, exposure and colour cast of a
    picture are unknown.

    Raises:
        InputError: fewer than two pictures, or something that is no Image.
        NoFace, SeveralFaces: a picture that isn't of one person.
        Cancelled: stopped through `progress`.
    """
    rows: list[Figures] = []
    for index, picture in enumerate(pictures):
        progress.update(index / len(pictures), f"Measuring {picture.name}")
        rows.append(figures(picture))
    return spread_of([picture.name for picture in pictures], rows)


def figures(picture: Picture) -> Figures:
    """The figures of one picture, by trait.

    Raises:
        InputError: something that is no Image.
        NoFace, SeveralFaces: it isn't of one person.
    """
    portrait = _reduced(picture)
    image, face, light = portrait.image, portrait.face, portrait.light
    rows, columns = image.shape[:2]
    matte = portrait.cutout  # where the hair ends can't be told from the face alone
    directed = light.ratio >= LEAST_DIRECTED
    return {
        "head-height": [(float(face.landmarks[CHIN, 1]) - crown(face, matte)) / rows],
        "eye-line": [(float(face.points[:2, 1].mean()) + 0.5) / rows],
        "head-centre": [(float(face.landmarks[:468, 0].mean()) + 0.5) / columns - 0.5],
        "key-azimuth": [light.azimuth] if directed else None,
        "key-elevation": [light.elevation] if directed else None,
        "key-ratio": [log2(light.ratio)],
        "backdrop": _backdrop(image, matte),
        **_skin(portrait, picture.scorecard),
    }


def _reduced(picture: Picture) -> Portrait:
    """The picture at the size at which it is measured."""
    whole = picture.portrait
    image, factor = fit(check_image(whole.image, f"picture {picture.name!r}"), _LONGEST)
    matte = whole.matte
    if matte is not None:
        matte = resize(matte, image.shape[1], image.shape[0])
    return Portrait(image, matte, whole.sitter(picture.name).scaled(factor))


def spread_of(names: Sequence[str], rows: Sequence[Figures]) -> TeamSpread:
    """The spread of pictures by their figures.

    names: of the pictures.
    rows: for each picture its figures by trait: one number, or three for a colour; None or missing
        where unknown.

    Raises:
        InputError: fewer than two pictures.
    """
    if len(rows) < 2:
        raise InputError(
            "A spread was asked of fewer than two pictures", "Give two or more, of several people."
        )
    ranges: list[Range] = []
    unknown: list[Trait] = []
    oddities: list[list[Oddity]] = [[] for _ in names]
    for trait in TRAITS:
        vectors = {
            place: np.asarray(row[trait.name], np.float64)
            for place, row in enumerate(rows)
            if row.get(trait.name) is not None
        }
        if len(vectors) < 2:
            unknown.append(trait)
            continue
        ranges.append(_range(trait, len(rows), list(vectors), np.stack(list(vectors.values()))))
        for place, vector in vectors.items():
            others = [each for other, each in vectors.items() if other != place]
            off = float(np.linalg.norm(vector - np.median(others, axis=0)))
            if off > trait.tolerance:
                oddity = Oddity(names[place], trait, off, off / trait.tolerance)
                oddities[place].append(oddity)
    odd = max(oddities, key=lambda oddity: max((each.times for each in oddity), default=0))
    return TeamSpread(
        pictures=tuple(names),
        ranges=tuple(ranges),
        odd=tuple(sorted(odd, key=lambda each: -each.times)),
        unknown=tuple(unknown),
        oddities=tuple(map(tuple, oddities)),
    )


def _range(trait: Trait, count: int, places: Sequence[int], vectors: Vector) -> Range:
    # One row at a time: a table of all pairs of thousands would fill the memory.
    apart = max(float(np.linalg.norm(vectors - each, axis=1).max()) for each in vectors)
    from_mean = np.linalg.norm(vectors - vectors.mean(axis=0), axis=1)
    plain = (
        vectors[:, 0]
        if vectors.shape[1] == 1
        else np.linalg.norm(vectors - np.median(vectors, axis=0), axis=1)
    )
    values: list[float | None] = [None] * count
    for place, value in zip(places, plain, strict=True):
        values[place] = float(value)
    return Range(
        trait=trait,
        values=tuple(values),
        low=float(plain.min()),
        high=float(plain.max()),
        range=apart,
        deviation=float(np.sqrt((from_mean**2).mean())),
    )


def _skin(portrait: Portrait, card: Scorecard | None) -> Figures:
    """How exposure and colour of the skin differ from the sitter's own; empty where unknown."""
    off = {each.name: each.value for each in card.measures} if card else {}
    names = ("skin-lightness", "skin-tint", "skin-warmth")
    colour = portrait.skin_colour
    if colour is None or any(name not in off for name in names):
        return {}
    lightness = float(colour[0])
    own = lightness - off["skin-lightness"]
    return {
        "exposure": [log2(_luminance(lightness) / _luminance(own))],
        "colour-cast": [off["skin-tint"], off["skin-warmth"]],
    }


def _luminance(lightness: float) -> float:
    """Relative luminance of L* (CIE 15:2004, 8.2.1), at least that of the darkest skin."""
    return ((max(lightness, 8.0) + 16) / 116) ** 3


def _backdrop(image: Image, matte: Mask) -> list[float] | None:
    """Lab of the backdrop on both sides of the head; None where the sitter fills it."""
    rows, columns = image.shape[:2]
    tall, wide = max(1, round(_DOWN * rows)), max(1, round(_ASIDE * columns))
    sides: list[Vector] = []
    for across in (np.s_[:tall, :wide], np.s_[:tall, columns - wide :]):
        pixels = to_lab(image[across])
        bare = pixels[matte[across] < _COVERED]
        if len(bare) < 16:
            return None
        sides.append(np.median(bare, axis=0).astype(np.float64))
    return [float(each) for each in np.mean(sides, axis=0)]
