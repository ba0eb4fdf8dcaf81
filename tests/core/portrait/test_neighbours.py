"""Photos with somebody beside the sitter: the cut-out is the sitter's alone, or stays as it was."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from headshots.core.faces import ANALYSERS, Face
from headshots.core.images import Box, Image
from headshots.core.photos import read_photo
from headshots.core.portrait.matting import cut_out, only_sitter
from headshots.core.portrait.modnet import modnet
from headshots.core.portrait.neighbours import without_neighbours

pytestmark = pytest.mark.slow

Group = tuple[Image, tuple[Face, ...]]


@pytest.fixture(scope="module")
def group(photos: Path) -> Group:
    """Four people side by side, each touching the next; from the left."""
    image = read_photo(photos / "group6.jpg", longest=1000).image
    faces = ANALYSERS.get("embedded").analyse(image, embed=False)
    return image, tuple(sorted(faces, key=lambda face: face.box.x0))


def covered(matte: np.ndarray, face: Face) -> float:
    hull = np.zeros(matte.shape, np.uint8)
    outline = np.round(face.landmarks[:468, :2]).astype(np.int32)
    cv2.fillConvexPoly(hull, cv2.convexHull(outline), (1,))
    return float(matte[hull > 0].mean())


@pytest.mark.parametrize("which", range(4))
def test_each_of_a_group_is_cut_out_alone(group: Group, which: int) -> None:
    image, faces = group
    matte = cut_out(image, faces[which]).matte
    for index, face in enumerate(faces):
        share = covered(matte, face)
        assert share > 0.97 if index == which else share < 0.03


def test_the_network_alone_takes_the_neighbours_along(group: Group) -> None:
    image, faces = group
    matte = only_sitter(modnet(image), faces[1])
    assert covered(matte, faces[0]) > 0.9
    assert covered(matte, faces[2]) > 0.9


def test_a_sitter_alone_keeps_every_pixel(photos: Path) -> None:
    for name in ("astronaut.png", "obama.jpg", "biden.jpg"):
        image = read_photo(photos / name, longest=800).image
        (face,) = ANALYSERS.get("embedded").analyse(image, embed=False)
        matte = modnet(image)
        whole = Box(0, 0, image.shape[1], image.shape[0])
        assert without_neighbours(image, whole, matte, face) is matte


def test_hair_is_not_given_up_for_a_clean_side(photos: Path) -> None:
    """The black hair of this sitter hangs before a neighbour's black blouse."""
    image = read_photo(photos / "group3.jpg", longest=1200).image
    faces = ANALYSERS.get("embedded").analyse(image, embed=False)
    face = max(faces, key=lambda each: each.box.x0)
    whole = Box(0, 0, image.shape[1], image.shape[0])
    matte = modnet(image)
    kept = without_neighbours(image, whole, matte, face)
    x, y = face.landmarks[234, :2] - (0.12 * face.width, 0)
    assert kept[int(y), int(x)] == matte[int(y), int(x)] > 0.9


def test_the_same_photo_gives_the_same_cut(group: Group) -> None:
    image, faces = group
    assert np.array_equal(cut_out(image, faces[1]).matte, cut_out(image, faces[1]).matte)
