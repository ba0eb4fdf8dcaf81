"""Every picture of many people, judged, and a page on which to say what you think: `make gallery`.

    .venv/bin/python -m scripts.gallery [FOLDER] [--out gallery] [--looks 8] [--jobs 2]

FOLDER holds a folder of photos for each person; without one the public photos of the demo and the
tests are taken (`headshots setup --tests`). Into --out go one page (index.html), gallery.json, the
pictures at full size, and a contact sheet for each person (sheets). Marks that the page saved come
in again with --marks.
"""

from __future__ import annotations

import argparse
import base64
import sys
from collections.abc import Sequence
from pathlib import Path

from headshots.core.errors import HeadshotsError
from headshots.core.files import write_file
from headshots.core.generation import LOOKS
from headshots.core.images import resize
from headshots.core.photos import read_photo
from headshots.core.photos.writing import encode

from .entry import Person
from .making import BROKEN, PRIVATE, Order
from .page import page, read_marks
from .people import make_all, photos_of
from .report import as_json, entries, table

THUMBNAIL = 400


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?", help="folders of people")
    parser.add_argument("--out", type=Path, default=Path("gallery"))
    parser.add_argument("--looks", type=int, default=8, help="how many; default: 8")
    parser.add_argument("--jobs", type=int, default=2, help="people at a time; default: 2")
    parser.add_argument("--width", type=int, default=1024, help="of each picture; default: 1024")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--marks", type=Path, help="a marks.json that the page saved")
    chosen = parser.parse_args(arguments)
    try:
        marks = read_marks(chosen.marks) if chosen.marks else []
        files = photos_of(chosen.folder)
        looks = [look for look in LOOKS.values() if look.backdrop.kind != "picture"]
        (chosen.out / "sheets").mkdir(parents=True, exist_ok=True)
        order = Order(chosen.out, tuple(looks[: chosen.looks]), chosen.width, chosen.seed)
        people = make_all(files, order, chosen.jobs)
        title = chosen.folder.resolve().name if chosen.folder else "public photos"
        settings = {"title": title, "seed": chosen.seed, "width": chosen.width}
        html = page(people, _thumbnails(people, chosen.out), marks=marks, **settings)
        write_file(chosen.out / "index.html", html.encode(), mode=PRIVATE)
        write_file(chosen.out / "gallery.json", as_json(people, settings).encode(), mode=PRIVATE)
    except HeadshotsError as error:
        sys.stderr.write(f"{error.code}: {error}\n")
        return error.exit_code
    sys.stdout.write(f"{table(people)}\nLook at {chosen.out / 'index.html'}\n")
    return int(any(BROKEN in each.defects for each in entries(people)))


def _thumbnails(people: Sequence[Person], folder: Path) -> dict[str, str]:
    thumbnails: dict[str, str] = {}
    for file in (each.file for each in entries(people) if each.file):
        image = read_photo(folder / file).image
        small = resize(image, THUMBNAIL, round(THUMBNAIL * image.shape[0] / image.shape[1]))
        data = base64.b64encode(encode(small.clip(0, 1), "jpeg", quality=85)).decode()
        thumbnails[file] = f"data:image/jpeg;base64,{data}"
    return thumbnails


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
