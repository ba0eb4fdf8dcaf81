"""Borrowed eyes: what is accepted and refused, and how near the truth it comes, as Markdown.

    .venv/bin/python tests/benchmarks/studio/borrowing.py [--pictures FOLDER]

Portraits with lids drawn over the eyes borrow from versions of themselves, turned, lit from a side,
exposed, blurred, reduced and noisier, so that the eyes that were there are the truth. `--pictures`
also writes each mended face beside the blink, for looking at.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from types import ModuleType

import cv2
import numpy as np

from headshots.core.faces import ANALYSERS, Face
from headshots.core.generation.studio.transfer.blending import BlendedRegion, blend_region
from headshots.core.generation.studio.transfer.feature_transfer import Transfer, refusals
from headshots.core.generation.studio.transfer.regions import EYES
from headshots.core.identity.identity import EnrolledPhoto
from headshots.core.images import Box, Image, blur, to_lab, to_u8
from headshots.core.photos import read_photo
from headshots.core.photos.writing import encode
from headshots.core.weights.store import weight_path

PHOTOS = ("photo-obama", "photo-biden", "demo-photo")
Changes = Mapping[str, float]
CHANGES: tuple[Changes, ...] = (
    {},
    *({"yaw": degrees} for degrees in (-12, -8, -4, 4, 8, 12)),
    *({"pitch": degrees} for degrees in (-10, -5, 5, 10)),
    *({"side": gain} for gain in (-0.6, -0.3, -0.15, 0.15, 0.3, 0.6)),
    *({"stops": stops} for stops in (-1.5, -0.7, 0.5)),
    *({"warmth": gain} for gain in (0.3, 0.6)),
    *({"blur": sigma} for sigma in (0.004, 0.008, 0.016)),
    *({"scale": factor} for factor in (0.85, 0.7, 0.5)),
    *({"noise": deviation} for deviation in (0.02, 0.05, 0.1)),
)
HEAD = (
    "| lender | mended | refused | misfit | light | texture | seam | eyes off | broad miss "
    "| left at the seam | first reason |\n|---|---|---|---|---|---|---|---|---|---|---|"
)
NOTES = """\
Mended and refused: of three portraits (one laughing, one grave, one of few pixels). The figures are
their means, of the refused ones too. Misfit: of the meshes, thousandths of a face width. Light:
spread of the log gains around the eyes. Texture: the lender's skin over the borrower's. Seam: of
both within the seam, L*. Eyes off: the irises from their true place, thousandths of a face width.
Broad miss: root mean square against the true eyes, blurred by .02 face widths, L*; left at the
seam: the same in the seam. Lids are drawn, not closed; see tests/blinks.py.
"""


@dataclass(frozen=True, eq=False)
class Row:
    """What came of one lender for one portrait."""

    reasons: tuple[str, ...]
    figures: tuple[float, ...]
    picture: Image


def helper() -> ModuleType:
    """tests/blinks.py, which the tests use too; tests are no package."""
    path = Path(__file__).parents[2] / "blinks.py"
    spec = importlib.util.spec_from_file_location("blinks", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["blinks"] = module  # dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


def found(image: Image) -> Face:
    return ANALYSERS.get("embedded").analyse(image, embed=False)[0]


def enrolled(name: str, image: Image) -> EnrolledPhoto:
    data = encode(image, "png")
    rows, columns = image.shape[:2]
    sha256 = hashlib.sha256(data).hexdigest()
    return EnrolledPhoto(name, sha256, data, columns, rows, found(image), {}, 1.0)


def measure(truth: Image, blink: EnrolledPhoto, lender: EnrolledPhoto) -> Row:
    shut, other = (read_photo(each.data, name=each.name).image for each in (blink, lender))
    blended = blend_region(shut, blink.face, other, lender.face, EYES)
    assert blended is not None
    face, fit = found(truth), blended.fit
    irises = blended.face.landmarks[[468, 473], :2] - face.landmarks[[468, 473], :2]
    return Row(
        refusals(blink, Transfer(EYES, lender)),
        (
            1000 * fit.misfit,
            fit.light,
            fit.texture,
            fit.seam,
            1000 * float(np.linalg.norm(irises, axis=1).mean()) / face.width,
            *misses(truth, blended),
        ),
        side_by_side(shut, blended, blink.face),
    )


def misses(truth: Image, blended: BlendedRegion) -> tuple[float, float]:
    """Root mean square L* against the truth inside and in the seam, broadly seen."""
    apart = to_lab(blended.image)[..., 0] - to_lab(truth)[..., 0]
    broad = blur(np.asarray(apart, np.float32), 0.02 * blended.face.width)
    inside = blended.mask > 0.95
    seam = (blended.mask > 0.05) & ~inside
    root = [float(np.sqrt((broad[where] ** 2).mean())) for where in (inside, seam)]
    return root[0], root[1]


def side_by_side(shut: Image, blended: BlendedRegion, face: Face) -> Image:
    box = face.box.grown(0.1)
    return np.hstack([box.cut(shut), box.cut(blended.image)])


def lines(pictures: Path | None) -> Iterator[str]:
    blinks = helper()
    sittings: list[tuple[str, Image, EnrolledPhoto, object]] = []
    for name in PHOTOS:
        image = read_photo(weight_path(name)).image
        box = found(image).box.grown(1.2)
        image = np.ascontiguousarray(Box(box.x0, box.y0, box.x1, box.y1).cut(image))
        face = found(image)
        blink = enrolled("blink.png", blinks.asleep(image, face))
        sittings.append((name, image, blink, blinks.sitting(image, face)))
    yield HEAD
    spent, mended = 0.0, 0
    for changes in CHANGES:
        rows: list[Row] = []
        for name, image, blink, sitting in sittings:
            lender = enrolled("next.png", blinks.next_frame(sitting, **changes))
            start = process_time()
            row = measure(image, blink, lender)
            spent += process_time() - start
            rows.append(row)
            if pictures is not None:
                what = "-".join(f"{key}{value:g}" for key, value in changes.items()) or "same"
                verdict = "refused" if row.reasons else "mended"
                path = pictures / f"{name}-{what}-{verdict}.png"
                cv2.imwrite(str(path), to_u8(row.picture)[..., ::-1])
        yield line(changes, rows)
        mended += sum(not row.reasons for row in rows)
    total = len(CHANGES) * len(PHOTOS)
    yield f"\n{mended} of {total} mended, {spent / total:.2f} s of CPU time each, tried twice.\n"
    yield NOTES


def line(changes: Changes, rows: list[Row]) -> str:
    what = ", ".join(f"{name} {value:+g}" for name, value in changes.items()) or "as it was"
    refused = [row for row in rows if row.reasons]
    means = np.mean([row.figures for row in rows], axis=0)
    digits = (0, 2, 2, 1, 0, 1, 1)
    cells = [f"{value:.{digit}f}" for value, digit in zip(means, digits, strict=True)]
    reason = refused[0].reasons[0] if refused else ""
    counts = str(len(rows) - len(refused)), str(len(refused))
    return "| " + " | ".join((what, *counts, *cells, reason)) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path, help="folder for the mended faces")
    pictures: Path | None = parser.parse_args().pictures
    if pictures is not None:
        pictures.mkdir(parents=True, exist_ok=True)
    for text in lines(pictures):
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
