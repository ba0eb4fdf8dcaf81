"""How long each backdrop takes and how alike it is at two sizes, as a Markdown table.

python tests/benchmarks/studio/backdrops.py
"""

from __future__ import annotations

import sys
from time import perf_counter

import cv2
import numpy as np

from headshots.core.generation import LOOKS
from headshots.core.generation.looks import Backdrop
from headshots.core.generation.studio.backdrops import wall
from headshots.core.images import Linear, resize, to_srgb

WIDTHS = (512, 1024, 4096)


def timed(backdrop: Backdrop, width: int) -> tuple[Linear, float]:
    began = perf_counter()
    rng = np.random.default_rng(1)
    made = wall(backdrop, width, round(width / 0.8), centre=0.5, light_side=-1, rng=rng)
    return made, perf_counter() - began


def main() -> None:
    cv2.setNumThreads(2)
    kinds = {LOOKS[name].backdrop.kind: LOOKS[name].backdrop for name in LOOKS.built_in}
    seconds = " | ".join(f"{width} px, s" for width in WIDTHS)
    sys.stdout.write(f"| Backdrop | {seconds} | 512 against 4096 px, mean sRGB |\n")
    sys.stdout.write("|---|" + "---:|" * (len(WIDTHS) + 1) + "\n")
    for kind, backdrop in kinds.items():
        timed(backdrop, 256)
        made = [timed(backdrop, width) for width in WIDTHS]
        small, large = to_srgb(made[0][0]), to_srgb(resize(made[-1][0], 512, 640))
        times = " | ".join(f"{took:.2f}" for _, took in made)
        sys.stdout.write(f"| {kind} | {times} | {np.abs(small - large).mean():.4f} |\n")


if __name__ == "__main__":
    main()
