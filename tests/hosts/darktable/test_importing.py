"""darktable imports a folder, and says what it read of each picture."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import PIL.Image

from ..debian import program
from .darktable import Darktable


def test_darktable_says_what_it_read_of_a_folder(
    library: Darktable, photos: Path, tmp_path: Path
) -> None:
    """Rating, label, keywords and caption as exiftool writes them."""
    folder = tmp_path / "card"
    folder.mkdir()
    for name in ("plain.jpg", "rated.jpg"):
        shutil.copy(photos / "obama2.jpg", folder / name)
    fields = ("Rating=4", "Label=Green", "Subject=Ada", "Description=At the desk", "Rights=Studio")
    subprocess.run(
        [str(program("exiftool")), "-q", "-overwrite_original"]
        + [f"-XMP:{field}" for field in fields]
        + [str(folder / "rated.jpg")],
        check=True,
    )
    held = library.imports(folder, 2)
    assert (held["plain.jpg"].rating, held["plain.jpg"].tags) == (0, [])
    rated = held["rated.jpg"]
    assert (rated.rating, rated.tags, rated.description, rated.rights) == (
        4,
        ["Ada"],
        "At the desk",
        "Studio",
    )
    assert rated.colours == ["green"]


def test_a_screenshot_shows_the_lighttable(library: Darktable) -> None:
    """A window as large as the screen, and not empty."""
    with PIL.Image.open(library.screenshot("lighttable")) as shot:
        pixels = np.asarray(shot.convert("L"))
    assert pixels.shape == (900, 1280)
    assert (pixels > 0).mean() > 0.95
