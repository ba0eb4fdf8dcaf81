"""The pose's signs and sizes, on mirrored and turned photos."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from headshots.core.faces import ANALYSERS, Face
from headshots.core.faces.head_pose import head_frame, head_pose
from headshots.core.images import Image
from headshots.core.photos import read_photo


def _face(image: Image) -> Face:
    return ANALYSERS.get("embedded").analyse(np.ascontiguousarray(image), embed=False)[0]


@pytest.fixture(scope="module")
def portrait(photos: Path) -> Image:
    return read_photo(photos / "obama.jpg").image


def test_frontal_portrait(portrait: Image) -> None:
    pose = _face(portrait).pose
    assert max(abs(pose.yaw), abs(pose.pitch), abs(pose.roll)) < 5


def test_who_looks_where(photos: Path) -> None:
    # As seen: turned to the picture's left; to its right; to the right with the chin up.
    assert _face(read_photo(photos / "obama2.jpg").image).pose.yaw < -10
    assert _face(read_photo(photos / "biden.jpg").image).pose.yaw > 8
    assert _face(read_photo(photos / "obama3.jpg").image).pose.pitch > 6


@pytest.mark.parametrize("photo", ["obama2.jpg", "obama3.jpg", "biden.jpg", "astronaut.png"])
def test_mirrored(photos: Path, photo: str) -> None:
    image = read_photo(photos / photo).image
    plain, mirrored = _face(image).pose, _face(image[:, ::-1]).pose
    assert mirrored.yaw == pytest.approx(-plain.yaw, abs=4)
    assert mirrored.roll == pytest.approx(-plain.roll, abs=3)
    assert mirrored.pitch == pytest.approx(plain.pitch, abs=5)


@pytest.mark.parametrize("clockwise", [-30, -15, 15, 30])
def test_turned(portrait: Image, clockwise: float) -> None:
    matrix = cv2.getRotationMatrix2D((496, 250), -clockwise, 1)  # OpenCV's is counterclockwise
    turned = cv2.warpAffine(portrait, matrix, portrait.shape[1::-1])
    plain, pose = _face(portrait).pose, _face(turned).pose
    assert pose.roll - plain.roll == pytest.approx(clockwise, abs=2)
    assert pose.yaw == pytest.approx(plain.yaw, abs=4)
    assert pose.pitch == pytest.approx(plain.pitch, abs=4)


def _rotation(axis: int, degrees: float) -> np.ndarray:
    angle = np.radians(degrees)
    first, second = [i for i in range(3) if i != axis]
    matrix = np.eye(3)
    matrix[first, first] = matrix[second, second] = np.cos(angle)
    matrix[first, second], matrix[second, first] = -np.sin(angle), np.sin(angle)
    return matrix


@pytest.mark.parametrize("yaw", [-40, 0, 25])
@pytest.mark.parametrize("pitch", [-20, 0, 30])
@pytest.mark.parametrize("roll", [-50, 0, 10])
def test_pose_of_a_turned_mesh(portrait: Image, yaw: float, pitch: float, roll: float) -> None:
    """A measured mesh, brought to the front and then turned in space."""
    mesh = _face(portrait).landmarks.astype(np.float64)
    flip = np.array([1, -1, 1])
    frontal = (mesh - mesh[168]) * flip @ head_frame(mesh).T
    # Roll first (clockwise as seen), then pitch (looking up), then yaw (towards image right).
    turn = _rotation(1, -yaw) @ _rotation(0, -pitch) @ _rotation(2, -roll)
    pose = head_pose((frontal @ turn.T * flip).astype(np.float32))
    assert (pose.yaw, pose.pitch, pose.roll) == pytest.approx((yaw, pitch, roll), abs=0.01)


def test_frame_is_a_rotation(portrait: Image) -> None:
    frame = head_frame(_face(portrait).landmarks)
    assert frame @ frame.T == pytest.approx(np.eye(3), abs=1e-5)
    assert np.linalg.det(frame) == pytest.approx(1, abs=1e-5)
