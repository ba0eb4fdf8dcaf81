"""The cut-out beside its peers, on composites of known coverage, as Markdown.

    .venv/bin/python tests/benchmarks/studio/matting.py

Three public portraits with drawn strands of hair, each before two other photographs, sharp and out
of focus; errors on the head, means over all composites. The selfie segmenter is MediaPipe's.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from time import perf_counter

import numpy as np

from headshots.core.faces import ANALYSERS
from headshots.core.generation.studio.compose.edges import decontaminate
from headshots.core.generation.studio.plate.plate import make_plate
from headshots.core.identity.enrollment import enrol
from headshots.core.photos import read_photo
from headshots.core.portrait.matting import cut_out
from headshots.core.portrait.modnet import modnet
from headshots.core.vault.consent import agreed
from headshots.core.weights.store import weight_path

PHOTOS = ("demo-photo", "photo-obama", "photo-biden")
WALLS = ("photo-obama2", "photo-biden")


def _tools():
    """tests/known_coverage.py, which the tests use too; tests are no package."""
    path = Path(__file__).parents[2] / "known_coverage.py"
    spec = importlib.util.spec_from_file_location("known_coverage", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def main() -> None:
    tools = _tools()
    analyser = ANALYSERS.get("embedded")
    pictures = [read_photo(weight_path(name), longest=1400).image for name in WALLS]
    methods = {
        "selfie segmenter, 256 px": lambda known: tools.selfie(known.image),
        "MODNet on the whole picture": lambda known: modnet(known.image),
        "headshots: MODNet on the sitter": lambda known: cut_out(known.image, known.face).matte,
        "headshots: followed to the hair": lambda known: decontaminate(
            known.image, cut_out(known.image, known.face).matte, known.face
        )[1],
    }
    found = {name: [] for name in methods}
    for photo in PHOTOS:
        enrolled = enrol(
            "Sitter",
            [read_photo(weight_path(photo))],
            consent=agreed("Sitter", "yes", days=30),
            analyser=analyser,
        ).identity
        plate = make_plate(enrolled.photos[0], 320)
        for wall, softness in tools.walls(*pictures):
            known = tools.known(plate, wall, softness)
            for name, method in methods.items():
                start = perf_counter()
                matte = method(known)
                seconds = perf_counter() - start
                error = tools.errors(matte, known)
                found[name].append((error.sad, error.gradient, error.halo, seconds))
    sys.stdout.write("| Method | SAD | Gradient | Halo | Seconds |\n|---|---:|---:|---:|---:|\n")
    for name, rows in found.items():
        figures = np.mean(rows, axis=0)
        sys.stdout.write(f"| {name} | " + " | ".join(f"{each:.2f}" for each in figures) + " |\n")


if __name__ == "__main__":
    main()
