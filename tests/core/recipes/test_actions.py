"""What the steps do beyond calling the core: paths, names, choices, histories from files."""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from headshots.core.delivery.formats import deliver, file_of
from headshots.core.errors import HeadshotsError, InputError, PhotoNotFound, WriteFailed
from headshots.core.images import to_u8
from headshots.core.layers import Layer
from headshots.core.picture import Picture
from headshots.core.portrait.portrait import Portrait
from headshots.core.progress import SILENT
from headshots.core.provenance import UNKNOWN, Provenance
from headshots.core.recipes.actions import files as delivering
from headshots.core.recipes.actions import generate as making
from headshots.core.recipes.actions import pictures
from headshots.core.recipes.actions import scores as judging
from headshots.core.recipes.actions.embedded_history import provenance_of
from headshots.core.scorecard import Scorecard

from ...histories import studio

GREY = np.full((40, 30, 3), 0.5, np.float32)
ORIGIN = studio()
CARD = Scorecard("01", "Ada", "dlib", 0.9, 50.0, (), 0.5, "pending", ())


def grey(name: str, provenance: Provenance = ORIGIN) -> Picture:
    return Picture(name, Portrait(GREY), provenance)


def test_keepers_keep_all_that_is_known_of_them() -> None:
    images = [GREY * np.float32(share) for share in (0.1, 0.2, 0.3)]
    pictures = [
        Picture(
            name,
            Portrait(image, image[..., 0]),
            studio(name),
            "Ada",
            [Layer(name, to_u8(image))],
            replace(CARD, picture=name, overall=overall),
        )
        for name, overall, image in zip("abc", (0.1, 0.9, 0.5), images, strict=True)
    ]
    kept, kept_images, kept_mattes, judged, _ = judging.keep_best(SILENT, pictures, 2, 0)
    assert [each.name for each in judged] == [each.card.picture for each in judged]
    assert [each.name for each in judged] == ["a", "b", "c"]
    assert kept[0].name == "b" and len(kept) == 2
    for picture, image, matte in zip(kept, kept_images, kept_mattes, strict=True):
        before = pictures["abc".index(picture.name)]
        assert picture.portrait is before.portrait and picture.layers is before.layers
        assert image is before.image and matte is before.matte
        assert picture.provenance.look == picture.name == picture.card.picture
        assert picture.card.verdict == "keep"
    assert "a" in judging.show_scores(SILENT, judged)[0].splitlines()[0]


def test_where_nothing_was_scored_the_first_ones_are_kept_without_a_verdict() -> None:
    pair = [grey("01"), grey("02")]
    kept, _, _, judged, reasons = judging.keep_best(SILENT, pair, 1, 0)
    assert [each.name for each in kept] == ["01"] and len(judged) == 2
    assert reasons == "Nothing was scored: the first ones are kept."
    assert all(each.scorecard is None and each.card.reasons == ("not scored",) for each in judged)


def test_what_was_not_scored_is_not_kept_beside_what_was() -> None:
    scored = grey("02").scored(replace(CARD, picture="02"))
    kept, *_ = judging.keep_best(SILENT, [grey("01"), scored], 2, 0)
    assert [each.name for each in kept] == ["02"]
    changed = scored.showing(scored.portrait)
    assert judging.keep_best(SILENT, [changed], 1, 0)[0] == []  # its verdict was of other pixels
    unmeasured = grey("01").scored(CARD)  # as Score passes on what has no face, where it is asked
    assert judging.keep_best(SILENT, [unmeasured], 1, 0)[0]


def test_names_that_are_one_on_disk_are_told_apart() -> None:
    """A slash or a colon can't be in a file's name; some systems take both forms of é for one."""
    names = ["a/b", "a:b", "caf\u00e9", "cafe\u0301", "x" * 120, "x" * 130, "01.JPG", "01"]
    stems = delivering.stems(names)
    files = [str(file_of(Path(), each)) for each in stems]
    assert len({unicodedata.normalize("NFC", each).casefold() for each in files}) == len(names)


