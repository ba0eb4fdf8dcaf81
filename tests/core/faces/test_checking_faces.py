"""What is wrong with a face is found, and nothing is said of a good one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from headshots.core.faces import ANALYSERS, Face, Pose, regions
from headshots.core.faces.suitability import check_count, check_face
from headshots.core.images import Image
from headshots.core.photos import read_photo


def _face(image: Image) -> Face:
    return ANALYSERS.get("embedded").analyse(np.ascontiguousarray(image), embed=False)[0]


def _codes(image: Image, face: Face | None = None, scale: float = 1.0) -> dict[str, str]:
    found = check_face(image, face or _face(image), scale=scale)
    assert all(finding.text and finding.advice for finding in found)
    return {finding.code: finding.severity for finding in found}


@pytest.fixture(scope="module")
def portrait(photos: Path) -> Image:
    return read_photo(photos / "obama.jpg").image


@pytest.fixture(scope="module")
def face(portrait: Image) -> Face:
    return _face(portrait)


@pytest.mark.parametrize("photo", ["obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg"])
def test_nothing_against_good_portraits(photos: Path, photo: str) -> None:
    assert _codes(read_photo(photos / photo).image) == {}


def test_counts(face: Face) -> None:
    assert [f.severity for f in check_count(())] == ["blocks"]
    assert check_count((face,)) == ()
    assert [f.code for f in check_count((face, face))] == ["several-faces"]


def test_small(portrait: Image, face: Face) -> None:
    for factor, severity in ((0.6, "warns"), (0.25, "blocks")):
        small = cv2.resize(portrait, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        assert _codes(small)["small-face"] == severity
    # What counts is the size in the photo itself, not in the reduced picture.
    half = cv2.resize(portrait, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    assert "small-face" not in _codes(half, scale=0.5)


def test_cut(photos: Path, portrait: Image, face: Face) -> None:
    assert _codes(read_photo(photos / "obama_partial_face2.jpg").image)["face-cut"] == "blocks"
    top = round(float(face.landmarks[regions.FOREHEAD_TOP, 1]))
    assert _codes(np.ascontiguousarray(portrait[top - 20 :])) == {"tight-crop": "warns"}


def test_pose(portrait: Image, face: Face) -> None:
    for pose, wanted in (
        (Pose(-35, 0, 0), {"turned": "warns"}),
        (Pose(60, 0, 0), {"turned": "blocks"}),
        (Pose(0, 28, 0), {"tilted": "warns"}),
        (Pose(0, -45, 20), {"tilted": "blocks"}),
        (Pose(0, 0, 44), {"leaning": "warns"}),
        (Pose(0, 0, -30), {"leaning": "warns"}),
    ):
        assert _codes(portrait, replace(face, pose=pose)) == wanted


def test_closed_eyes(photos: Path) -> None:
    image = read_photo(photos / "group2.jpg").image
    for each in ANALYSERS.get("embedded").analyse(image, embed=False):
        assert "eyes-closed" in _codes(image, each)


def test_blurred_dark_burnt(portrait: Image) -> None:
    assert _codes(cv2.GaussianBlur(portrait, (0, 0), 6))["blurred"] == "blocks"
    assert "underexposed" in _codes(portrait * np.float32(0.12))
    assert "overexposed" in _codes(np.clip(portrait * np.float32(4), 0, 1))


def _painted(image: Image, face: Face, points: tuple[int, ...], colour: tuple[float, ...]) -> Image:
    hull = cv2.convexHull(np.round(face.landmarks[list(points), :2]).astype(np.int32))
    painted = np.ascontiguousarray(image.copy())
    cv2.fillConvexPoly(painted, hull, colour)
    return cv2.GaussianBlur(painted, (0, 0), 1)


LENSES = ((33, 133, 70, 107, 118, 119), (263, 362, 300, 336, 347, 348))
MASK = (195, 123, 352, 58, 288, 152, 172, 397, 136, 365, 177, 401)


@pytest.mark.parametrize("photo", ["obama.jpg", "obama2.jpg", "biden.jpg", "astronaut.png"])
def test_dark_glasses(photos: Path, photo: str) -> None:
    image = read_photo(photos / photo).image
    face = _face(image)
    for lens in LENSES:
        image = _painted(image, face, lens, (0.05, 0.05, 0.06))
    assert _codes(image)["eyes-covered"] == "warns"


@pytest.mark.parametrize("colour", [(0.55, 0.75, 0.85), (0.9, 0.9, 0.9), (0.08, 0.08, 0.09)])
@pytest.mark.parametrize("photo", ["obama.jpg", "obama2.jpg", "biden.jpg", "astronaut.png"])
def test_mask(photos: Path, photo: str, colour: tuple[float, ...]) -> None:
    image = read_photo(photos / photo).image
    assert _codes(_painted(image, _face(image), MASK, colour))["mouth-covered"] == "warns"


@pytest.mark.parametrize("number", range(1, 7))
def test_uncovered_faces_are_not_called_covered(photos: Path, number: int) -> None:
    image = read_photo(photos / f"group{number}.jpg").image
    for each in ANALYSERS.get("embedded").analyse(image, embed=False):
        assert not {"eyes-covered", "mouth-covered"} & set(_codes(image, each))
