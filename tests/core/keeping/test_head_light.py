"""The light of the edit's surroundings on the head that was kept: bounded, and only where it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from headshots.core.images import Float, Image, blur, luminance, to_linear, to_srgb
from headshots.core.keeping.head_light import MOST_STOPS
from headshots.core.keeping.keeper import Kept, keep_sitter
from headshots.core.keeping.regions import Keep
from headshots.core.photos import read_photo
from headshots.core.portrait.light import measure_light
from headshots.core.portrait.portrait import Portrait

from ...benchmarks.keeping.edits import Subject, subject

pytestmark = pytest.mark.slow

Bool = NDArray[np.bool_]


@pytest.fixture(scope="module", params=["obama.jpg", "biden.jpg", "obama3.jpg"])
def photo(request: pytest.FixtureRequest, photos: Path) -> Subject:
    image = np.ascontiguousarray(read_photo(photos / request.param, longest=800).image)
    return subject(request.param, request.param, image)


def lit_from(photo: Subject, side: float, stops: float = 0.8) -> Image:
    """The photo with so many stops more light a face width to that side, on its sitter alone."""
    face = photo.portrait.face
    x = np.arange(photo.image.shape[1], dtype=np.float32) - face.box.centre[0]
    change = np.clip(side * stops * x / face.width, -stops, stops)[None, :, None]
    assert photo.portrait.matte is not None
    gain = np.exp2(change * photo.portrait.matte[..., None])
    return np.clip(to_srgb(np.asarray(to_linear(photo.image) * gain, np.float32)), 0, 1)


def kept(photo: Subject, edit: Image, light: float, keep: Keep = Keep.HEAD) -> Kept:
    known = photo.portrait
    original = Portrait(photo.image, known.matte, known.face)
    return keep_sitter(original, Portrait(edit), keep=keep, light=light)


def stops(photo: Subject, image: Image) -> Float:
    """How much lighter the smooth light of `image` is, on the face's skin, about its middle."""
    sigma = 0.06 * photo.portrait.face.width
    one, other = (
        np.log2(blur(luminance(to_linear(each)), sigma) + 1e-3) for each in (photo.image, image)
    )
    return np.asarray(other - one, np.float32)


def skin_of(photo: Subject) -> Bool:
    return photo.skin > 0.9


def spread(values: Float, where: Bool) -> float:
    chosen = values[where]
    return float(np.sqrt(((chosen - np.median(chosen)) ** 2).mean()))


def test_the_heads_light_comes_nearer_to_the_edits_within_bounds(photo: Subject) -> None:
    own = measure_light(photo.image, photo.portrait.face).azimuth
    edit = lit_from(photo, -1 if own > 0 else 1)
    without, lit = kept(photo, edit, 0), kept(photo, edit, 1)
    assert without.kept and lit.kept and without.card and lit.card
    assert without.card.lit == 0 < lit.card.lit <= MOST_STOPS
    assert lit.image.shape == photo.image.shape
    skin, asked = skin_of(photo), stops(photo, edit)
    before = spread(asked - stops(photo, without.image), skin)
    after = spread(asked - stops(photo, lit.image), skin)
    assert after < 0.85 * before
    change = stops(photo, lit.image) - stops(photo, without.image)
    assert np.abs(change[skin]).max() <= MOST_STOPS + 0.02
    # Exposure and likeness stay, and so does the fine detail.
    assert abs(np.median(change[skin])) < 0.1
    assert lit.card.after > lit.card.usual - 0.004
    fine = [float(np.abs(each - blur(each, 2))[skin].mean()) for each in (without.image, lit.image)]
    assert abs(fine[1] / fine[0] - 1) < 0.15


def test_half_of_it_is_less(photo: Subject) -> None:
    own = measure_light(photo.image, photo.portrait.face).azimuth
    edit = lit_from(photo, -1 if own > 0 else 1)
    half, whole = kept(photo, edit, 0.5), kept(photo, edit, 1)
    assert half.card and whole.card and 0 < half.card.lit < whole.card.lit
    assert any("light of the edit" in line for line in whole.card.lines)


def test_where_the_light_is_the_same_or_the_backdrop_stays_nothing_is_lit(photo: Subject) -> None:
    edit = np.clip(photo.image * np.float32([0.94, 0.97, 1.0]), 0, 1)
    same, without = kept(photo, edit, 1), kept(photo, edit, 0)
    assert same.kept and same.card and same.card.lit < 0.1
    assert np.abs(same.image - without.image).mean() < 0.004
    stays = kept(photo, lit_from(photo, 1), 1, Keep.ALL_BUT_CLOTHES)
    assert stays.kept and stays.card and stays.card.lit == 0
