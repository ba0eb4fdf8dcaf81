"""Makes the folders of a team shoot from the public test photos, with faults of every kind.

    .venv/bin/headshots setup --tests
    .venv/bin/python scripts/team.py FOLDER [--people 60] [--faults 22]
    .venv/bin/headshots batch FOLDER --look team-neutral --out FOLDER-out

Crops, light, colour, noise and compression vary from photo to photo, by a seeded generator. Each
person with a fault is named after it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path

import cv2
import numpy as np

from headshots.core.faces import ANALYSERS
from headshots.core.images import Image, resize, to_u8
from headshots.core.photos import read_photo
from headshots.core.weights.store import weight_path

FIRST_NAMES = (
    *("Ada", "Amir", "Anna", "Ben", "Carla", "Chen", "Dana", "Elif", "Emil", "Fatou", "Georg"),
    *("Hana", "Ines", "Ivan", "Jonas", "Kofi", "Lena", "Luis", "Maria", "Mei", "Nils", "Noor"),
)
FAMILY = ("Arendt", "Baker", "Costa", "Dubois", "Ekström", "Fischer", "García")
OBAMA = ("photo-obama", "photo-obama2", "photo-obama3")
CONSENT = "yes, by signed form"

Rng = np.random.Generator


# The people of the public group photos who suit a headshot, and the faults of the others.
FIT = (0,)
UNFIT = {
    2: "In stage make-up",
    4: "Looking down at a party",
    5: "In coloured light",
    9: "An arm raised",
    10: "Others in the picture",
    12: "Half in the sun",
    15: "A colleague at the edge",
}


def sources() -> list[list[Image]]:
    """The photos of each person who can be delivered: three of one, one of each other."""
    guests = _guests()
    photos = [[_photo(name) for name in OBAMA], [_photo("photo-biden")], [_photo("demo-photo")]]
    return photos + [[guests[index]] for index in FIT]


def _guests() -> list[Image]:
    """A portrait crop of each person who stands apart enough in the group photos."""
    analyser = ANALYSERS.get("embedded")
    portraits: list[Image] = []
    for number in range(1, 7):
        group = _photo(f"photo-group{number}")
        for face in analyser.analyse(group, embed=False):
            portrait = _around(group, face.box)
            alone = len(analyser.analyse(portrait, embed=False)) == 1
            if alone and face.box.y0 > 0.7 * face.box.height and face.box.height > 60:
                portraits.append(portrait)
    return portraits


def _photo(name: str) -> Image:
    return read_photo(weight_path(name)).image


def _around(image: Image, box) -> Image:  # type: ignore[no-untyped-def]
    """A portrait crop around a face, smaller where the picture ends or the next head begins."""
    across = 0.75 * box.width + 0.35 * box.height
    left, right = box.x0 - across, box.x1 + across
    top, bottom = box.y0 - 0.9 * box.height, box.y1 + 1.9 * box.height
    rows, columns = image.shape[:2]
    return image[
        max(0, round(top)) : min(rows, round(bottom)),
        max(0, round(left)) : min(columns, round(right)),
    ]


def varied(image: Image, rng: Rng) -> bytes:
    """`image` varied as if by another camera and light, as a JPEG."""
    rows, columns = image.shape[:2]
    # Nobody cuts into hair and shoulders on purpose: little is taken at the top and the sides.
    cut = rng.uniform(0, (0.02, 0.15, 0.03, 0.03)) * (rows, rows, columns, columns)
    top, bottom, left, right = cut.astype(int)
    image = image[top : rows - bottom, left : columns - right]
    scale = rng.uniform(0.8, 1.25)
    image = resize(image, round(image.shape[1] * scale), round(image.shape[0] * scale))
    light = 2 ** rng.uniform(-0.35, 0.25) * rng.uniform(0.95, 1.05, 3)
    slope = 1 + rng.uniform(-0.15, 0.15) * np.linspace(-1, 1, image.shape[1])[None, :, None]
    noise = rng.normal(0, rng.uniform(0.002, 0.012), image.shape)
    return _jpeg(image * light * slope + noise, int(rng.integers(82, 97)))


def _jpeg(image: Image, quality: int = 92) -> bytes:
    picture = cv2.cvtColor(to_u8(np.clip(image, 0, 1).astype(np.float32)), cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def good(folder: Path, photos: list[Image], rng: Rng, count: int = 3) -> None:
    """A person without a fault."""
    folder.mkdir(parents=True)
    for number, photo in enumerate(islice(cycle(photos), count), 1):
        (folder / f"{number}.jpg").write_bytes(varied(photo, rng))
    (folder / "consent.txt").write_text(CONSENT, "utf-8")


def faults(photos: list[list[Image]], rng: Rng) -> Iterator[tuple[str, Callable[[Path], None]]]:
    """Each fault, with a function that adds it to the folder of a person without one."""
    obama, biden = photos[0], photos[1]
    group = _photo("photo-group2")

    def only(*images: Image) -> Callable[[Path], None]:
        def put(folder: Path) -> None:
            for old in folder.glob("*.jpg"):
                old.unlink()
            for number, image in enumerate(images, 1):
                (folder / f"{number}.jpg").write_bytes(_jpeg(image))

        return put

    def record(**values: object) -> Callable[[Path], None]:
        def put(folder: Path) -> None:
            (folder / "consent.txt").unlink()
            usual = {"who": folder.name, "uses": ["generate", "deliver"], "how": "form"}
            (folder / "consent.json").write_text(json.dumps(usual | values), "utf-8")

        return put

    def noise(folder: Path) -> None:
        (folder / "1.jpg").write_bytes(rng.bytes(20_000))

    def cut_off(folder: Path) -> None:
        (folder / "2.jpg").write_bytes((folder / "2.jpg").read_bytes()[:4000])

    yield "Without consent", lambda folder: (folder / "consent.txt").unlink()
    yield "Consent of another", record(who="Somebody Else")
    yield "Consent run out", record(until="2020-01-01")
    yield "Not to be delivered", record(uses=["generate"])
    yield "Consent refused", lambda folder: folder.joinpath("consent.txt").write_text("no")
    yield "No photos", only()
    yield "One damaged photo", noise
    yield "One photo cut off", cut_off
    yield "A colleague among them", lambda f: (f / "4.jpg").write_bytes(varied(biden[0], rng))
    yield "A group photo", only(group)
    yield "A wall", only(np.full((600, 500, 3), 0.5, np.float32))
    yield "Very small", only(*(resize(each, 90, 110) for each in obama))
    yield "Out of focus", only(*(cv2.GaussianBlur(each, (0, 0), 14) for each in obama))
    yield "In the dark", only(*(each * 0.03 for each in obama))
    yield (
        "Half a face",
        only(_photo("photo-obama-partial-face"), _photo("photo-obama-partial-face2")),
    )
    guests = _guests()
    for index, name in UNFIT.items():
        yield name, only(guests[index])


def make_team(folder: Path, people: int, faulty: int, seed: int = 1) -> None:
    """Write `people` folders, `faulty` of them with a fault; each fault once before any twice."""
    rng = np.random.default_rng(seed)
    photos = sources()
    for number in range(people - faulty):
        family = FAMILY[(number // len(FIRST_NAMES) + number) % len(FAMILY)]
        good(
            folder / f"{FIRST_NAMES[number % len(FIRST_NAMES)]} {family}",
            photos[number % len(photos)],
            rng,
        )
    wrong = list(faults(photos, rng))
    for number in range(faulty):
        name, put = wrong[number % len(wrong)]
        again = f" {number // len(wrong) + 1}" if number >= len(wrong) else ""
        place = folder / f"{name}{again}"
        good(place, photos[0], rng)
        put(place)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", type=int, default=60)
    parser.add_argument("--faults", type=int, default=22)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.folder.exists() and any(arguments.folder.iterdir()):
        sys.exit(f"{arguments.folder} isn't empty")
    make_team(arguments.folder, arguments.people, arguments.faults, arguments.seed)


if __name__ == "__main__":
    main()
