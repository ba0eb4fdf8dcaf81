"""What the coach finds of photos spoilt and of folders that lack something, and how often rightly.

Nobody's real folder says what is wrong with it, so folders are made: of one photo of each sitter
three frames, from the front and turned to both sides, taken on different days of this year. Into
each, one fault at a time is planted. What the coach says of the folder without the fault is not
held for or against it there; how often it says anything of those is told beside.
"""

from __future__ import annotations

import io
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from people import Sample, by_person
from PIL import Image as Pictures
from verification import wilson

sys.path.insert(0, str(Path(__file__).parents[2]))
from blinks import Sitting, asleep, next_frame, sitting

from headshots.core.faces import ANALYSERS
from headshots.core.generation.coaching import Coaching, coach
from headshots.core.images import Image, blur, resize, to_u8
from headshots.core.photos import Photo, read_photo

# Faces turned more than this can't be turned to the other side by their modelled depth; smaller
# ones would be small, and soft, before anything is planted. Degrees, and pixels.
_TURNED, _NARROW = 13.0, 130.0
_WIDTH = 360.0  # of the face in a frame, pixels: enough for a headshot of 1024
_ASIDE = 9.0  # degrees of a face that is turned enough as it is
_TODAY = datetime(2026, 6, 1)
_DAYS = (20, 50, 80)  # before today, of the three frames

SPOILT = "spoilt"  # the name of a photo that is put into a folder of good ones

# A finding: the photo's name, empty for the folder as a whole, and the code.
Told: TypeAlias = "set[tuple[str, str]]"


@dataclass(frozen=True, eq=False)
class Folder:
    """Three frames of a sitter: from the front, turned aside, and turned to the other side.

    taken: of the sitting they are from. other: somebody else's photo. rng: how strong a fault is.
    """

    taken: Sitting
    front: Image
    aside: Image
    other: Image
    rng: np.random.Generator

    def frames(self, change: Callable[[Image], Image] = lambda image: image) -> list[Image]:
        return [change(each) for each in (self.front, self.aside, _mirrored(self.aside))]

    def lit(self, side: float) -> list[Image]:
        """The frames with a light from image right, or from the left for `side` below 0."""
        front, aside = _turned(self.taken, side)
        return [front, aside, _mirrored(_turned(self.taken, -side)[1])]


@dataclass(frozen=True, eq=False)
class Plant:
    """One fault. finds: codes of what the coach should say; also: of what is true as well then."""

    make: Callable[[Folder], list[Photo]]
    finds: frozenset[str]
    also: frozenset[str] = frozenset()


def _codes(*names: str) -> frozenset[str]:
    return frozenset(names)


def _one_more(change: Callable[[Folder], Image]) -> Callable[[Folder], list[Photo]]:
    def make(folder: Folder) -> list[Photo]:
        spoilt = _photo(change(folder), SPOILT, _TODAY - timedelta(days=10))
        return [*_photos(folder.frames()), spoilt]

    return make


def _with(
    low: float, high: float, change: Callable[[Image, float], Image]
) -> Callable[[Folder], list[Photo]]:
    """One photo more, changed by an amount between these."""
    return _one_more(lambda folder: change(folder.aside, float(folder.rng.uniform(low, high))))


def _brighter(image: Image, times: float) -> Image:
    return np.asarray(np.clip(image * times, 0, 1), np.float32)


def _smaller(image: Image, share: float) -> Image:
    return resize(image, round(image.shape[1] * share), round(image.shape[0] * share))


def _closed(image: Image) -> Image:
    return asleep(image, ANALYSERS.get("embedded").analyse(image, embed=False)[0])


_CLOSED = _codes("eyes-closed", "eyes-half-closed")
PLANTS: Mapping[str, Plant] = {
    "one photo blurred": Plant(
        _with(0.02, 0.04, lambda image, by: blur(image, by * _WIDTH)), _codes("blurred")
    ),
    "one photo in the dark": Plant(_with(0.1, 0.35, _brighter), _codes("underexposed")),
    "one photo burnt out": Plant(_with(1.8, 3.0, _brighter), _codes("overexposed")),
    "one face small": Plant(_with(0.1, 0.2, _smaller), _codes("small-face")),
    "eyes closed on one": Plant(_one_more(lambda f: _closed(f.front)), _CLOSED),
    "one photo of another person": Plant(_one_more(lambda f: f.other), _codes("another-person")),
    "one photo eight years older": Plant(
        lambda f: _photos(f.frames(), [8 * 365, *_DAYS[1:]]), _codes("years-older")
    ),
    "no photo turned to one side": Plant(
        lambda f: _photos([f.front, f.aside, _mirrored(f.front)]), _codes("one-angle")
    ),
    "all lit from one side": Plant(
        lambda f: _photos(f.lit(float(f.rng.uniform(0.9, 1.5)))),
        _codes("one-light"),
        _codes("light-hard"),
    ),
    "all of low resolution": Plant(
        lambda f: _photos(f.frames(lambda image: _smaller(image, 0.35))),
        _codes("small-faces"),
        _codes("small-face", "blurred"),
    ),
    "eyes closed on all": Plant(
        lambda f: _photos(f.frames(_closed)), _codes("no-open-eyes"), _CLOSED
    ),
    "all three years old": Plant(
        lambda f: _photos(f.frames(), [days + 3 * 365 for days in _DAYS]), _codes("not-recent")
    ),
    "all of one hour": Plant(lambda f: _photos(f.frames(), [20] * 3), _codes("one-sitting")),
    "two photos only": Plant(
        lambda f: _photos(f.frames()[:2]), _codes("few-photos"), _codes("one-angle")
    ),
}


