"""Makes docs/pictures/strip.jpg from what `make demo` wrote: the photo, then four headshots."""

from __future__ import annotations

import sys
from collections.abc import Sequence
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
    target = ROOT / "docs" / "pictures" / "strip.jpg"
    target.parent.mkdir(exist_ok=True)
    strip(pictures).save(target, quality=86, optimize=True)
    return 0


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
