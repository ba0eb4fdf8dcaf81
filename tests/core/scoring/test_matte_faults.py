"""Faults of the cut-out: none in real mattes, each found where it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from headshots.core.faces import head_pose
from headshots.core.images import Mask
from headshots.core.portrait.portrait import Portrait
from headshots.core.portrait.segments import Segment
from headshots.core.scoring.measures.cutout import matte_faults

if TYPE_CHECKING:
    from .conftest import Headshot

NAMES = ("astronaut.png", "obama.jpg", "obama3.jpg", "biden.jpg")


def _failed(matte: Mask, shot: Headshot) -> set[str]:
    return {
        each.name
        for each in matte_faults(Portrait(shot.image, matte, shot.face))
        if not each.passed
    }


@pytest.mark.parametrize("name", NAMES)
def test_faults_are_found_and_only_they(headshots: dict[str, Headshot], name: str) -> None:
    shot = headshots[name]
    assert not _failed(shot.matte, shot)
    chin = shot.face.landmarks[152]
    hole = shot.matte.copy()
    cv2.circle(hole, (int(chin[0]), int(chin[1] + 0.35 * shot.face.width)), 24, 0, -1)
    assert _failed(hole, shot) == {"matte-holes"}
    top = shot.matte.copy()
    top[: int(shot.face.landmarks[10, 1] - 0.08 * shot.face.width)] = 0
    assert _failed(top, shot) == {"cut-hair"}
    side = shot.matte.copy()
    side[:, : int(shot.face.landmarks[234, 0] - 0.05 * shot.face.width)] = 0
    assert _failed(side, shot) == {"cut-hair"}
    loose = shot.matte.copy()
    loose[10:90, 10:80] = 1
    assert "loose-pieces" in _failed(loose, shot)


def test_a_bust_that_ends_above_the_lower_edge_floats(headshots: dict[str, Headshot]) -> None:
    shot = headshots["obama.jpg"]
    floating = shot.matte.copy()
    floating[round(0.9 * len(floating)) :] = 0
    assert "lower-edge" in _failed(floating, shot)


@pytest.mark.parametrize("name", NAMES)
def test_a_head_without_a_neck_is_found(headshots: dict[str, Headshot], name: str) -> None:
    """However it lost what was below: nothing of it may be kept."""
    shot = headshots[name]
    x, chin = shot.face.landmarks[152, :2].tolist()
    width = shot.face.width
    rows, columns = (axis.astype(np.float32) for axis in np.indices(shot.matte.shape))
    below = (rows - chin) / width

    def floats(cover: Mask) -> bool:
        return "lower-edge" in _failed(np.asarray(shot.matte * cover, np.float32), shot)

    for depth in (0.05, 0.2, 0.35):
        assert floats((below < depth).astype(np.float32)), "erased under the chin"
        slope = 0.3 * (columns - x) / width
        assert floats((below + slope < depth).astype(np.float32)), "sawn aslant"
        assert floats(np.clip((depth + 0.3 - below) / 0.3, 0, 1)), "faded out"
        gone = (below > depth) & (below < depth + 0.15)
        assert floats((~gone).astype(np.float32)), "neck gone, body still there"
        stalk = (below < depth) | (np.abs(columns - x) < 0.2 * width)
        assert floats(stalk.astype(np.float32)), "a stalk for a neck"


def test_an_edge_across_the_photos_axes_is_no_cut(headshots: dict[str, Headshot]) -> None:
    """A photo that was levelled by 12 degrees ends along lines that are turned as much."""
    shot = headshots["obama.jpg"]
    cut = shot.matte.copy()
    cut[: int(shot.face.landmarks[10, 1] - 0.08 * shot.face.width)] = 0
    portrait = Portrait(shot.image, cut, shot.face)

    def straight(turned: float | None) -> bool:
        (measure,) = (m for m in matte_faults(portrait, turned) if m.name == "cut-hair")
        return not measure.passed

    assert straight(None) and straight(0.0)
    assert not straight(12.0)


def test_hair_cropped_by_the_pictures_upper_edge_is_no_cut(headshots: dict[str, Headshot]) -> None:
    shot = headshots["obama.jpg"]
    top = int(shot.face.landmarks[10, 1] - 0.1 * shot.face.width)
    turned = np.array([[1, 0, 0], [0, 1, -top]], np.float32)
    image, matte = shot.image[top:].copy(), shot.matte[top:].copy()
    failed = matte_faults(Portrait(image, matte, head_pose.turned(shot.face, turned)))
    assert "cut-hair" not in {each.name for each in failed if not each.passed}


def test_an_empty_matte_is_all_hole(headshots: dict[str, Headshot]) -> None:
    shot = headshots["obama.jpg"]
    assert _failed(np.zeros_like(shot.matte), shot) == {"matte-holes"}
    assert "matte-holes" not in _failed(np.ones_like(shot.matte), shot)


def test_a_gap_between_strands_is_no_hole(headshots: dict[str, Headshot]) -> None:
    """Beside the face her hair lets the wall through; in her forehead or her suit nothing may."""
    shot = headshots["astronaut.png"]
    width = shot.face.width
    segments = Portrait(shot.image, shot.matte, shot.face).segments
    hair = (segments.of(Segment.HAIR) > 0.8).astype(np.uint8)
    scale = hair.shape[1] / shot.image.shape[1]
    eyes, chin = (scale * float(shot.face.landmarks[point, 1]) for point in (6, 152))
    hair[: round(eyes + 0.05 * scale * width)] = 0
    hair[round(chin) :] = 0
    row, column = np.unravel_index(
        int(cv2.distanceTransform(hair, cv2.DIST_L2, 5).argmax()), hair.shape
    )
    radius = 0.1 * width
    for x, y, faults in (
        (column / scale, row / scale, set()),
        (*shot.face.landmarks[9, :2], {"matte-holes"}),
        (*shot.face.landmarks[152, :2] + (0, 0.6 * width), {"matte-holes"}),
    ):
        matte = shot.matte.copy()
        cv2.circle(matte, (int(x), int(y)), round(radius), 0, -1)
        assert _failed(matte, shot) == faults
