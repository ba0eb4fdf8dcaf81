"""Layers of real candidates: they make the picture again, and each does what its name says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from headshots.core.errors import InputError
from headshots.core.generation import GENERATORS, Candidate, Request, find_look, layers_of
from headshots.core.identity.identity import Identity
from headshots.core.images import from_u8, to_u8
from headshots.core.layers import Blend, Layer, blend, composite, laid, laid_exactly

# A light and a dark wall, strong light, and a grade that overlay can't reach.
LOOKS = ("clean-white", "executive", "dramatic", "monochrome")
NAMES = [
    *("Backdrop", "Subject", "Light: shadows", "Light: highlights"),
    *("Retouch: tone", "Retouch: texture", "Match to backdrop", "Colour"),
    *("Grain: lighter", "Grain: darker"),
]


@pytest.fixture(scope="module")
def candidates(sitter: Identity, astronaut: Identity) -> list[Candidate]:
    made: list[Candidate] = []
    for identity in (sitter, astronaut):
        looks = tuple(find_look(name) for name in LOOKS)
        request = Request(identity, looks, len(looks), 3, 384, keep_stages=True)
        made += GENERATORS.get("studio").generate(request)
    return made


@pytest.fixture(scope="module")
def layered(candidates: list[Candidate]) -> list[tuple[Candidate, dict[str, Layer]]]:
    return [(each, {layer.name: layer for layer in layers_of(each)}) for each in candidates]


def steps(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.int16]:
    """Difference in steps of 8 bits."""
    return to_u8(first).astype(np.int16) - to_u8(second)


def test_layers_make_the_picture_again(layered: list[tuple[Candidate, dict[str, Layer]]]) -> None:
    for candidate, made in layered:
        assert list(made) == NAMES
        assert np.abs(steps(composite(tuple(made.values())), candidate.image)).max() <= 1


def test_an_editor_that_does_not_round_between_layers_agrees(
    layered: list[tuple[Candidate, dict[str, Layer]]],
) -> None:
    for candidate, made in layered:
        picture = np.zeros_like(candidate.image)
        for layer in made.values():
            picture = laid_exactly(picture, layer)
        error = np.abs(255 * (picture - candidate.image))
        assert error.max() < 2.5 and np.quantile(error, 0.999) < 1.5


def test_the_subject_is_the_sitter_alone(
    layered: list[tuple[Candidate, dict[str, Layer]]],
) -> None:
    for candidate, made in layered:
        subject = made["Subject"]
        cover = from_u8(subject.coverage)
        assert (cover[candidate.matte == 0] == 0).all()
        assert cover[candidate.matte > 0.99].min() > 0.9
        own = candidate.stages["foreground"]
        edge = (cover > 0.1) & (cover < 0.9)
        tinge = (from_u8(subject.pixels) - own)[edge]
        assert np.abs(tinge).mean() < 0.03, "the backdrop is in the edges' colours"


def test_without_light_and_retouch_it_is_the_photo_before_the_wall(
    layered: list[tuple[Candidate, dict[str, Layer]]],
) -> None:
    for candidate, made in layered:
        inside = candidate.matte == 1
        flat = composite([made["Backdrop"], made["Subject"]])
        assert np.abs(flat - candidate.stages["foreground"])[inside].max() < 1.01 / 255
        lit = [made[name] for name in NAMES[:4]]
        error = np.abs(composite(lit) - candidate.stages["lit"])[inside]
        assert error.mean() < 1 / 255
        toned = [made[name] for name in NAMES[:6]]
        error = np.abs(composite(toned) - candidate.stages["relit"])[inside]
        assert error.mean() < 1.2 / 255


def test_shadows_darken_and_highlights_lighten(
    layered: list[tuple[Candidate, dict[str, Layer]]],
) -> None:
    for candidate, made in layered:
        below = laid(made["Backdrop"].pixels, made["Subject"])
        shaded = laid(below, made["Light: shadows"])
        lit = laid(shaded, made["Light: highlights"])
        assert (shaded <= below).all() and (lit >= shaded).all()
        off = candidate.matte == 0
        spilt = np.abs(lit[off].astype(int) - below[off])
        assert spilt.max() <= 1, "the light falls on the sitter alone"
        half = replace(made["Light: shadows"], opacity=0.5)
        between = laid(below, half).astype(int)
        assert (between >= shaded.astype(int) - 1).all() and (between <= below).all()


def test_retouch_is_grey_where_nothing_was_done(
    layered: list[tuple[Candidate, dict[str, Layer]]],
) -> None:
    for candidate, made in layered:
        for name in NAMES[4:6]:
            layer = made[name]
            assert 0 < (layer.coverage > 0).mean() < 0.3
            shown = layer.pixels[layer.coverage > 128]
            assert np.abs(shown.astype(int) - 128).mean() < 12
            assert (layer.coverage[candidate.matte == 0] > 0).mean() < 0.01


def test_grain_is_finer_than_the_picture(
    layered: list[tuple[Candidate, dict[str, Layer]]],
) -> None:
    for candidate, made in layered:
        grain = find_look(candidate.provenance.look).finish.grain
        lighter = made["Grain: lighter"].pixels.astype(np.float32)
        darker = made["Grain: darker"].pixels.astype(np.float32)
        noise = (lighter - darker).mean(-1)
        # Beside the grain only the rounding of the layers below, about one step, and no content.
        assert noise.std() < 255 * 1.6 * grain + 1
        wide = noise[: noise.shape[0] // 32 * 32, : noise.shape[1] // 32 * 32]
        blocks = wide.reshape(wide.shape[0] // 32, 32, -1, 32).mean((1, 3))
        assert np.abs(blocks).max() < 1.5


def test_the_backdrop_can_be_exchanged(
    layered: list[tuple[Candidate, dict[str, Layer]]],
) -> None:
    """Nothing of the old wall is left around the sitter, nor any tint of it on the new one."""
    for candidate, made in layered:
        off = candidate.matte == 0
        for value in (20, 128, 235):
            wall = np.full_like(made["Backdrop"].pixels, value)
            rest = [made[name] for name in NAMES[1:6]]
            picture = to_u8(composite([Layer("wall", wall), *rest]))
            assert (picture[off] == value).mean() > 0.98


def test_the_same_candidate_gives_the_same_layers(candidates: list[Candidate]) -> None:
    for one, two in zip(layers_of(candidates[0]), layers_of(candidates[0]), strict=True):
        assert one.pixels.tobytes() == two.pixels.tobytes()
        assert one.coverage.tobytes() == two.coverage.tobytes()


def test_a_candidate_without_stages_is_refused(candidates: list[Candidate]) -> None:
    with pytest.raises(InputError, match="keep_stages"):
        layers_of(replace(candidates[0], stages={}))


GREY = np.full((2, 3, 3), 128, np.uint8)


@pytest.mark.parametrize(
    "given_layers",
    [
        [],
        [Layer("a", GREY), Layer("b", GREY[:1])],
        [Layer("a", GREY.astype(np.float32))],  # type: ignore[arg-type]
        [Layer("a", GREY[..., 0])],
        [Layer("a", GREY[:0])],
        [Layer("a", GREY, mask=GREY)],
        [Layer("a", GREY, opacity=1.5)],
    ],
)
def test_layers_that_do_not_fit_are_named(given_layers: Sequence[Layer]) -> None:
    with pytest.raises(InputError):
        composite(given_layers)


@given(st.integers(0, 255), st.integers(0, 255), st.sampled_from(list(Blend)))
def test_blends_stay_in_range_and_have_a_neutral(below: int, above: int, mode: Blend) -> None:
    neutral = {
        Blend.MULTIPLY: 1.0,
        Blend.DODGE: 0.0,
        Blend.OVERLAY: 0.5,
        Blend.HARD_LIGHT: 0.5,
        Blend.PLUS: 0.0,
        Blend.DIFFERENCE: 0.0,
    }
    under, over = np.float32([below / 255]), np.float32([above / 255])
    assert 0 <= blend(under, over, mode)[0] <= 1 + 1e-6
    if mode in neutral:
        assert blend(under, np.float32([neutral[mode]]), mode)[0] == pytest.approx(under[0])
    else:
        assert blend(under, over, mode)[0] == over[0]