def coached(found: Sequence[Sample], most: int) -> dict[str, Any]:
    """Shares with their interval: of findings that are right, and of plants that were found.

    most: sitters. Cases of one sitter are not independent, so that the intervals are narrower than
    other people's folders would show.
    """
    hits: dict[str, list[bool]] = defaultdict(list)
    right = wrong = clean = untold = 0
    wrongly: dict[str, int] = defaultdict(int)
    for folder in islice(folders(found), most):
        before = _told(_photos(folder.frames()))
        clean += 1
        untold += not before
        for name, plant in PLANTS.items():
            if plant.finds & {code for _, code in before}:  # it is there already
                continue
            new = _told(plant.make(folder)) - before
            codes = plant.finds | plant.also
            good = {each for each in new if each[0] == SPOILT or each[1] in codes}
            hits[name].append(any(each[1] in plant.finds for each in new))
            right += len(good)
            wrong += len(new - good)
            for _, code in new - good:
                wrongly[code] += 1
    every = [each for some in hits.values() for each in some]
    if wrongly:
        sys.stderr.write(f"the coach said wrongly: {dict(wrongly)}\n")
    return {
        "precision": _share(right, right + wrong),
        "recall": _share(sum(every), len(every)),
        "untouched folders without a word": _share(untold, clean),
        **{f"found: {name}": _share(sum(some), len(some)) for name, some in hits.items()},
    }


def folders(found: Sequence[Sample]) -> Iterator[Folder]:
    """One of each person of whom a photo is fit for it, with somebody else's photo."""
    analyser = ANALYSERS.get("embedded")
    for number, (person, own) in enumerate(by_person(found).items()):
        fitting = [each for each in own if _fitting(each)]
        if not fitting:
            continue
        best = max(fitting, key=lambda each: each.face.width)
        image = _cut(best)
        faces = analyser.analyse(image, embed=False)
        if len(faces) != 1:
            continue
        others = (each for each in found if each.person != person and _fitting(each))
        if (other := next(others, None)) is None:
            return
        taken = sitting(image, faces[0])
        yield Folder(taken, *_turned(taken), _cut(other), np.random.default_rng(number))


def _turned(taken: Sitting, side: float = 0.0) -> tuple[Image, Image]:
    """The frame from the front, and the one turned aside. The modelled depth turns a head by about
    half of what is asked.
    """
    yaw = taken.face.pose.yaw
    aside = 0.0 if abs(yaw) >= _ASIDE else float(np.copysign(16 - abs(yaw), yaw))
    front = next_frame(taken, yaw=-1.8 * yaw, side=side)
    return front, next_frame(taken, yaw=1.5 * aside, stops=-0.2, side=side, warmth=0.04)


def _fitting(sample: Sample) -> bool:
    return abs(sample.face.pose.yaw) <= _TURNED and sample.face.width >= _NARROW


def _cut(sample: Sample) -> Image:
    """Head and shoulders, the face at its size in a frame."""
    part = sample.face.box.grown(0.9).cut(sample.photo.image)
    factor = _WIDTH / sample.face.width
    size = round(part.shape[1] * factor), round(part.shape[0] * factor)
    return np.clip(resize(np.ascontiguousarray(part), *size), 0, 1)


def _mirrored(image: Image) -> Image:
    return np.ascontiguousarray(image[:, ::-1])


def _photos(images: Sequence[Image], days: Sequence[float] = _DAYS) -> list[Photo]:
    return [
        _photo(image, f"frame {number}", _TODAY - timedelta(days=ago))
        for number, (image, ago) in enumerate(zip(images, days, strict=False))
    ]


def _photo(image: Image, name: str, taken: datetime) -> Photo:
    """As a camera writes it: a JPEG with its date."""
    exif = Pictures.Exif()
    exif[0x8769] = {0x9003: taken.strftime("%Y:%m:%d %H:%M:%S")}
    file = io.BytesIO()
    Pictures.fromarray(to_u8(image)).save(file, "JPEG", quality=95, exif=exif)
    return read_photo(file.getvalue(), name=name)


def _told(photos: Sequence[Photo]) -> Told:
    said: Coaching = coach(
        photos,
        analyser=ANALYSERS.get("embedded"),
        judge=ANALYSERS.get("dlib"),
        face="largest",
        today=_TODAY,
    )
    each = {(photo.name, finding.code) for photo in said.photos for finding in photo.findings}
    return each | {("", finding.code) for finding in said.together}


def _share(hits: int, count: int) -> dict[str, float]:
    low, high = wilson(hits, count)
    return {"value": hits / max(count, 1), "low": low, "high": high, "count": count}
