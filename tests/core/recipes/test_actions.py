"""What the steps do beyond calling the core: paths, names, parallel lists, origins from files."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from headshots.core.delivery.formats import deliver
from headshots.core.errors import HeadshotsError, InputError, PhotoNotFound, WriteFailed
from headshots.core.images import pixel_digest, to_u8
from headshots.core.layers import Layer
from headshots.core.progress import SILENT
from headshots.core.provenance import UNKNOWN
from headshots.core.recipes.actions import binding, delivering, judging, making, pictures
from headshots.core.recipes.actions.origins import provenance_of
from headshots.core.scorecard import Scorecard

from ...histories import studio

GREY = np.full((40, 30, 3), 0.5, np.float32)
ORIGIN = studio()
CARD = Scorecard("01", "Ada", "dlib", 0.9, 50.0, (), 0.5, "pending", (), ORIGIN, pixel_digest(GREY))


def test_names() -> None:
    assert judging.names_of("", 3) == ["01", "02", "03"]
    assert judging.names_of("", 100)[-1] == "100"
    assert judging.names_of("a.jpg\n\n b.jpg \n", 2) == ["a.jpg", "b.jpg"]
    assert judging.names_of("a\nA\na (2)\na", 4) == ["a", "A (2)", "a (2) (2)", "a (3)"]
    with pytest.raises(InputError, match="1 names were given for 2 pictures"):
        judging.names_of("a", 2)


@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1)))
def test_names_are_never_taken_twice(names: list[str]) -> None:
    unique = judging.unlike(names)
    assert len({name.casefold() for name in unique}) == len(names)


def test_lists_that_do_not_belong_together() -> None:
    with pytest.raises(InputError, match="1 mattes for 2 pictures"):
        binding.parallel("mattes", [GREY[..., 0]], [GREY, GREY])


def test_pictures_of_one_name_are_not_mixed_up() -> None:
    with pytest.raises(InputError, match="same name"):
        judging.keep_best(SILENT, [GREY, GREY], [CARD, CARD], None, None, 1, 5.0)


def test_keepers_keep_their_pictures_and_mattes() -> None:
    images = [GREY * np.float32(share) for share in (0.1, 0.2, 0.3)]
    mattes = [image[..., 0] for image in images]
    cards = [
        replace(
            CARD,
            picture=name,
            overall=overall,
            provenance=studio(name),
            pixels=pixel_digest(image),
        )
        for name, overall, image in zip("abc", (0.1, 0.9, 0.5), images, strict=True)
    ]
    layers = [[Layer(name, to_u8(image))] for name, image in zip("abc", images, strict=True)]
    kept, kept_cards, judged, kept_mattes, kept_layers, kept_origins = judging.keep_best(
        SILENT, images, cards, mattes, layers, 2, 0
    )
    assert [card.picture for card in judged] == ["a", "b", "c"]
    assert kept_cards[0].picture == "b" and len(kept) == 2
    for image, card, matte, layer in zip(kept, kept_cards, kept_mattes, kept_layers, strict=True):
        place = "abc".index(card.picture)
        assert image is images[place] and matte is mattes[place] and layer is layers[place]
    assert [each.look for each in kept_origins] == [card.picture for card in kept_cards]
    assert [each.pixels for each in kept_origins] == [pixel_digest(image) for image in kept]
    assert judging.keep_best(SILENT, images, cards, None, [], 2, 0)[4] == []
    assert "a" in judging.show_scores(SILENT, judged)[0].splitlines()[0]


def test_looks_are_chained_in_order() -> None:
    (first,) = making.choose_look(SILENT, "executive", None)
    (both,) = making.choose_look(SILENT, "monochrome", first)
    assert [look.name for look in both] == ["executive", "monochrome"]


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
    made = deliver(GREY, CARD, folder=tmp_path, name="x", format=format, provenance=ORIGIN)
    provenance = provenance_of(made.path.read_bytes())
    assert provenance.to_json() == ORIGIN.to_json()
    again = deliver(GREY, None, folder=tmp_path, name="y", format=format, provenance=provenance)
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
        SILENT, [GREY, GREY, GREY], None, None, None, [], "a.jpg\nA.png\nb.c",
        str(tmp_path / "new" / "folder"), "full", "jpeg",
    )  # fmt: skip
    assert [Path(path).name for path in paths.splitlines()] == ["a.jpg", "A (2).jpg", "b.c.jpg"]
    assert notes == ""


def test_nothing_to_deliver_is_no_error(tmp_path: Path) -> None:
    given = (SILENT, [], [], [], None, None, "", str(tmp_path / "out"), "full", "jpeg")
    assert delivering.deliver_pictures(*given) == ("", "")


@pytest.mark.parametrize(("folder", "error"), [(" ", InputError), ("file/folder", WriteFailed)])
def test_folders_that_cannot_be(
    folder: str, error: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(error):
        delivering.made(folder)
