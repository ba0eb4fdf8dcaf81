"""Makes the strips of the README, a photo and four headshots each, in docs/pictures.

    .venv/bin/python scripts/readme_pictures.py    (after `headshots setup --tests`)

strip.jpg is of what `make demo` wrote; portrait.jpg of an official portrait, with the others of its
sitter as further photos.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageOps

from headshots.core.weights.store import weight_path

ROOT = Path(__file__).parents[1]
HEIGHT, GAP, PAPER = 480, 10, (255, 255, 255)
SHOWN = 4
PORTRAITS = ("photo-obama", "photo-obama2", "photo-obama3")
LOOKS = ("studio-grey", "executive", "daylight", "garden")
PHOTO_SHOWN = 0.62  # share of the portrait's height, from above


def main() -> int:
    kept = sorted((ROOT / "demo").glob("[0-9][0-9].jpg"))
    if len(kept) < SHOWN:
        sys.stderr.write("Run `make demo` first.\n")
        return 1
    keepers = [kept[index * (len(kept) - 1) // (SHOWN - 1)] for index in range(SHOWN)]
    _write("strip.jpg", Image.open(weight_path("demo-photo")), keepers)
    with tempfile.TemporaryDirectory() as folder:
        made = _headshots(Path(folder))
        photo = Image.open(weight_path(PORTRAITS[0]))
        shown = photo.crop((0, 0, photo.width, round(PHOTO_SHOWN * photo.height)))
        _write("portrait.jpg", shown, made)
    return 0


def _headshots(folder: Path) -> list[Path]:
    """One headshot in each look, of the portraits."""
    photos = "\n".join(str(weight_path(name)) for name in PORTRAITS)
    values = {
        "Photos.paths": photos,
        "Enrol.consent": "yes, by release into the public domain",
        "Look.looks": ",".join(LOOKS),
        "Studio.count": SHOWN,
        "Keep best.keep": SHOWN,
        "Deliver.folder": folder,
        "Contact sheet.folder": folder,
    }
    sets = [part for name, value in values.items() for part in ("--set", f"{name}={value}")]
    run = [sys.executable, "-P", "-m", "headshots", "run", "quick_headshot", *sets]
    subprocess.run(run, check=True, stdout=subprocess.DEVNULL)
    return sorted(folder.glob("[0-9][0-9]*.jpg"))


def _write(name: str, photo: Image.Image, headshots: Sequence[Path]) -> None:
    pictures = [photo.convert("RGB"), *(Image.open(each).convert("RGB") for each in headshots)]
    target = ROOT / "docs" / "pictures" / name
    target.parent.mkdir(exist_ok=True)
    strip(pictures).save(target, quality=86, optimize=True)


def strip(pictures: Sequence[Image.Image]) -> Image.Image:
    """The pictures beside one another, all of one height."""
    shown = [ImageOps.contain(each, (10 * HEIGHT, HEIGHT)) for each in pictures]
    width = sum(each.width for each in shown) + GAP * (len(shown) - 1)
    joined = Image.new("RGB", (width, HEIGHT), PAPER)
    left = 0
    for each in shown:
        joined.paste(each, (left, 0))
        left += each.width + GAP
    return joined


if __name__ == "__main__":
    sys.exit(main())
