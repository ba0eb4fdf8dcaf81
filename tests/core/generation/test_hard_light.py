"""Hard light in the photo: the studio adds no grit, no orange and no grey to the skin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import cv2
import numpy as np
import pytest

from headshots.core.faces.masks import disc
from headshots.core.generation import GENERATORS, LOOKS, Request
from headshots.core.generation.studio.light.texture import Texture, held, texture
from headshots.core.generation.studio.plate.plate import make_plate
from headshots.core.identity.identity import Identity
from headshots.core.images import Float, blur, resize, to_lab, to_srgb
from headshots.core.photos import read_photo
from headshots.core.portrait.photo_light import photo_light
from headshots.core.portrait.shading import unlight
from headshots.core.portrait.skin import drawn_skin

from ...hard_light import on_stage

COLOURED = ("studio-grey", "clean-white", "executive", "daylight")


@pytest.fixture(scope="module")
def staged(sitter: Identity) -> Identity:
    """The sitter's frontal photo on a stage; their own colours are known from better ones."""
    frontal = min(sitter.photos, key=lambda photo: abs(photo.face.pose.yaw))
    return replace(sitter, photos=(on_stage(frontal),))


@pytest.fixture(scope="module")
def made(staged: Identity) -> Mapping[str, tuple[Float, Float]]:
    """By look, the skin's L*a*b* and its fine L* (N, 4) in the photo and in the picture."""
    looks = tuple(LOOKS[name] for name in COLOURED)
    request = Request(staged, looks, len(looks), 3, 512, keep_stages=True)
    skins: dict[str, tuple[Float, Float]] = {}
    for candidate in GENERATORS.get("studio").generate(request):
        face = candidate.portrait.face
        skin = drawn_skin(candidate.image.shape, face.landmarks[:, :2])
        pictures = candidate.stages["photo"], candidate.image
        photo, picture = (_skin(each, skin, face.width) for each in pictures)
        skins[candidate.provenance.look] = photo, picture
    return skins


def _skin(image: Float, skin: np.ndarray, width: float) -> Float:
    lab = to_lab(image)
    mask = skin.astype(np.float32)

    def average(sigma: float) -> Float:
        near = blur(mask, sigma * width) + np.float32(1e-4)
        return np.asarray(blur(lab[..., 0] * mask, sigma * width) / near, np.float32)

    fine = average(0.006) - average(0.02)
    inside = skin & (blur(mask, 0.02 * width) > 0.9)
    return np.asarray(np.dstack([lab, fine])[inside], np.float32)


@pytest.mark.parametrize("look", COLOURED)
def test_skin_gains_no_grit(made: Mapping[str, tuple[Float, Float]], look: str) -> None:
    photo, picture = made[look]
    # The contrast of the looks themselves comes on top: 1.02 to 1.12.
    assert picture[:, 3].std() < 1.12 * photo[:, 3].std()


@pytest.mark.parametrize("look", COLOURED)
def test_skin_gets_no_more_saturated(made: Mapping[str, tuple[Float, Float]], look: str) -> None:
    photo, picture = (
        np.median(np.hypot(each[:, 1], each[:, 2]) / (each[:, 0] + 16)) for each in made[look]
    )
    # The sitter's own skin is more vivid than this photo of it; relighting alone made 1.2 of it.
    assert picture < 1.12 * photo


@pytest.mark.parametrize("look", COLOURED)
def test_lit_skin_is_not_dimmed_to_the_level_of_its_shadows(
    made: Mapping[str, tuple[Float, Float]], look: str
) -> None:
    photo, picture = (np.quantile(each[:, 0], 0.8) for each in made[look])
    assert picture > photo - 6


@pytest.mark.parametrize("look", COLOURED)
def test_highlights_get_the_skins_colour_and_no_grey(
    made: Mapping[str, tuple[Float, Float]], look: str
) -> None:
    photo, picture = made[look]
    bright = photo[:, 0] > np.quantile(photo[:, 0], 0.9)
    dimmed = picture[bright, 0].mean() < photo[bright, 0].mean()
    chroma = [np.hypot(each[bright, 1], each[bright, 2]).mean() for each in (photo, picture)]
    assert not dimmed or chroma[1] > 0.97 * chroma[0]


def test_a_photo_from_a_stage_is_told_from_a_soft_one(sitter: Identity, staged: Identity) -> None:
    frontal = min(sitter.photos, key=lambda photo: abs(photo.face.pose.yaw))
    soft, hard = (
        photo_light(read_photo(photo.data).image, photo.face)
        for photo in (frontal, staged.photos[0])
    )
    assert soft.shadows < 1.3
    assert hard.shadows > soft.shadows + 0.5


def test_texture_that_is_lifted_stands_out_as_before(sitter: Identity) -> None:
    """In L*, against the plain gain, on real skin."""
    frontal = min(sitter.photos, key=lambda photo: abs(photo.face.pose.yaw))
    plate = make_plate(frontal, 400)
    unlit = unlight(plate.foreground, plate.shape, plate.segments)
    rows, columns = plate.matte.shape
    dark = np.asarray(0.3 * plate.foreground, np.float32)
    log_gain = np.full(unlit.light.shape, 0.7, np.float32)
    seen = texture(unlight(dark, plate.shape, plate.segments), log_gain, plate.shape.face_width)
    around = Texture(*(resize(each, columns, rows) for each in (seen.light, seen.hold)))
    gain = np.full(dark.shape, np.exp(0.7), np.float32)
    inside = resize(unlit.skin.astype(np.float32), columns, rows) > 0.99
    inside = cv2.erode(inside.astype(np.uint8), disc(0.03 * plate.face.width)) > 0

    def grit(linear: Float) -> float:
        light = to_lab(to_srgb(np.asarray(linear, np.float32)))[..., 0]
        width = plate.face.width
        fine = (blur(light, 0.006 * width) - blur(light, 0.02 * width))[inside]
        return float(np.subtract(*np.quantile(fine, (0.85, 0.15))))

    before = grit(dark)
    assert grit(dark * gain) > 1.15 * before
    assert grit(dark * held(gain, dark, around)) == pytest.approx(before, rel=0.1)
