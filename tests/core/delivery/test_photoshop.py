"""Photoshop files, read by psd-tools and by ImageMagick."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from psd_tools import PSDImage
from psd_tools.constants import Resource

from headshots.core.delivery.formats import deliver
from headshots.core.delivery.photoshop import encode_photoshop
from headshots.core.delivery.xmp import build_xmp, read_xmp
from headshots.core.errors import InputError
from headshots.core.generation import GENERATORS, Candidate, Request, find_look, layers_of
from headshots.core.identity.identity import Identity
from headshots.core.images import to_u8
from headshots.core.layers import Blend, Layer, composite
from headshots.core.photos.icc import srgb_profile

from ...histories import pictured
from ...hosts.debian import imagemagick


@pytest.fixture(scope="module")
def candidate(sitter: Identity) -> Candidate:
    request = Request(sitter, (find_look("executive"),), 1, 3, 320, keep_stages=True)
    return next(iter(GENERATORS.get("studio").generate(request)))


@pytest.fixture(scope="module")
def layers(candidate: Candidate) -> tuple[Layer, ...]:
    return layers_of(candidate)


def read(data: bytes) -> list[Layer]:
    """The layers of a file as psd-tools reads it, bottom to top."""
    file = PSDImage.open(io.BytesIO(data))
    modes = {"lineardodge": "plus", "colordodge": "color-dodge", "hardlight": "hard-light"}
    found: list[Layer] = []
    for each in file:
        pixels, mask = np.zeros((file.height, file.width, 3), np.uint8), None
        part = np.s_[each.top : each.bottom, each.left : each.right]
        pixels[part] = np.asarray(each.topil().convert("RGB"))
        if each.has_mask():
            mask = np.zeros((file.height, file.width), np.uint8)
            assert each.mask is not None and each.mask.bbox == each.bbox
            mask[part] = np.asarray(each.mask.topil())
        elif each.bbox != (0, 0, file.width, file.height):
            mask = np.zeros((file.height, file.width), np.uint8)
            mask[part] = 255
        word = each.blend_mode.name.lower().replace("_", "")
        mode = Blend("src-over" if word == "normal" else modes.get(word, word))
        found.append(Layer(each.name, pixels, mask, mode, each.opacity / 255))
    return found


def test_its_layers_make_the_picture(candidate: Candidate, layers: tuple[Layer, ...]) -> None:
    xmp = build_xmp(None, provenance=candidate.provenance)
    data = encode_photoshop(layers, candidate.image, xmp=xmp, dpi=240)
    made = read(data)
    assert [each.name for each in made] == [each.name for each in layers]
    assert [each.blend for each in made] == [each.blend for each in layers]
    assert [each.mask is None for each in made] == [each.mask is None for each in layers]
    steps = to_u8(composite(made)).astype(int) - to_u8(candidate.image)
    assert np.abs(steps).max() <= 1
    file = PSDImage.open(io.BytesIO(data))
    assert file.image_resources.get_data(Resource.ICC_PROFILE) == srgb_profile()
    assert read_xmp(data)["source_type"] == "compositeSynthetic"
    assert data == encode_photoshop(layers, candidate.image, xmp=xmp, dpi=240)


def test_imagemagick_sees_the_flat_picture(
    candidate: Candidate, layers: tuple[Layer, ...], tmp_path: Path
) -> None:
    path, flat = tmp_path / "a.psd", tmp_path / "flat.png"
    path.write_bytes(encode_photoshop(layers, candidate.image))
    subprocess.run([*imagemagick("convert"), f"{path}[0]", str(flat)], check=True)
    assert np.array_equal(np.asarray(Pillow.open(flat).convert("RGB")), to_u8(candidate.image))
    asked = [*imagemagick("identify"), "-format", "%wx%h %X %Y\n", str(path)]
    told = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.splitlines()
    assert len(told) == 1 + len(layers)


def test_it_is_delivered_and_its_note_says_what_it_lacks(
    candidate: Candidate, layers: tuple[Layer, ...], home: Path
) -> None:
    picture = pictured(candidate.image, provenance=candidate.provenance, layers=layers)
    delivery = deliver(picture, folder=home, format="psd")
    assert delivery.path.suffix == ".psd" and "no signed credentials" in delivery.note
    assert len(read(delivery.path.read_bytes())) == len(layers)
    with pytest.raises(InputError, match="no layers"):
        deliver(pictured(candidate.image), folder=home, format="psd")


@settings(max_examples=25, deadline=None)
@given(
    name=st.text(max_size=20),
    width=st.integers(1, 200),
    height=st.integers(1, 40),
    opacity=st.integers(0, 255),
    mode=st.sampled_from(list(Blend)),
    seed=st.integers(0, 99),
)
def test_any_layers_come_back(
    name: str, width: int, height: int, opacity: int, mode: Blend, seed: int
) -> None:
    noise = np.random.default_rng(seed)
    below = Layer("below", noise.integers(0, 256, (height, width, 3), np.uint8))
    mask = noise.integers(0, 256, (height, width), np.uint8)
    mask[: height // 3] = 0
    pixels = noise.integers(0, 256, (height, width, 3), np.uint8)
    above = Layer(name, pixels, mask, mode, opacity / 255)
    image = composite([below, above])
    _, made = read(encode_photoshop([below, above], image))
    assert made.blend is mode and made.opacity == pytest.approx(above.opacity)
    assert np.array_equal(made.coverage, above.coverage)
    shown = above.coverage > 0
    assert np.array_equal(made.pixels[shown], pixels[shown])
