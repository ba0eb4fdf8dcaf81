"""`headshots edit`: a file comes back edited, and is otherwise the file that it was."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image as Pillow

from headshots.core import cli
from headshots.core.delivery.xmp import read_xmp
from headshots.core.images import fit, to_u16
from headshots.core.photos import read_photo
from headshots.core.photos.put_back import put_back
from headshots.core.provenance import provenance_from_json
from headshots.core.recipes.builder import add
from headshots.core.recipes.steps import CROP, DELIVER_PICTURES, READ_PICTURES, RETOUCH
from headshots.core.settings import settings

from ...hosts.debian import program
from ...icc_profiles import profile

Run = Callable[..., Any]
FIELDS = {
    "XMP-xmp:Rating": "5",
    "XMP-dc:Subject": "Ada, team",
    "XMP-dc:Rights": "Studio",
    "XMP-dc:Description": "At the desk",
    "ExifIFD:DateTimeOriginal": "2026:11:30 10:00:00",
    "IFD0:Artist": "A. Photographer",
}


@pytest.fixture(scope="module")
def portrait(photos: Path) -> NDArray[np.uint16]:
    """A photo at 16 bits, as a RAW converter hands it over."""
    return to_u16(fit(read_photo(photos / "obama.jpg").image, 600)[0])


@pytest.fixture
def handed(portrait: NDArray[np.uint16], tmp_path: Path) -> Path:
    """A 16-bit TIFF in Adobe RGB with the metadata of a catalogue."""
    path = tmp_path / "Ada 001-Edit.tif"
    tifffile.imwrite(
        path,
        portrait,
        photometric="rgb",
        compression="zlib",
        predictor=True,
        metadata=None,
        iccprofile=profile("adobe", "gamma"),
    )
    return described(path)


def described(path: Path) -> Path:
    tool = [str(program("exiftool")), "-q", "-overwrite_original", "-sep", ", "]
    subprocess.run([*tool, *(f"-{k}={v}" for k, v in FIELDS.items()), str(path)], check=True)
    return path


def told(path: Path) -> dict[str, Any]:
    tool = [str(program("exiftool")), "-json", "-G1", "-sep", ", "]
    ran = subprocess.run([*tool, *(f"-{k}" for k in FIELDS), str(path)], check=True, stdout=-1)
    return {key: str(value) for key, value in json.loads(ran.stdout)[0].items() if key in FIELDS}


@pytest.mark.parametrize("recipe", ["retouch", "relight"])
def test_a_16_bit_tiff_is_edited_in_place(
    recipe: str, handed: Path, portrait: NDArray[np.uint16], run: Run
) -> None:
    handed.chmod(0o640)
    old = handed.read_bytes()
    (done,) = run("edit", handed, "--recipe", recipe)
    assert done["file"] == str(handed)
    assert done["notes"][0].startswith(f"{handed.name}: ")
    with tifffile.TiffFile(handed) as file:
        page = file.pages[0]
        new, own = page.asarray(), page.tags[34675].value
    assert (new.dtype, new.shape, own) == (np.uint16, portrait.shape, profile("adobe", "gamma"))
    differing = (new != portrait).any(axis=2)
    assert 0.02 < differing.mean() < 0.8
    assert not differing[:200, :40].any()  # the flag beside the sitter
    assert len(np.unique(new[differing] & 255)) > 200  # not samples of 8 bits
    assert told(handed) == FIELDS
    written = provenance_from_json(read_xmp(handed.read_bytes())["provenance"])
    assert written is not None and [each.kind for each in written.edits] == [
        {"retouch": "retouched", "relight": "relit"}[recipe]
    ]
    assert handed.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in handed.parent.iterdir()] == [handed.name]
    assert read_photo(old).width == read_photo(handed).width


def test_twice_is_one_history_and_a_sound_file(handed: Path, run: Run) -> None:
    before = validated(handed)
    for _ in range(2):
        run("edit", handed, "-r", "retouch", "--set", "skin=0.3")
    data = handed.read_bytes()
    written = provenance_from_json(read_xmp(data)["provenance"])
    assert written is not None
    assert [each.kind for each in written.edits] == ["retouched", "retouched"]
    assert data.count(b"<headshots:Provenance>") == 1
    assert validated(handed) == before


def validated(path: Path) -> str:
    """What exiftool finds wrong with a file."""
    command = [str(program("exiftool")), "-validate", "-warning", "-a", str(path)]
    return subprocess.run(command, stdout=-1, check=True, text=True).stdout


def test_a_jpeg_keeps_what_its_catalogue_says(
    portrait: NDArray[np.uint16], tmp_path: Path, run: Run
) -> None:
    path = tmp_path / "a.jpg"
    Pillow.fromarray((portrait >> 8).astype(np.uint8)).save(path, quality=92)
    described(path)
    old = read_photo(path).image
    run("edit", path)
    assert told(path) == FIELDS
    moved = np.abs(read_photo(path).image - old)
    assert moved.max() > 0.02 and moved[:, :40].mean() < 0.004


def test_a_recipe_file_writes_nowhere_else(handed: Path, tmp_path: Path, run: Run) -> None:
    document: dict[str, Any] = {}
    read = add(document, READ_PICTURES, paths="elsewhere.jpg")
    retouched = add(document, RETOUCH, pictures=read["pictures"], skin=0.4)
    add(document, DELIVER_PICTURES, pictures=retouched["pictures"], folder=str(tmp_path / "out"))
    recipe = tmp_path / "recipe.json"
    recipe.write_text(json.dumps(document))
    old = handed.read_bytes()
    run("edit", handed, "-r", recipe)
    assert handed.read_bytes() != old
    assert not (tmp_path / "out").exists()
    assert "HeadshotsRetouch" in read_xmp(handed.read_bytes())["recipe"]


@pytest.mark.slow
def test_the_sitter_is_put_back_into_what_another_program_edited(
    handed: Path, photos: Path, tmp_path: Path, run: Run
) -> None:
    """The edited TIFF gets the head of the original, and keeps its new backdrop."""
    original = tmp_path / "original.tif"
    original.write_bytes(handed.read_bytes())
    run("edit", handed, "-r", "backdrop", "--set", "backdrop=white")
    with tifffile.TiffFile(handed) as file:
        edited = file.pages[0].asarray().copy()
    before = read_photo(handed).image.copy()
    tinted = np.clip(before * np.float32([0.97, 1, 1.02]), 0, 1)
    handed.write_bytes(put_back(handed.read_bytes(), "a", before, tinted))
    (done,) = run("edit", handed, "-r", "keep-sitter", "--original", original)
    assert "refused" not in done["notes"][0]
    with tifffile.TiffFile(handed) as file:
        kept = file.pages[0].asarray()
    assert kept.shape == edited.shape and kept.dtype == np.uint16
    own = read_photo(original).image
    face = np.s_[130:230, 190:280]
    away = np.abs(read_photo(handed).image[face] - own[face])
    assert np.median(away) < np.median(np.abs(tinted[face] - own[face]))
    stranger = tmp_path / "stranger.tif"
    other = to_u16(fit(read_photo(photos / "biden.jpg").image, 600)[0])
    tifffile.imwrite(stranger, other, photometric="rgb")
    assert "nothing-kept" in run(
        "edit", stranger, "-r", "keep-sitter", "--original", original, code=9
    )
    assert "recipe.input" in run("edit", handed, "-r", "keep-sitter", code=7)


def test_what_goes_wrong_leaves_the_file(
    handed: Path, photos: Path, tmp_path: Path, run: Run
) -> None:
    old, wall = handed.read_bytes(), tmp_path / "wall.tif"
    tifffile.imwrite(wall, np.full((60, 80, 3), 9000, np.uint16), photometric="rgb")
    assert "face.none" in run("edit", wall, code=3)
    png = tmp_path / "a.png"
    png.write_bytes((photos / "astronaut.png").read_bytes())
    assert "photo.unsupported" in run("edit", png, code=3)
    assert "recipe.input" in run("edit", handed, "-r", "refine", code=7)
    assert "identity.not-found" in run("edit", handed, "--sitter", "Nobody", code=4)
    assert "recipe.input" in run("edit", handed, "-r", "generate", code=7)
    document: dict[str, Any] = {}
    read = add(document, READ_PICTURES, paths="x")
    cropped = add(document, CROP, pictures=read["pictures"])
    add(document, DELIVER_PICTURES, pictures=cropped["pictures"])
    (tmp_path / "crop.json").write_text(json.dumps(document))
    assert "keeps its size" in run("edit", handed, "-r", tmp_path / "crop.json", code=2)
    assert handed.read_bytes() == old
    before = wall.read_bytes()
    (done,) = run("edit", wall, handed, code=3)  # the other file is edited
    assert done["file"] == str(handed)
    assert wall.read_bytes() == before and handed.read_bytes() != old


def test_a_protected_file_stays(handed: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though its folder would let it be replaced; root may write whatever the mode says."""
    if os.geteuid() == 0:
        monkeypatch.setattr("os.access", lambda path, mode: False)
    old = handed.read_bytes()
    handed.chmod(0o440)
    assert "delivery.write-failed" in run("edit", handed, code=8)
    assert handed.read_bytes() == old


def test_a_full_disk_leaves_the_file(
    handed: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    old = handed.read_bytes()
    monkeypatch.setattr("headshots.core.files._fill", full)
    assert "delivery.write-failed" in run("edit", handed, code=8)
    assert handed.read_bytes() == old
    assert [each.name for each in handed.parent.iterdir()] == [handed.name]


def test_a_link_goes_on_leading_to_the_file(handed: Path, tmp_path: Path, run: Run) -> None:
    link = tmp_path / "link.tif"
    link.symlink_to(handed)
    old = handed.read_bytes()
    run("edit", link)
    assert link.is_symlink() and handed.read_bytes() != old
    Pillow.open(io.BytesIO(handed.read_bytes())).verify()


def test_a_program_that_hands_over_a_file_alone(
    handed: Path, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`headshots-edit FILE`, with the recipe of the setting."""
    monkeypatch.setattr("sys.argv", ["headshots-edit", str(handed)])
    monkeypatch.setenv("HEADSHOTS_EDIT_RECIPE", "relight")
    settings.cache_clear()
    with pytest.raises(SystemExit) as end:
        cli.main_edit()
    assert end.value.code == 0
    assert "light from the" in capsys.readouterr().out
