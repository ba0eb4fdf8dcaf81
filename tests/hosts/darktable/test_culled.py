"""exiftool and darktable read what cull has written."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from headshots.core import cli

from ...shoot_card import small_card
from ..debian import program
from .darktable import Darktable, quoted

# The lighttable shows frames with four stars and more.
_BEST = """
local collect = require("darktable").gui.libs.collect
local rule = collect.new_rule()
rule.mode, rule.data, rule.item = "DT_LIB_COLLECT_MODE_AND", ">=4", "DT_COLLECTION_PROP_RATING"
collect.filter({rule})
"""

# As "remove from library" does; the files stay.
_REMOVE = """
local dt, gone = require "darktable", {}
for _, image in ipairs(dt.database) do
  if image.path == %s then gone[#gone + 1] = image end
end
for _, image in ipairs(gone) do dt.database.delete(image) end
"""


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory, photos: Path) -> Path:
    """The folder of a card's frames, not yet culled."""
    return small_card(tmp_path_factory.mktemp("card"), photos).folder


def read_back(sidecar: Path) -> dict[str, Any]:
    """What exiftool reads of a sidecar, without a warning."""
    command = [str(program("exiftool")), "-json", "-G1", "-validate", "-all", str(sidecar)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)[0]


def test_exiftool_reads_the_sidecars(card: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(card, tmp_path / "card"))
    written = ["-q", "-XMP-xmp:Rating=0", "-XMP-dc:Subject=team", "-XMP-dc:Description=Mine"]
    theirs = folder / "IMG_0003.xmp"
    subprocess.run([str(program("exiftool")), *written, str(theirs)], check=True)
    assert cli.run(["cull", str(folder), "--json"]) == 0
    best = read_back(theirs)
    assert (best["XMP-xmp:Rating"], best["XMP-xmp:Label"]) == (4, "Green")
    assert best["XMP-dc:Subject"] == ["team", "cull: best"]
    assert best["XMP-dc:Description"] == "Mine"
    assert best["XMP-headshots:Reason"].startswith("Best of 4")
    assert best["ExifTool:Validate"] == "OK"
    blink = read_back(folder / "IMG_0002.xmp")
    assert (blink["XMP-xmp:Rating"], blink["XMP-xmp:Label"]) == (1, "Red")
    assert blink["XMP-dc:Subject"] == "cull: eyes closed"
    assert blink["ExifTool:Validate"] == "OK"


@pytest.mark.parametrize("naming", ["darktable", "lightroom"])
def test_darktable_imports_stars_labels_and_keywords(
    library: Darktable, card: Path, tmp_path: Path, naming: str
) -> None:
    folder = Path(shutil.copytree(card, tmp_path / naming))
    assert cli.run(["cull", str(folder), "--sidecars", naming, "--json"]) == 0
    held = library.imports(folder, 11)
    best = held["IMG_0007.DNG"]
    assert (best.rating, best.colours, best.tags) == (4, ["green"], ["cull: best"])
    blink = held["IMG_0008.DNG"]
    # Of Lightroom's sidecars darktable takes one star for none.
    assert blink.rating == (1 if naming == "darktable" else 0)
    assert (blink.colours, blink.tags) == (["red"], ["cull: eyes closed"])
    if naming == "darktable":
        assert held["IMG_0003.JPG"].rating == 4
        assert held["IMG_0002.JPG"].colours == ["red"]
        assert held["IMG_0001.JPG"].rating in (0, 1)  # the wall: nobody has rated it
        library.ask(_BEST)
        library.screenshot("culled")  # the best of each stack alone


def test_frames_that_darktable_has_imported_already(
    library: Darktable, card: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(card, tmp_path / "imported"))
    library.imports(folder, 11)
    best = folder / "IMG_0003.JPG.xmp"
    before = best.read_bytes()
    assert b'xmp:Rating="1"' in before  # darktable's own, which nobody gave
    assert cli.run(["cull", str(folder), "--json"]) == 0
    assert not (folder / "IMG_0003.xmp").exists()
    library.ask(_REMOVE % quoted(str(folder)))
    held = library.imports(folder, 11)["IMG_0003.JPG"]
    assert (held.rating, held.colours, held.tags) == (4, ["green"], ["cull: best"])
    assert cli.run(["cull", str(folder), "--undo", "--json"]) == 0
    left = read_back(best)
    assert "XMP-headshots:Reason" not in left and left["XMP-xmp:Rating"] == 1