def test_looks_are_chained_in_order() -> None:
    (first,) = making.choose_look(SILENT, ("executive", "daylight"), None, 0, 0)
    (all_of_them,) = making.choose_look(SILENT, ("monochrome",), first, 0, 0)
    assert [look.name for look in all_of_them] == ["executive", "daylight", "monochrome"]


def test_a_fingerprint_is_of_the_bytes(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    seen = {pictures.fingerprint(str(file))}
    for data in (b"1", b"2"):
        file.write_bytes(data)
        os.utime(file, (0, 0))
        seen.add(pictures.fingerprint(str(file)))
    (tmp_path / "b.jpg").write_bytes(b"2")
    seen |= {pictures.fingerprint(str(tmp_path)), pictures.fingerprint(f"{file}\n{tmp_path}/b.jpg")}
    assert len(seen) == 4  # a folder stands for the files in it


@pytest.mark.parametrize("paths", ["", " \n ", "\n"])
def test_no_paths(paths: str) -> None:
    with pytest.raises(InputError, match="No photo"):
        pictures.read_photos(SILENT, paths)


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(PhotoNotFound, match="no photos in the folder"):
        pictures.read_pictures(SILENT, str(tmp_path))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_characters="\0")))
@example("x" * 300)
@example("a\u2028b")
def test_any_path_is_read_or_a_named_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, paths: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for use in (pictures.fingerprint, lambda text: pictures.read_photos(SILENT, text)):
        try:
            use(paths)
        except HeadshotsError as error:
            assert str(error)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are always Unicode")
def test_a_name_that_is_not_utf8(photos: Path, tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode(b"\xff.jpg")
    shutil.copy(photos / "obama.jpg", odd)
    ((photo,),) = pictures.read_photos(SILENT, str(odd))
    assert photo.name == "?.jpg"


@pytest.mark.parametrize("format", ["jpeg", "png", "tiff"])
def test_an_origin_survives_its_file(tmp_path: Path, format: Any) -> None:
    made = deliver(grey("x").scored(CARD), folder=tmp_path, format=format)
    provenance = provenance_of(made.path.read_bytes())
    assert provenance.to_json() == ORIGIN.to_json()
    again = deliver(grey("y", provenance), folder=tmp_path, format=format)
    kept = provenance_of(again.path.read_bytes())
    assert kept.source_type == ORIGIN.source_type
    assert kept.sources == ORIGIN.sources


def test_a_strangers_file_says_nothing(photos: Path) -> None:
    assert provenance_of((photos / "biden.jpg").read_bytes()) == UNKNOWN
    assert provenance_of(b"<?xpacket begin='' ?><broken<?xpacket end='w'?>") == UNKNOWN


@given(st.binary())
def test_any_bytes_have_an_origin_or_none(data: bytes) -> None:
    provenance_of(b"<?xpacket begin='' ?>" + data + b"<?xpacket end='w'?>")


def test_deliveries_never_write_one_file_for_two(tmp_path: Path) -> None:
    paths, notes = delivering.deliver_pictures(
        SILENT,
        [grey("01"), grey("02"), grey("03")],
        "a.jpg\nA.png\nb.c",
        str(tmp_path / "new" / "folder"),
        "full",
        "jpeg",
    )
    assert [Path(path).name for path in paths.splitlines()] == ["a.jpg", "A (2).jpg", "b.c.jpg"]
    assert notes == ""


def test_nothing_to_deliver_is_no_error(tmp_path: Path) -> None:
    given = (SILENT, [], "", str(tmp_path / "out"), "full", "jpeg")
    assert delivering.deliver_pictures(*given) == ("", "")


@pytest.mark.parametrize(("folder", "error"), [(" ", InputError), ("file/folder", WriteFailed)])
def test_folders_that_cannot_be(
    folder: str, error: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(error):
        delivering.ensure_folder(folder)
