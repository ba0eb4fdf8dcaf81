"""The light baked into photos: rims, sides, casts; and what must not look like them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from headshots.core.faces import ANALYSERS, Face
from headshots.core.images import Float, Image, Mask, resize, to_linear, to_srgb
from headshots.core.photos import read_photo
from headshots.core.portrait.matting import cut_out
from headshots.core.portrait.photo_light import PhotoLight, photo_light

pytestmark = pytest.mark.slow

CLEAN = ("astronaut.png", "obama.jpg", "obama2.jpg")
RIMMED = ("obama3.jpg", "biden.jpg")


class Shown:
    """A photo, its face, the light found in it and the sitter's matte."""

    def __init__(self, path: Path) -> None:
        self.image = read_photo(path, longest=1200).image
        self.face: Face = ANALYSERS.get("embedded").analyse(self.image, embed=False)[0]
        self.light = photo_light(self.image, self.face)
        self.matte: Mask = cut_out(self.image, self.face).matte

    def changed(self, linear: Float) -> PhotoLight:
        return photo_light(to_srgb(np.asarray(linear, np.float32)), self.face)


@pytest.fixture(scope="module")
def shown(photos: Path) -> dict[str, Shown]:
    return {name: Shown(photos / name) for name in (*CLEAN, *RIMMED)}


def sideways(image: Image, face: Face) -> Float:
    """-1 at the face's left edge .. 1 at its right, (H, W)."""
    x = np.arange(image.shape[1], dtype=np.float32)[None, :]
    across = (x - float(face.landmarks[:468, 0].mean())) / (0.5 * face.width)
    return np.repeat(np.clip(across, -1, 1), image.shape[0], 0)


def test_rims_are_told_from_even_light(shown: dict[str, Shown]) -> None:
    for name in CLEAN:
        assert shown[name].light.behind < 0.05, name
    for name in RIMMED:
        assert shown[name].light.behind > 0.08, name


@pytest.mark.parametrize("name", CLEAN)
def test_a_rim_that_is_painted_is_found(shown: dict[str, Shown], name: str) -> None:
    one = shown[name]
    depth = cv2.distanceTransform((one.matte > 0.9).astype(np.uint8), cv2.DIST_L2, 5)
    rim = np.exp(-((depth / (0.035 * one.face.width)) ** 2)) * (one.matte > 0.05)
    right = np.clip(0.5 + sideways(one.image, one.face), 0, 1)  # light from behind, on the right
    found = [
        one.changed(to_linear(one.image) + np.float32(strength) * (rim * right)[..., None]).behind
        for strength in (0.25, 0.8)
    ]
    assert found[1] > found[0] > one.light.behind
    assert found[1] > 0.1


def test_a_bright_wall_is_no_rim(shown: dict[str, Shown]) -> None:
    for name in CLEAN:
        one = shown[name]
        matte = one.matte[..., None]
        for wall in (0.02, 1.0):
            light = one.changed(to_linear(one.image) * matte + wall * (1 - matte))
            assert light.behind < 0.08, (name, wall)


def test_the_side_is_told_in_stops(shown: dict[str, Shown]) -> None:
    for one in shown.values():
        for stops in (-1.0, 1.0):
            gain = 2 ** (stops * sideways(one.image, one.face) / 2)
            found = one.changed(0.5 * to_linear(one.image) * gain[..., None])
            assert found.aside - one.light.aside == pytest.approx(stops / 2, abs=0.15)


def test_a_coloured_lamp_on_one_side_is_told(shown: dict[str, Shown]) -> None:
    one = shown["obama.jpg"]
    push = 0.35 * sideways(one.image, one.face)
    tint = np.exp(np.stack([push, np.zeros_like(push), -push], -1))
    assert one.light.cast < 5 < 10 < one.changed(0.8 * to_linear(one.image) * tint).cast


def test_burnt_and_dark_skin_are_told_apart(shown: dict[str, Shown]) -> None:
    one = shown["obama.jpg"]
    linear = to_linear(one.image)
    assert one.light.burnt < 0.005 < 0.05 < one.changed(np.minimum(3 * linear, 1)).burnt
    dark = one.changed(linear / 4)
    assert dark.exposure == pytest.approx(one.light.exposure - 2, abs=0.1)


def test_light_and_dark_skin_fare_alike(shown: dict[str, Shown]) -> None:
    for one in shown.values():
        darker = one.changed(to_linear(one.image) / 3)
        assert darker.behind == pytest.approx(one.light.behind, abs=0.04)
        assert darker.aside == pytest.approx(one.light.aside, abs=0.05)


def test_small_photos_tell_the_same(shown: dict[str, Shown]) -> None:
    for one in shown.values():
        rows, columns = (round(side / 2) for side in one.image.shape[:2])
        half = photo_light(resize(one.image, columns, rows), one.face.scaled(0.5))
        assert half.behind == pytest.approx(one.light.behind, abs=0.03)


def test_faces_at_the_edge_are_no_error(shown: dict[str, Shown]) -> None:
    one = shown["obama2.jpg"]
    x, y = one.face.landmarks[1, :2].round().astype(int)
    assert 0 <= photo_light(np.ascontiguousarray(one.image[:y, :x]), one.face).behind <= 1
