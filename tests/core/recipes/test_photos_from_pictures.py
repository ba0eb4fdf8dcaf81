"""Pictures as photos of a sitter, saved sitters, and what ComfyUI asks of the steps about them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from headshots.core.errors import Cancelled, IdentityExists, InputError
from headshots.core.identity.identity import Identity
from headshots.core.photos import read_photo
from headshots.core.progress import SILENT, Progress
from headshots.core.recipes.actions import sitters
from headshots.core.vault import open_vault

GREY = np.full((80, 60, 3), 0.5, np.float32)


def test_photos_are_numbered_on_and_named() -> None:
    (first,) = sitters.add_photos(SILENT, [GREY, GREY], "", None)
    (both,) = sitters.add_photos(SILENT, [GREY.transpose(1, 0, 2)], "", first)
    assert [photo.name for photo in both] == ["picture 1", "picture 2", "picture 3"]
    assert (both[2].width, both[2].height) == (80, 60)
    (named,) = sitters.add_photos(SILENT, [GREY], "at home", first)
    assert [photo.name for photo in named][2:] == ["at home"]
    with pytest.raises(InputError, match="2 names were given for 1 pictures"):
        sitters.add_photos(SILENT, [GREY], "a\nb", None)


def test_pictures_join_the_photos() -> None:
    (photos,) = sitters.add_photos(SILENT, [GREY], "", None)
    assert len(sitters.gathered(SILENT, photos, [GREY])) == 2
    with pytest.raises(InputError, match="No photos are linked"):
        sitters.gathered(SILENT, None, None)
    with pytest.raises(Cancelled):
        sitters.gathered(Progress(stopped=lambda: True), None, [GREY])


def test_a_picture_enrols_as_its_file_does(photos: Path) -> None:
    photo = read_photo(photos / "astronaut.png")
    from_file, _ = sitters.enrol_sitter(SILENT, [photo], None, "Sitter", "yes", "only")
    from_picture, report = sitters.enrol_sitter(
        SILENT, None, [photo.image], "Sitter", "yes", "only"
    )
    for judge, template in from_file.templates.items():
        assert float(template.vector @ from_picture.templates[judge].vector) > 0.99
    assert report.startswith("picture 1: accepted")


def test_the_same_sitter_is_saved_twice_but_no_other(sitter: Identity, astronaut: Identity) -> None:
    named, other = (replace(each, name="Saved twice") for each in (sitter, astronaut))
    before = sitters.fingerprint_of_all()
    sitters.save_sitter(SILENT, named, False)
    after = sitters.fingerprint_of_all(replace=False)
    assert before != after
    sitters.save_sitter(SILENT, named, False)
    assert sitters.fingerprint_of_all() == after
    with pytest.raises(IdentityExists):
        sitters.save_sitter(SILENT, other, False)
    sitters.save_sitter(SILENT, other, True)
    assert sitters.fingerprint_of_all() != after
    open_vault().forget("Saved twice")
    assert sitters.fingerprint_of_all() == before


def test_to_forget_is_never_the_same_twice() -> None:
    assert sitters.always_anew(name="a") != sitters.always_anew(name="a")
