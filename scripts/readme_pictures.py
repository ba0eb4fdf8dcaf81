"""Makes docs/pictures/strip.jpg from what `make demo` wrote: the photo, then four headshots."""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image, ImageOps

from headshots.core.weights.store import weight_path

ROOT = Path(__file__).parents[1]
HEIGHT, GAP, PAPER = 480, 10, (255, 255, 255)
SHOWN = 4


def main() -> int:
    kept = sorted((ROOT / "demo").glob("[0-9][0-9].jpg"))
    keepers = [kept[index * (len(kept) - 1) // (SHOWN - 1)] for index in range(SHOWN) if kept]
    if len(kept) < SHOWN:
        sys.stderr.write("Run `make demo` first.\n")
        return 1
    pictures = [Image.open(path).convert("RGB") for path in (weight_path("demo-photo"), *keepers)]
    pictures = [ImageOps.contain(picture, (HEIGHT, HEIGHT)) for picture in pictures]
    strip = Image.new(
        "RGB", (sum(each.width for each in pictures) + GAP * (len(pictures) - 1), HEIGHT), PAPER
    )
    left = 0
    for picture in pictures:
        strip.paste(picture, (left, 0))
        left += picture.width + GAP
    target = ROOT / "docs" / "pictures" / "strip.jpg"
    target.parent.mkdir(exist_ok=True)
    strip.save(target, quality=86, optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
