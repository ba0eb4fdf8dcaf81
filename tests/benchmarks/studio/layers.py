"""Layers of candidates, measured: `python tests/benchmarks/studio/layers.py PHOTO [WIDTH]`.

Prints a Markdown table: seconds to make the candidate, to take it apart and to write it, memory of
the layers, the file's size, and how far the layers are from the picture in steps of 8 bits, by an
editor that rounds after each layer and by one that doesn't.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from headshots.core.delivery.openraster import encode_openraster
from headshots.core.faces import ANALYSERS
from headshots.core.generation import GENERATORS, LOOKS, Request, layers_of
from headshots.core.identity.enrollment import enrol
from headshots.core.images import to_u8
from headshots.core.layers import composite, laid_exactly
from headshots.core.photos import read_photo
from headshots.core.vault.consent import agreed


def main(photo: Path, width: int) -> None:
    """Print the table."""
    judge, analyser = ANALYSERS.get("dlib"), ANALYSERS.get("embedded")
    sitter = enrol(
        "Sitter",
        [read_photo(photo)],
        consent=agreed("Sitter", "yes", days=30),
        analyser=analyser,
        judge=judge,
    ).identity
    request = Request(sitter, tuple(LOOKS.values()), len(LOOKS), 1, width, keep_stages=True)
    head = ("look", "making s", "layers s", "writing s", "MB held", "MB file")
    head += ("rounded: most", "exact: most", "exact: 99.9 %")
    print("|", " | ".join(head), "|")  # noqa: T201
    print("|" + "---|" * len(head))  # noqa: T201
    start = time.perf_counter()
    for candidate in GENERATORS.get("studio").generate(request):
        made = time.perf_counter()
        stack = layers_of(candidate)
        apart = time.perf_counter()
        data = encode_openraster(stack, candidate.image)
        written = time.perf_counter()
        arrays = [each.pixels for each in stack] + [each.mask for each in stack]
        held = sum(array.nbytes for array in arrays if array is not None)
        most = np.abs(to_u8(composite(stack)).astype(int) - to_u8(candidate.image)).max()
        exact = np.zeros_like(candidate.image)
        for layer in stack:
            exact = laid_exactly(exact, layer)
        error = 255 * np.abs(exact - candidate.image)
        print(  # noqa: T201
            f"| {candidate.provenance.look} | {made - start:.2f} | {apart - made:.2f} | "
            f"{written - apart:.2f} | {held / 1e6:.0f} | {len(data) / 1e6:.1f} | {most} | "
            f"{error.max():.1f} | {np.quantile(error, 0.999):.2f} |",
            flush=True,
        )
        start = time.perf_counter()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1024)
