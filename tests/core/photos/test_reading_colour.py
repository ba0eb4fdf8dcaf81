"""Colour: ICC profiles, CMYK, 16 bits, camera RAW, each against figures made independently."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from headshots.core.images import from_u8, to_srgb
from headshots.core.photos import icc, read_photo

from ...icc_profiles import expected_srgb, profile, to_xyz


def colours(levels=9):
    steps = np.linspace(0, 1, levels)
    return (
        np.stack(np.meshgrid(steps, steps, steps), -1).reshape(27, 27, 3).repeat(2, 0).repeat(2, 1)
    )


def encoded(picture, kind="PNG", **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


SPACES = [
    ("p3", 3, None),
    ("p3", "table", None),
    ("adobe", "gamma", 2.19921875),
    ("adobe", 0, 2.19921875),
]


@pytest.mark.parametrize(("space", "tone", "gamma"), SPACES)
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_wide_colours_are_converted(space, tone, gamma, kind):
    pixels = (colours() * 255 + 0.5).astype(np.uint8)
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encoded(Image.fromarray(pixels), kind, icc_profile=profile(space, tone), **options)
    expected = expected_srgb(pixels / 255, space, gamma)
    assert np.abs(read_photo(data).image - expected).max() < 2.5 / 255


@pytest.mark.parametrize(("space", "tone", "gamma"), [*SPACES, ("p3", 4, None)])
def test_deep_colours_are_converted_in_floats(space, tone, gamma):
    pixels = (colours() * 65535 + 0.5).astype(np.uint16)
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, pixels, photometric="rgb", iccprofile=profile(space, tone))
    expected = expected_srgb(pixels / 65535, space, gamma)
    assert (
        np.abs(read_photo(buffer.getvalue()).image - expected).max() < 1.5e-3
    )  # of an 8-bit step, 1/3


def test_grey_profile_is_applied():
    ramp = np.linspace(0, 1, 64)[None].repeat(64, 0)
    expected = to_srgb((ramp**2.19921875).astype(np.float32))
    data = encoded(
        Image.fromarray((ramp * 255 + 0.5).astype(np.uint8)), icc_profile=profile("grey", 0)
    )
    assert np.abs(read_photo(data).image[..., 1] - expected).max() < 3 / 255
    buffer = io.BytesIO()
    deep = (ramp * 65535 + 0.5).astype(np.uint16)
    tifffile.imwrite(buffer, deep, photometric="minisblack", iccprofile=profile("grey", 0))
    assert np.abs(read_photo(buffer.getvalue()).image[..., 2] - expected).max() < 1e-4


def test_srgb_profile_moves_nothing():
    pixels = (colours() * 255 + 0.5).astype(np.uint8)
    for embedded in (icc.srgb_profile(), profile("srgb", 3)):
        data = encoded(Image.fromarray(pixels), icc_profile=embedded)
        assert np.array_equal(read_photo(data).image, from_u8(pixels))


@given(st.binary(max_size=400), st.integers(0, 500), st.sampled_from(["p3", "grey"]))
def test_broken_profile_never_costs_the_photo(junk, place, space):
    broken = profile(space, 3)
    broken = broken[:place] + junk + broken[place + len(junk) :]
    pixels = (colours() * 255 + 0.5).astype(np.uint8)
    assert icc.convert_u8(pixels, broken).shape == pixels.shape
    assert icc.convert_u8(pixels[..., 0], broken).shape == pixels.shape
    deep = icc.convert_float(from_u8(pixels), broken)
    assert deep.shape == pixels.shape
    assert np.isfinite(deep).all()
    assert icc.convert_float(from_u8(pixels[..., 0]), broken).shape == pixels.shape


def test_cmyk_jpeg_of_adobe_programs_is_not_a_negative(photos):
    original = read_photo(photos / "astronaut.png").image
    picture = Image.open(photos / "astronaut.png").convert("RGB").convert("CMYK")
    data = encoded(picture, "JPEG", quality=95)
    assert b"Adobe" in data  # Pillow writes the marker and inverted samples, as Adobe's programs do
    assert np.abs(read_photo(data).image - original).mean() < 0.02
    assert np.abs(read_photo(data, longest=256).image.mean() - original.mean()) < 0.01


@pytest.mark.parametrize("shape", [(64, 64), (64, 64, 3), (64, 64, 4)])
@pytest.mark.parametrize("kind", [".png", ".tiff"])
def test_sixteen_bits_are_kept(shape, kind):
    samples = np.random.default_rng(0).integers(0, 65536, shape, np.uint16)
    if shape[-1] == 4:
        samples[..., 3] = 65535
    stored = (
        samples
        if len(shape) == 2
        else cv2.cvtColor(samples, cv2.COLOR_RGB2BGR if shape[2] == 3 else cv2.COLOR_RGBA2BGRA)
    )
    photo = read_photo(cv2.imencode(kind, stored)[1].tobytes())
    expected = samples[..., :3] if len(shape) == 3 else samples[..., None].repeat(3, 2)
    assert np.array_equal(photo.image, expected.astype(np.float32) / np.float32(65535))


@pytest.mark.parametrize("extra", ["assocalpha", "unassalpha"])
def test_deep_transparency_is_laid_over_white(extra):
    alpha = np.linspace(0, 1, 64)[None, :, None].repeat(64, 0)
    colour = np.full((64, 64, 3), 0.25) * (alpha if extra == "assocalpha" else 1)
    samples = (np.concatenate([colour, alpha], 2) * 65535 + 0.5).astype(np.uint16)
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, samples, photometric="rgb", extrasamples=[extra], byteorder=">")
    expected = (0.25 * alpha + 1 - alpha).repeat(3, 2)
    assert np.abs(read_photo(buffer.getvalue()).image - expected).max() < 1e-4


def dng(pixels):
    """A small uncompressed DNG: a Bayer mosaic of `pixels`, sensor colours = sRGB (DNG 1.4)."""
    mosaic = np.empty(pixels.shape[:2], np.uint16)
    for y, x, channel in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 2)):
        mosaic[y::2, x::2] = pixels[y::2, x::2, channel]
    xyz_to_rgb = np.linalg.inv(to_xyz("srgb"))
    rational = [int(v) for entry in xyz_to_rgb.ravel() for v in (round(entry * 10000), 10000)]
    tags = [
        (271, "s", 0, "Test", True),
        (272, "s", 0, "Test Bayer", True),
        (33421, "H", 2, (2, 2), True),
        (33422, "B", 4, (0, 1, 1, 2), True),
        (50706, "B", 4, (1, 4, 0, 0), True),
        (50708, "s", 0, "Test Bayer", True),
        (50714, "H", 1, 0, True),
        (50717, "I", 1, 65535, True),
        (50721, "2i", 9, rational, True),
        (50728, "2I", 3, (1, 1, 1, 1, 1, 1), True),
        (50778, "H", 1, 21, True),
    ]  # fmt: skip
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, mosaic, photometric="cfa", extratags=tags)
    return buffer.getvalue()


@pytest.mark.parametrize("longest", [None, 100])
def test_dng(longest):
    pytest.importorskip("rawpy")
    y, x = np.mgrid[0:1:200j, 0:1:300j]
    linear = np.stack([x, y, 0.5 + 0 * x], -1)
    photo = read_photo(dng((linear * 65535).astype(np.uint16)), longest=longest)
    assert photo.format == "raw"
    assert photo.camera == "Test Bayer"
    assert photo.height / photo.width == pytest.approx(2 / 3, abs=0.05)
    inner = photo.image[10:-10, 10:-10]
    # LibRaw crops a few border pixels and may lift the exposure: compare the picture's course.
    assert np.all(np.diff(inner[:, :, 0].mean(0)) > -0.01)
    assert np.all(np.diff(inner[:, :, 1].mean(1)) > -0.01)
    assert inner[..., 2].std() < 0.05
    assert longest is None or max(photo.image.shape) == longest
