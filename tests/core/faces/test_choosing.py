"""Whose face is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from headshots.core.errors import InputError, SeveralFaces
from headshots.core.faces import ANALYSERS, Face
from headshots.core.faces.selection import choose_face, neighbour_proximity
from headshots.core.photos import read_photo


@pytest.fixture(scope="module")
def faces(photos: Path) -> tuple[Face, ...]:
    return ANALYSERS.get("embedded").analyse(read_photo(photos / "group1.jpg").image, embed=False)


def test_numbers_count_from_the_left(faces: tuple[Face, ...]) -> None:
    chosen = [choose_face(faces, str(n), "group1.jpg", 1920) for n in (1, 2, 3)]
    lefts = [face.box.x0 for face in chosen]
    assert lefts == sorted(lefts)
    assert len({id(face) for face in chosen}) == 3


def test_largest(faces: tuple[Face, ...]) -> None:
    assert choose_face(faces, "largest", "group1.jpg", 1920) is faces[0]


@pytest.mark.parametrize("choice", ["only", "4", "999"])
def test_unclear(faces: tuple[Face, ...], choice: str) -> None:
    with pytest.raises(SeveralFaces, match=r"group1.jpg shows 3 faces: 1 at 2\d % .* 3 at 8\d %"):
        choose_face(faces, choice, "group1.jpg", 1920)


@pytest.mark.parametrize("choice", ["only", "largest", "1", "7"])
def test_one_face_is_the_one(faces: tuple[Face, ...], choice: str) -> None:
    assert choose_face(faces[:1], choice, "photo", 1920) is faces[0]


def test_somebody_far_behind_is_passed_over(faces: tuple[Face, ...]) -> None:
    far = faces[1].scaled(0.25)
    assert choose_face((faces[0], far), "only", "photo", 1920) is faces[0]
    assert choose_face((faces[0], far), "1", "photo", 1920) is far


@pytest.mark.parametrize("choice", ["", "0", "-1", "01", "1.5", "biggest", "1\n", "٣", "9999"])
def test_no_choice(faces: tuple[Face, ...], choice: str) -> None:
    with pytest.raises(InputError):
        choose_face(faces, choice, "photo", 1920)


def test_company_is_whoever_stands_near(faces: tuple[Face, ...]) -> None:
    face = faces[0]
    assert neighbour_proximity(faces[:1], face) == 0
    shares = [neighbour_proximity(faces, each) for each in faces]
    assert all(0 < share <= 1 for share in shares)
    small = face.scaled(0.2)
    assert neighbour_proximity([face, small], face) == 0
