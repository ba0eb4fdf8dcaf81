"""Time and memory of a large print: `python tests/benchmarks/studio/print.py PHOTO [WIDTH...]`.

Each row is a process of its own: the picture of that width is made by the studio from PHOTO, then
`headshots refine --refiner upscale --size print-16x20` is run on it.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from headshots.core.faces import ANALYSERS
from headshots.core.generation import GENERATORS, Request, find_look
from headshots.core.identity.enrollment import enrol
from headshots.core.photos import read_photo
from headshots.core.photos.writing import encode
from headshots.core.picture import Picture
from headshots.core.portrait.portrait import Portrait
from headshots.core.progress import SILENT
from headshots.core.recipes.actions.files import deliver_pictures
from headshots.core.recipes.actions.refine import refine_pictures
from headshots.core.vault.consent import agreed

SIZE = "print-16x20"


def measured(photo: Path, picture: Path, folder: str) -> str:
    """The rest of a row, for `picture` of the sitter of `photo`."""
    judge, analyser = ANALYSERS.get("dlib"), ANALYSERS.get("embedded")
    sitter = enrol(
        "Sitter",
        [read_photo(photo)],
        consent=agreed("Sitter", "yes", days=30),
        analyser=analyser,
        judge=judge,
    ).identity
    plain = Picture("print", Portrait(read_photo(picture).image))
    start = time.perf_counter()
    pictures, images, _, notes = refine_pictures(
        SILENT, [plain], sitter, "upscale", 0.6, 6000, "reject", None
    )
    refined = time.perf_counter()
    paths, _ = deliver_pictures(SILENT, pictures, "", folder, SIZE, "tiff")
    delivered = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    rows, columns = read_photo(Path(paths)).image.shape[:2]
    return (
        f"{images[0].shape[1]}x{images[0].shape[0]} | {columns}x{rows} | {refined - start:.1f} | "
        f"{delivered - refined:.1f} | {peak:.2f} | {notes.partition(': ')[2]} |"
    )


def main(photo: Path, widths: list[int]) -> None:
    """Print the table."""
    judge, analyser = ANALYSERS.get("dlib"), ANALYSERS.get("embedded")
    sitter = enrol(
        "Sitter",
        [read_photo(photo)],
        consent=agreed("Sitter", "yes", days=30),
        analyser=analyser,
        judge=judge,
    ).identity
    print("| picture | enlarged | file | enlarging s | delivering s | peak GB | note |")  # noqa: T201
    print("|---|---|---|---|---|---|---|")  # noqa: T201
    with tempfile.TemporaryDirectory() as folder:
        for width in widths:
            request = Request(sitter, (find_look("executive"),), 1, 1, width)
            candidate = next(iter(GENERATORS.get("studio").generate(request)))
            picture = Path(folder) / f"{width}.png"
            picture.write_bytes(encode(candidate.image, "png"))
            command = [sys.executable, __file__, "--row", str(photo), str(picture), folder]
            row = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            print(f"| {width}x{candidate.image.shape[0]} | {row}", end="", flush=True)  # noqa: T201


if __name__ == "__main__":
    if sys.argv[1] == "--row":
        print(measured(Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]))  # noqa: T201
    else:
        main(Path(sys.argv[1]), [int(width) for width in sys.argv[2:]] or [1024, 2048])
