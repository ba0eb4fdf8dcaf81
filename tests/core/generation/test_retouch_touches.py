"""Small touches: each where it belongs, gentle, and nowhere lighter skin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from headshots.core.faces import ANALYSERS, Face, regions
from headshots.core.generation.studio.retouch.details import (
    glare,
    sclera,
    teeth,
    touch_up,
    touched,
    under_eyes,
)
from headshots.core.images import Image, Mask, blur, from_lab, resize, to_lab
from headshots.core.photos import read_photo
from headshots.core.portrait.skin import skin_mask
from headshots.core.retouching import PARTS, Retouching

from ...texture import texture, texture_range


def brighten_teeth(image: Image, face: Face, strength: float) -> Image:
    return touched(image, face, ((teeth, strength),))


def calm_glare(image: Image, face: Face, strength: float) -> Image:
    return touched(image, face, ((glare, strength),))


def clear_sclera(image: Image, face: Face, strength: float) -> Image:
    return touched(image, face, ((sclera, strength),))


def lift_under_eyes(image: Image, face: Face, strength: float) -> Image:
    return touched(image, face, ((under_eyes, strength),))


def whole(image: Image, face: Face, strength: float) -> Image:
    return touch_up(image, face, Retouching.of_face(strength))


NAMES = ("astronaut.png", "obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg")
TOUCHES: tuple[Callable[[Image, Face, float], Image], ...] = (
    brighten_teeth,
    calm_glare,
    clear_sclera,
    lift_under_eyes,
    whole,
)
# Share of the sitter's own range by which a retouched picture's texture may lie outside of it.
TOLERANCE = 0.05

Portrait = tuple[Image, Face]


@pytest.fixture(scope="module")
def portraits(photos: Path) -> dict[str, Portrait]:
    found: dict[str, Portrait] = {}
    for name in NAMES:
        image = read_photo(photos / name).image
        found[name] = image, ANALYSERS.get("embedded").analyse(image, embed=False)[0]
    return found


def _area(shape: tuple[int, ...], face: Face, points: tuple[int, ...], grown: float = 0) -> Mask:
    mask = np.zeros(shape[:2], np.uint8)
    hull = cv2.convexHull(np.round(face.landmarks[list(points), :2]).astype(np.int32))
    cv2.fillConvexPoly(mask, hull, (1,))
    if size := round(grown * face.width):
        mask = cv2.dilate(mask, np.ones((2 * size + 1, 2 * size + 1), np.uint8))
    return mask.astype(np.float32)


def _shifted(image: Image, area: Mask, colour: tuple[float, float, float]) -> Image:
    """`image` with `colour` (L*, a*, b*) added in `area`."""
    return from_lab(np.asarray(to_lab(image) + area[..., None] * colour, np.float32))


def _irises(shape: tuple[int, ...], face: Face) -> Mask:
    mask = np.zeros(shape[:2], np.uint8)
    for iris in (regions.LEFT_IRIS, regions.RIGHT_IRIS):
        x, y = face.landmarks[iris[0], :2]
        radius = np.linalg.norm(face.landmarks[list(iris[1:]), :2] - (x, y), axis=1).mean()
        cv2.circle(mask, (round(float(x)), round(float(y))), round(float(radius)), (1,), -1)
    return mask.astype(np.float32)


@pytest.mark.parametrize("touch", TOUCHES, ids=lambda touch: touch.__name__)
def test_strength_nought_changes_nothing(
    touch: Callable[[Image, Face, float], Image], portraits: dict[str, Portrait]
) -> None:
    for image, face in portraits.values():
        assert touch(image, face, 0.0) is image


@pytest.mark.parametrize("strength", [0.5, 1.0])
@pytest.mark.parametrize("name", NAMES)
def test_skin_is_as_light_as_it_was(
    name: str, strength: float, portraits: dict[str, Portrait]
) -> None:
    image, face = portraits[name]
    skin = skin_mask(image.shape, face, image)
    before = to_lab(image)[..., 0]
    for touch in TOUCHES:
        change = to_lab(touch(image, face, strength))[..., 0] - before
        assert abs(float((change * skin).sum() / skin.sum())) < 0.5, touch.__name__


def test_touches_add_up_in_proportion(portraits: dict[str, Portrait]) -> None:
    image, face = portraits["obama.jpg"]
    for touch in TOUCHES[:-1]:
        half, full = (to_lab(touch(image, face, s)) - to_lab(image) for s in (0.5, 1.0))
        assert np.abs(half - 0.5 * full).max() < 0.5, touch.__name__


@pytest.mark.parametrize("name", NAMES)
def test_under_eyes(name: str, portraits: dict[str, Portrait]) -> None:
    image, face = portraits[name]
    change = to_lab(lift_under_eyes(image, face, 1))[..., 0] - to_lab(image)[..., 0]
    assert change.min() > -0.3 and change.max() < 4
    below = (
        (*regions.LEFT_UNDER_EYE, *regions.LEFT_CHEEK),
        (
            *regions.RIGHT_UNDER_EYE,
            *regions.RIGHT_CHEEK,
        ),
    )
    near = sum(_area(image.shape, face, points, 0.08) for points in below)
    assert not change[near == 0].any()


def test_darkness_under_an_eye_loses_at_most_a_third(portraits: dict[str, Portrait]) -> None:
    image, face = portraits["obama.jpg"]
    shade = blur(_area(image.shape, face, regions.LEFT_UNDER_EYE), 0.01 * face.width)
    tired = _shifted(image, shade, (-8, 0, 0))
    core = shade > 0.95
    dark, lifted, rested = (
        float(to_lab(each)[..., 0][core].mean())
        for each in (tired, lift_under_eyes(tired, face, 1), image)
    )
    assert 0.08 < (lifted - dark) / (rested - dark) < 0.45
    cheek = _area(image.shape, face, regions.LEFT_CHEEK) > 0
    assert lifted < float(to_lab(image)[..., 0][cheek].mean())


def test_glare_is_pressed_not_erased(portraits: dict[str, Portrait]) -> None:
    image, face = portraits["obama.jpg"]
    spot = np.zeros(image.shape[:2], np.float32)
    x, y = face.landmarks[151, :2]
    cv2.circle(spot, (round(float(x)), round(float(y))), round(0.05 * face.width), (1,), -1)
    spot = blur(spot, 0.02 * face.width)
    shining = np.asarray(np.clip(image + 0.3 * spot[..., None], 0, 1), np.float32)
    calm = calm_glare(shining, face, 1)
    core = spot > 0.9
    plain, glare, pressed = (
        float(to_lab(each)[..., 0][core].mean()) for each in (image, shining, calm)
    )
    assert 0.5 < (pressed - plain) / (glare - plain) < 0.95
    fine = [
        (to_lab(each)[..., 0] - blur(to_lab(each)[..., 0], 0.007 * face.width))[core].std()
        for each in (shining, calm)
    ]
    assert fine[1] / fine[0] > 0.9
    assert (to_lab(calm)[..., 0] <= to_lab(shining)[..., 0] + 0.05).all()


def test_teeth(portraits: dict[str, Portrait]) -> None:
    image, face = portraits["obama.jpg"]
    mouth = _area(image.shape, face, regions.INNER_LIPS, 0.01)
    yellow = _shifted(image, mouth, (-8, 1, 14))
    result = brighten_teeth(yellow, face, 1)
    assert np.array_equal(result[mouth == 0], yellow[mouth == 0])
    before, after = to_lab(yellow), to_lab(result)
    tooth = (mouth > 0) & (before[..., 0] > 70)
    change = (after - before)[tooth].mean(axis=0)
    assert 0.3 < change[0] < 2.6
    assert -7 < change[2] < -1.5
    assert after[..., 0][tooth].max() <= max(95.0, float(before[..., 0][tooth].max()) + 0.1)
    assert (result[tooth].min(axis=-1) < 0.995).all()


def test_a_closed_mouth_shows_no_teeth(portraits: dict[str, Portrait]) -> None:
    image, face = portraits["biden.jpg"]
    assert np.array_equal(brighten_teeth(image, face, 1), image)


@pytest.mark.parametrize("name", NAMES)
def test_irises_and_catchlights_stay(name: str, portraits: dict[str, Portrait]) -> None:
    image, face = portraits[name]
    result = clear_sclera(image, face, 1)
    iris = _irises(image.shape, face) > 0
    assert np.array_equal(result[iris], image[iris])
    eyes = _area(image.shape, face, regions.LEFT_EYE, 0.01) + _area(
        image.shape, face, regions.RIGHT_EYE, 0.01
    )
    assert np.array_equal(result[eyes == 0], image[eyes == 0])
    change = to_lab(result) - to_lab(image)
    assert change[..., 0].max() < 1.6 and np.abs(change).max() < 4
    assert change[..., 1].max() < 0.5


def test_bloodshot_eyes_calm_a_little(portraits: dict[str, Portrait]) -> None:
    image, face = portraits["obama2.jpg"]
    white = _area(image.shape, face, regions.RIGHT_EYE) * (1 - _irises(image.shape, face))
    light = to_lab(image)
    white *= (light[..., 0] > 55) & (light[..., 1] < 10)
    assert white.sum() > 20
    red = _shifted(image, white, (0, 3, 3))
    change = (to_lab(clear_sclera(red, face, 1)) - to_lab(red))[white > 0].mean(axis=0)
    assert change[1] < -0.2 and change[2] < -0.2


def test_texture_compares_pictures_of_different_size(portraits: dict[str, Portrait]) -> None:
    for name in NAMES[1:]:
        image, face = portraits[name]
        full = texture(image, face)
        for factor in (0.75, 1.5):
            width, height = round(image.shape[1] * factor), round(image.shape[0] * factor)
            other = texture(resize(image, width, height), face.scaled(width / image.shape[1]))
            assert abs(other / full - 1) < 0.1, (name, factor)


def test_texture_tells_plastic_skin(portraits: dict[str, Portrait]) -> None:
    for name in NAMES[1:]:
        image, face = portraits[name]
        skin = skin_mask(image.shape, face, image)[..., None]
        plastic = image + skin * (blur(image, 0.012 * face.width) - image)
        assert texture(np.asarray(plastic, np.float32), face) < 0.7 * texture(image, face), name


@pytest.mark.parametrize("strength", [0.3, 1.0])
def test_texture_stays_within_the_sitters_spread(
    strength: float, portraits: dict[str, Portrait]
) -> None:
    own = [portraits[name] for name in ("obama.jpg", "obama2.jpg", "obama3.jpg")]
    spread = texture_range(own)
    assert spread is not None
    low, high = spread
    for image, face in own:
        result = texture(whole(image, face, strength), face)
        assert low * (1 - TOLERANCE) <= result <= high * (1 + TOLERANCE)


def test_texture_keeps_to_its_own_photo(portraits: dict[str, Portrait]) -> None:
    """Three photos prove little; the photo that was retouched is the stricter judge."""
    for name, (image, face) in portraits.items():
        share = texture(whole(image, face, 1), face) / texture(image, face)
        assert 0.93 < share < 1.15, name


def test_one_photo_has_no_spread(portraits: dict[str, Portrait]) -> None:
    assert texture_range([portraits["obama.jpg"]]) is None
    assert texture_range([portraits["obama.jpg"], portraits["astronaut.png"]]) is None  # too small


@pytest.mark.parametrize("part", ["skin", "blemishes", "shine", "under_eyes", "eyes", "teeth"])
def test_each_part_has_a_strength_of_its_own(portraits: dict[str, Portrait], part: str) -> None:
    """Alone it changes what it says, and all but it leave that as it is."""
    alone = {**dict.fromkeys(PARTS, 0.0), part: 1.0}
    others = {**dict.fromkeys(PARTS, 1.0), part: 0.0}
    changed = 0
    for image, face in portraits.values():
        here = touch_up(image, face, Retouching(**alone)) - image
        full = touch_up(image, face, Retouching.of_face(1)) - image
        rest = touch_up(image, face, Retouching(**others)) - image
        changed += np.abs(here).max() > 0.004
        # Skin and blemishes share pixels with the light of the others, so sums are near, not equal.
        np.testing.assert_allclose(here + rest, full, atol=0.03)
    assert changed


def test_nothing_asked_changes_nothing(portraits: dict[str, Portrait]) -> None:
    image, face = portraits["obama.jpg"]
    assert touch_up(image, face, Retouching.none()) is image
    assert touch_up(image, face, Retouching(**dict.fromkeys(PARTS, 0.0) | {"lint": 1})) is image
