"""How long a preview takes after a slider of GIMP's plug-in stops, as Markdown.

    .venv/bin/python tests/benchmarks/previews.py [ROUNDS]

The plug-in's own calls, without GIMP, to a real server on this machine: the head of a public
portrait is sent as the plug-in sends it, and each entry's step is run on it with another strength
each time. The first is shown apart, as it finds the sitter; the plug-in waits .08 s before it asks.
The goal is 0.3 s.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]
PLUG_IN = ROOT / "gimp_plugin" / "headshots"
sys.path.append(str(PLUG_IN))
import actions  # noqa: E402
import faces  # noqa: E402
import head_preview  # noqa: E402
from core_client import Server  # noqa: E402
from samples import Pixels  # noqa: E402
from visits import LAYER  # noqa: E402

sys.path.remove(str(PLUG_IN))

from headshots.core.images import to_u8  # noqa: E402
from headshots.core.photos import read_photo  # noqa: E402
from headshots.core.settings import settings  # noqa: E402
from headshots.core.weights.store import weight_path  # noqa: E402
from headshots.tests.serving import begin  # noqa: E402

AROUND = (0.45, 0.5, 0.45)  # as the plug-in shows the head
ASKED: dict[str, tuple[Any, Callable[[float], dict[str, float]]]] = {
    "Retouch, the face": (actions.RETOUCH, lambda share: {"skin": share}),
    "Retouch, all parts": (
        actions.RETOUCH,
        lambda share: {"skin": share, "stray_hairs": share, "lint": share, "creases": share},
    ),
    "Relight": (actions.RELIGHT, lambda share: {"strength": share}),
    "Replace backdrop": (actions.BACKDROP, lambda share: {"blur": 0.1 * share}),
}


def main(rounds: int) -> None:
    os.environ["HEADSHOTS_WEIGHTS_DIR"] = str(settings().weights)  # the server has its own folders
    image = to_u8(read_photo(weight_path("photo-obama")).image)
    rows, columns = image.shape[:2]
    lines = ["| Preview of | first s | median s | worst s |", "|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        running = begin(Path(folder))
        try:
            server = Server(running.facts["url"], running.facts["token"])
            pixels = _pixels(image, (0, 0, columns, rows))
            boxes = faces.in_layer(head_preview.faces_in(server, pixels), pixels)
            area = faces.area_of(boxes[0], boxes, (columns, rows), *AROUND)
            x, y, width, height = area
            sent = server.send_pixels(LAYER, _pixels(image[y : y + height, x : x + width], area))
            for name, (action, values) in ASKED.items():
                seconds: list[float] = []
                for number in range(rounds + 1):
                    start = perf_counter()
                    head_preview.previewed(
                        server, action, sent, values((number + 1) / (rounds + 1))
                    )
                    seconds.append(perf_counter() - start)
                first, *warm = seconds
                middle, worst = statistics.median(warm), max(warm)
                lines.append(f"| {name} | {first:.2f} | {middle:.2f} | {worst:.2f} |")
        finally:
            running.process.kill()
            running.process.wait(15)
    sys.stdout.write("\n".join(lines) + f"\n\nHead of {width} x {height} pixels.\n")


def _pixels(image: np.ndarray, area: tuple[int, int, int, int]) -> Pixels:
    rows, columns = image.shape[:2]
    return Pixels(np.ascontiguousarray(image).tobytes(), columns, rows, 3, area)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 12)
