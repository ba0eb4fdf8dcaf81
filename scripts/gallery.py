"""Every look on public photos, with likeness and light asked against measured: `make gallery`.

    .venv/bin/python scripts/gallery.py [--width 640] [--out gallery]

Writes one self-contained page and every picture at full size. The photos come from the catalogue's
demo and tests groups (`headshots setup --tests`).
"""

from __future__ import annotations

import argparse
import base64
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from headshots.core.faces import ANALYSERS
from headshots.core.files import write_file
from headshots.core.generation import GENERATORS, LOOKS, Candidate, Request
from headshots.core.identity.enrollment import enrol
from headshots.core.identity.identity import Identity
from headshots.core.images import Image, resize
from headshots.core.photos import read_photo
from headshots.core.photos.writing import encode
from headshots.core.picture import Picture
from headshots.core.scoring.measure import fault
from headshots.core.scoring.score import score_all
from headshots.core.vault.consent import agreed
from headshots.core.weights.store import weight_path

SITTERS = {
    "Astronaut": ("demo-photo",),
    "Speaker": ("photo-obama", "photo-obama2", "photo-obama3"),
    "Senator": ("photo-biden",),
}
SEED = 5
THUMBNAIL = 460
CROPPED = ("studio-grey", "executive", "clean-white")
CROP = 420
LIGHT = ("key-azimuth", "key-elevation", "key-ratio", "catchlight")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--width", type=int, default=640)
    parser.add_argument("--out", type=Path, default=Path("gallery"))
    chosen = parser.parse_args(arguments)
    chosen.out.mkdir(parents=True, exist_ok=True)
    sitters = [_sitter(name, photos, chosen.width, chosen.out) for name, photos in SITTERS.items()]
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
    )
    page = environment.get_template("gallery.html").render(
        sitters=sitters, total=sum(len(each["pictures"]) for each in sitters), seed=SEED
    )
    write_file(chosen.out / "index.html", page.encode())
    sys.stdout.write(f"Look at {chosen.out / 'index.html'}\n")
    return 0


def _sitter(name: str, photos: Sequence[str], width: int, folder: Path) -> dict[str, Any]:
    sys.stderr.write(f"{name}\n")
    identity = enrol(
        name,
        [read_photo(weight_path(photo), longest=2048) for photo in photos],
        consent=agreed(name, "yes", days=30),
        analyser=ANALYSERS.get("embedded"),
        judge=ANALYSERS.get("dlib"),
    ).identity
    looks = tuple(look for look in LOOKS.values() if look.backdrop.kind != "picture")
    request = Request(identity, looks, len(looks), SEED, width, keep_stages=True)
    pictures: list[dict[str, Any]] = []
    crops: list[dict[str, str]] = []
    for candidate in GENERATORS.get("studio").generate(request):
        look = candidate.provenance.look
        data = encode(candidate.image, "jpeg")
        write_file(folder / f"{name.lower()}-{look}.jpg", data)
        pictures.append(_measured(candidate, identity))
        if look in CROPPED:
            crops += _crops(candidate)
    directed = [each for each in pictures if each["directed"]]
    likeness = [each["likeness"] for each in pictures]
    return {
        "name": name,
        "photos": len(photos),
        "pictures": pictures,
        "crops": crops,
        "least": min(likeness),
        "most": max(likeness),
        "inside": sum(each["percentile"] >= 5 for each in pictures),
        "lit": sum(not each["findings"] for each in directed),
        "directed": len(directed),
    }


def _measured(candidate: Candidate, identity: Identity) -> dict[str, Any]:
    provenance = candidate.provenance
    (card,) = score_all([Picture(provenance.look, candidate.portrait, provenance)], identity)
    lit = [measure for measure in card.measures if measure.name in LIGHT]
    return {
        "title": LOOKS[provenance.look].title,
        "image": _data(resize(candidate.image, THUMBNAIL, _height(candidate.image, THUMBNAIL))),
        "photo": provenance.photo,
        "likeness": round(card.likeness, 3),
        "percentile": round(card.percentile),
        "light": "; ".join(card.notes),
        "findings": [fault(measure) for measure in lit if not measure.passed],
        "directed": any(measure.name == "key-azimuth" for measure in lit),
    }


def _crops(candidate: Candidate) -> Iterator[dict[str, str]]:
    face = candidate.portrait.face
    x, y = face.landmarks[168, :2].round().astype(int)
    rows = slice(max(0, y - CROP // 2), y + CROP // 2)
    columns = slice(max(0, x - CROP // 2), x + CROP // 2)
    title = LOOKS[candidate.provenance.look].title
    for when, image in (("photo", candidate.stages["photo"]), (title, candidate.image)):
        yield {"title": when, "image": _data(image[rows, columns])}


def _height(image: Image, width: int) -> int:
    return round(width * image.shape[0] / image.shape[1])


def _data(image: Image) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(encode(image, "jpeg", quality=88)).decode()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
