"""Stray hairs drawn on real photos: how many show in the cut-out, and how many of these go.

    .venv/bin/python tests/benchmarks/studio/stray_hairs.py FOLDER

FOLDER holds one folder of photos for each person. Faces are brought to 440 pixels at most. Standard
output tells the sum, and for each photo what is taken of it without drawn strands (faces squared).
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))
from strands import left_of, planted

from headshots.core.errors import HeadshotsError
from headshots.core.faces import ANALYSERS, Face
from headshots.core.generation.studio.compose.edges import cleaned
from headshots.core.generation.studio.retouch.stray_hairs import without_stray_hairs
from headshots.core.images import Image, Mask, resize
from headshots.core.photos import read_photo
from headshots.core.portrait.matting import cut_out
from headshots.core.portrait.mending import mended
from headshots.core.portrait.segments import Segments

LONGEST, FACE, LEAST = 2048, 440, 150
GONE = 0.35  # share of a strand that may be left of one that is gone


def main(folder: Path) -> None:
    drawn = shown = gone = 0
    taken: list[float] = []
    for seed, path in enumerate(sorted(folder.glob("*/*.*"))):
        try:
            image, face = _photo(path)
            matte, segments = _cut(image, face)
            spoilt = planted(image, matte, face, segments, seed)
            with_strands, segments_then = _cut(spoilt.image, face)
        except HeadshotsError as error:
            _say(f"{path.parent.name}/{path.name}: {error}")
            continue
        neat = without_stray_hairs(matte, face, segments)
        neat_then = without_stray_hairs(with_strands, face, segments_then)
        left = left_of(spoilt.strands, matte, with_strands, neat_then, face.width)
        drawn, shown = drawn + len(spoilt.strands), shown + len(left)
        gone += sum(each < GONE for each in left)
        taken.append(float((matte - neat).sum()) / face.width**2)
        _say(f"{path.parent.name}/{path.name}: {len(left)} shown, {taken[-1]:.4f} taken")
    _say(f"{drawn} drawn, {shown} show in the cut-out, {gone} of these go ({gone / shown:.0%})")
    middle, most = np.percentile(taken, (50, 95))
    _say(f"taken of {len(taken)} photos without them: median {middle:.4f}, 95 % {most:.4f}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _photo(path: Path) -> tuple[Image, Face]:
    image = read_photo(path, longest=LONGEST).image
    face = max(ANALYSERS.get("embedded").analyse(image, embed=False), key=lambda each: each.width)
    if face.width < LEAST:
        raise HeadshotsError("The face is small", "Use a larger photo.")
    scale = min(1.0, FACE / face.width)
    rows, columns = (round(scale * side) for side in image.shape[:2])
    return resize(image, columns, rows), face.scaled(scale)


def _cut(image: Image, face: Face) -> tuple[Mask, Segments]:
    closed, alone, segments = mended(image, cut_out(image, face).matte, face)
    return cleaned(closed, alone, face)[1], segments


if __name__ == "__main__":
    main(Path(sys.argv[1]))
