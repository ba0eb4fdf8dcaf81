"""Close-range perspective undone: prints a Markdown table; `--pictures FOLDER` also the pictures.

Run: .venv/bin/python tests/benchmarks/studio/perspective.py
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from selfies import (
    OWN_DISTANCE,
    PORTRAITS,
    Portrait,
    before_grey,
    found,
    from_distance,
    mesh_error,
    nose,
    portrait,
)

from headshots.core.faces import ANALYSERS
from headshots.core.generation.studio.plate.perspective import TARGET, camera_distance, correct
from headshots.core.images import Image, to_u8
from headshots.core.weights.catalogue import CATALOGUE
from headshots.core.weights.store import weight_path

ARM = 0.35
HEAD = (
    "| selfie | metres by the irises | nose too wide | corrected | mesh error | corrected "
    "| likeness | corrected | smallest Jacobian | ms |\n|---|---|---|---|---|---|---|---|---|---|"
)
NOTES = f"""\
Selfies are rendered from portraits (taken to be {OWN_DISTANCE} m away) with a z-buffer, their faces
found anew and corrected to {TARGET} m at the distance that the irises and the known focal length
tell. Nose: its width per face width, against the portrait's, on the true places of the mesh's
points. Mesh error: mean over the points found anew, in thousandths of a face width. Likeness:
cosine to the portrait in dlib's space.
"""


@dataclass(frozen=True)
class Row:
    """One selfie: what it is, at what distance, how much deeper than its mesh, strength used."""

    name: str
    distance: float = ARM
    depth: float = 1.0
    strength: float = 1.0

    @property
    def title(self) -> str:
        depth = f", depth x{self.depth}" if self.depth != 1 else ""
        strength = f", strength {self.strength}" if self.strength != 1 else ""
        return f"{self.name} at {self.distance} m{depth}{strength}"


ROWS = (
    *(Row(name) for name in PORTRAITS),
    *(Row("obama.jpg", distance) for distance in (0.25, 0.5, 0.8)),
    *(Row("obama.jpg", depth=depth) for depth in (0.85, 1.15)),
    *(Row("obama.jpg", strength=strength) for strength in (0.6, 0.8)),
)


def measure(row: Row, original: Portrait) -> tuple[str, Image]:
    """The row's line of the table; original, selfie and corrected side by side."""
    selfie = from_distance(original, row.distance, row.depth)
    rows, columns = selfie.matte.shape
    distance = camera_distance(selfie.face, columns, rows, selfie.focal)
    start = time.perf_counter()
    corrected = correct(
        selfie.image, selfie.matte, selfie.face, selfie.shape, distance, strength=row.strength
    )
    spent = time.perf_counter() - start
    image = before_grey(corrected.image, corrected.matte)
    again = found(image)
    recogniser = ANALYSERS.get("dlib").recogniser
    own, before, after = (
        recogniser.embed(picture, [face])[0]
        for picture, face in (
            (original.image, original.face),
            (selfie.image, selfie.face),
            (image, again),
        )
    )
    right = original.true_mesh
    true = selfie.true_mesh
    if corrected.correction is not None:
        true = corrected.correction.moved(true)
    cells = (
        row.title,
        f"{distance:.3f}",
        f"{nose(selfie.true_mesh) / nose(right) - 1:+.1%}",
        f"{nose(true) / nose(right) - 1:+.1%}",
        f"{1000 * mesh_error(selfie.face.landmarks, right):.1f}",
        f"{1000 * mesh_error(again.landmarks, right):.1f}",
        f"{own @ before:.4f}",
        f"{own @ after:.4f}",
        f"{corrected.smallest_jacobian:.2f}",
        f"{1000 * spent:.0f}",
    )
    sheet = np.hstack([original.image, selfie.image, image])
    return "| " + " | ".join(cells) + " |", sheet


def lines(pictures: Path | None) -> Iterator[str]:
    originals = {
        name: portrait(weight_path(weight.name))
        for weight in CATALOGUE.values()
        if (name := weight.file) in PORTRAITS
    }
    yield HEAD
    for row in ROWS:
        line, sheet = measure(row, originals[row.name])
        yield line
        if pictures is not None:
            name = row.title.replace(", ", "-").replace(" ", "-")
            cv2.imwrite(str(pictures / f"{name}.png"), to_u8(sheet)[..., ::-1])
    yield ""
    yield NOTES


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path, help="folder for the pictures side by side")
    pictures: Path | None = parser.parse_args().pictures
    if pictures is not None:
        pictures.mkdir(parents=True, exist_ok=True)
    for line in lines(pictures):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
