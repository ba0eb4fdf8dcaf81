"""Retouch: skin texture, lightness, lasting spots and seconds, as Markdown tables.

    .venv/bin/python tests/benchmarks/studio/retouch.py

Five public portraits of three people, which the setup of the tests fetches. Three are of one
sitter: their range of `texture` is what that sitter's retouched pictures are held against.
"""

from __future__ import annotations

import sys
from time import perf_counter

import numpy as np

from headshots.core.faces import ANALYSERS, Face
from headshots.core.generation.studio.retouch.details import touch_up
from headshots.core.identity.lasting_marks import lock, permanent
from headshots.core.images import Image, Mask, resize, to_lab
from headshots.core.photos import read_photo
from headshots.core.portrait.skin import skin_mask
from headshots.core.portrait.traits import measure_traits
from headshots.core.retouching import Retouching
from headshots.core.weights.store import weight_path
from headshots.tests.texture import WIDTH, texture, texture_range

PHOTOS = ("demo-photo", "photo-obama", "photo-obama2", "photo-obama3", "photo-biden")
SITTER = PHOTOS[1:4]
STRENGTHS = (0.3, 0.5, 1.0)
ASIDE = 1.15  # wide of the head, as the studio's plates are


def portrait(name: str) -> tuple[Image, Face]:
    image = read_photo(weight_path(name)).image
    return image, ANALYSERS.get("embedded").analyse(image, embed=False)[0]


def lightness(image: Image, skin: Mask) -> float:
    return float((to_lab(image)[..., 0] * skin).sum() / skin.sum())


def seconds(image: Image, face: Face, factor: float) -> float:
    width, height = round(image.shape[1] * factor), round(image.shape[0] * factor)
    large = np.clip(resize(image, width, height), 0, 1)
    moved = face.scaled(width / image.shape[1])
    started = perf_counter()
    touch_up(large, moved, Retouching.of_face(1))
    return perf_counter() - started


def main() -> None:
    portraits = {name: portrait(name) for name in PHOTOS}
    lasting = permanent([measure_traits(*portraits[name]) for name in SITTER])
    write = sys.stdout.write
    spread = texture_range([portraits[name] for name in SITTER])
    assert spread is not None
    write(f"Range of texture of the sitter's three photos: {spread[0]:.3f} to {spread[1]:.3f}\n\n")
    write("| photo | face px | texture | " + " | ".join(f"at {s}" for s in STRENGTHS))
    write(" | skin L* moved at 1 | locked share of skin |\n" + "|---" * 8 + "|\n")
    for name, (image, face) in portraits.items():
        keep = lock(lasting, face, image.shape) if name in SITTER else None
        skin = skin_mask(image.shape, face, image)
        results = [
            touch_up(image, face, Retouching.of_face(strength), keep) for strength in STRENGTHS
        ]
        moved = lightness(results[-1], skin) - lightness(image, skin)
        locked = "-" if keep is None else f"{float((keep * skin).sum() / skin.sum()):.3f}"
        small = " (narrow)" if face.width < WIDTH else ""
        own = " | ".join(f"{texture(result, face):.3f}" for result in results)
        write(f"| {name} | {face.width:.0f}{small} | {texture(image, face):.3f} | {own} ")
        write(f"| {moved:+.2f} | {locked} |\n")
    write("\n| head of a face of px | seconds |\n|---|---|\n")
    image, face = portraits["photo-obama"]
    rows, columns = image.shape[:2]
    x, y = (round(value) for value in face.box.centre)
    side = round(ASIDE * face.width)
    left, top = max(0, x - side), max(0, y - side)
    head = np.ascontiguousarray(image[top : min(rows, y + side), left : min(columns, x + side)])
    near = ANALYSERS.get("embedded").analyse(head, embed=False)[0]
    for width in (250, 500, 1000):
        write(f"| {width} | {seconds(head, near, width / near.width):.2f} |\n")


if __name__ == "__main__":
    main()
