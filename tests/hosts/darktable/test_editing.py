"""The script in a real darktable: selected pictures come back edited, in their groups."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tifffile

from headshots.core import darktable as installation
from headshots.core.photos import read_photo
from headshots.core.photos.writing import encode

from ..debian import program
from .darktable import Darktable, darktable, quoted

# Where the module's button "edit selected" is: the module is the topmost on the right.
BUTTON = (1141, 152)
CHOOSE = """
local dt, headshots = require "darktable", require "headshots"
local chosen = {}
for _, image in ipairs(dt.database) do
  if image.path == %s and image.filename:match("%%.jpg$") then chosen[#chosen + 1] = image end
end
dt.gui.selection(chosen)
headshots.recipe.value, headshots.messages = %s, nil
"""
MESSAGES = 'return require("headshots").messages or {}'


@pytest.fixture(scope="module")
def lighttable(tmp_path_factory: pytest.TempPathFactory, data_dir: Path) -> Iterator[Darktable]:
    """A darktable with the script in it, as `headshots darktable-install` puts it there."""
    with darktable(
        tmp_path_factory.mktemp("lighttable") / "own",
        before=installation.install,
        **{name: value for name, value in os.environ.items() if name.startswith("HEADSHOTS_")},
    ) as running:
        yield running


def press(lighttable: Darktable, folder: Path, recipe: str, amount: int) -> list[str]:
    """Press the module's button with the folder's JPEGs selected; what was said of each."""
    lighttable.ask(CHOOSE % (quoted(str(folder)), quoted(recipe)))
    lighttable.click(*BUTTON)
    for _ in range(600):
        if len(said := lighttable.ask(MESSAGES)) >= amount:
            return said
        time.sleep(0.2)
    raise AssertionError(lighttable.screenshot("trouble"))


def test_selected_pictures_come_back_edited(
    lighttable: Darktable, photos: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "shoot"
    folder.mkdir()
    shutil.copy(photos / "obama2.jpg", folder / "frame 1.jpg")
    fields = ("-XMP:Rating=4", "-XMP:Label=Red", "-XMP:Subject=Ada", "-XMP:Rights=Studio")
    tool = [str(program("exiftool")), "-q", "-overwrite_original"]
    subprocess.run([*tool, *fields, str(folder / "frame 1.jpg")], check=True)
    lighttable.imports(folder, 1)
    (said,) = press(lighttable, folder, "retouch", 1)
    assert said.startswith("frame 1-headshots.tif: retouched")
    held = lighttable.pictures(folder, 2)
    edited = held["frame 1-headshots.tif"]
    assert edited.leader == "frame 1.jpg"
    assert (edited.rating, edited.colours, edited.tags) == (4, ["red"], ["Ada"])
    assert edited.rights == "Studio"
    with tifffile.TiffFile(folder / "frame 1-headshots.tif") as file:
        samples = file.pages[0].asarray()
    original = read_photo(photos / "obama2.jpg").image
    assert (samples.dtype, samples.shape) == (np.dtype(np.uint16), original.shape)
    assert 0 < np.abs(samples / 65535 - original).mean() < 0.02
    lighttable.screenshot("edited")


def test_what_cannot_be_edited_is_told_and_leaves_nothing(
    lighttable: Darktable, photos: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "walls"
    folder.mkdir()
    wall = read_photo(photos / "obama2.jpg").image[:80, :80]
    (folder / "wall.jpg").write_bytes(encode(wall, "jpeg"))
    lighttable.imports(folder, 1)
    (said,) = press(lighttable, folder, "retouch", 1)
    assert said.startswith("wall.jpg: face.none: ")
    assert [each.name for each in folder.iterdir() if each.suffix != ".xmp"] == ["wall.jpg"]
