"""Which files are one frame, and how its sidecars are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from headshots.core.culling.frames import read_frames, sidecars_of, usual_naming
from headshots.core.errors import PhotoNotFound


def made(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def test_raw_and_jpeg_of_one_name_are_one_frame(tmp_path: Path) -> None:
    folder = made(
        tmp_path, "100/IMG_1.CR3", "100/IMG_1.JPG", "100/IMG_2.heic", "101/IMG_1.jpg",
        "100/.IMG_3.jpg", ".hidden/IMG_4.jpg", "100/MVI_5.MP4",
    )  # fmt: skip
    frames = {each.name: each for each in read_frames(folder)}
    assert set(frames) == {"100/IMG_1", "100/IMG_2", "101/IMG_1"}
    pair = frames["100/IMG_1"]
    assert (pair.shown.suffix, pair.master.suffix) == (".JPG", ".CR3")


@pytest.mark.parametrize(
    ("there", "naming", "expected"),
    [
        ((), "auto", {"IMG_1.xmp"}),
        ((), "lightroom", {"IMG_1.xmp"}),
        ((), "darktable", {"IMG_1.CR3.xmp", "IMG_1.JPG.xmp"}),
        (("IMG_1.XMP",), "auto", {"IMG_1.XMP"}),
        (("IMG_1.XMP",), "lightroom", {"IMG_1.XMP"}),
        (("IMG_1.CR3.xmp",), "auto", {"IMG_1.CR3.xmp"}),
        (("IMG_1.CR3.xmp", "IMG_1.xmp"), "auto", {"IMG_1.CR3.xmp", "IMG_1.xmp"}),
        (("IMG_10.xmp",), "auto", {"IMG_1.xmp"}),
    ],
)
def test_sidecars_are_called_as_asked_or_as_they_are(
    tmp_path: Path, there: tuple[str, ...], naming: str, expected: set[str]
) -> None:
    frames = read_frames(made(tmp_path, "IMG_1.CR3", "IMG_1.JPG", *there))
    chosen = sidecars_of(frames[0], naming, usual_naming(frames))  # type: ignore[arg-type]
    assert {each.name for each in chosen} == expected


def test_a_new_sidecar_is_called_as_those_of_the_folder(tmp_path: Path) -> None:
    frames = read_frames(made(tmp_path, "a.CR3", "a.CR3.xmp", "b.CR3"))
    (b,) = (each for each in frames if each.name == "b")
    (sidecar,) = sidecars_of(b, "auto", usual_naming(frames))
    assert sidecar.name == "b.CR3.xmp"


def test_a_folder_without_photos_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PhotoNotFound):
        read_frames(made(tmp_path, "a.txt"))
