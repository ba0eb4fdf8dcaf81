"""OpenRaster files, read by a small reader of their own that follows the specification."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageCms

from headshots.core.delivery.formats import deliver
from headshots.core.delivery.openraster import encode_openraster
from headshots.core.errors import InputError
from headshots.core.generation import GENERATORS, Candidate, Request, find_look, layers_of
from headshots.core.identity.identity import Identity
from headshots.core.images import Box, to_u8
from headshots.core.layers import Blend, Layer, composite
from headshots.core.provenance import Retouched

from ...histories import generated, pictured

Picture = NDArray[np.float64]


class OpenRaster:
    """A file as the specification reads it: members, attributes, W3C's compositing with alpha."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.file = zipfile.ZipFile(io.BytesIO(data))
        assert self.file.testzip() is None
        first = self.file.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert first.header_offset == 0 and not first.extra
        # A file's kind is told by these bytes at this place.
        assert data[30:54] == b"mimetypeimage/openraster"
        self.root = ElementTree.fromstring(self.file.read("stack.xml"))
        assert self.root.tag == "image" and self.root.attrib["version"].startswith("0.0.")
        self.width, self.height = int(self.root.attrib["w"]), int(self.root.attrib["h"])
        (self.stack,) = self.root
        assert self.stack.tag == "stack"

    def png(self, name: str) -> Pillow.Image:
        data = self.file.read(name)
        assert data[28] == 0, "interlaced"  # IHDR's last byte
        picture = Pillow.open(io.BytesIO(data))
        profile = ImageCms.ImageCmsProfile(io.BytesIO(picture.info["icc_profile"]))
        assert "srgb" in ImageCms.getProfileDescription(profile).lower()
        return picture

    def layers(self) -> Iterator[tuple[str, str, NDArray[np.float64]]]:
        """Name, composite-op and full-size RGBA 0..1 of each layer, bottom to top."""
        for layer in reversed(self.stack):
            attributes = layer.attrib
            assert layer.tag == "layer" and attributes["visibility"] == "visible"
            source = self.png(attributes["src"]).convert("RGBA")
            canvas = Pillow.new("RGBA", (self.width, self.height), (0, 0, 0, 0))
            canvas.paste(source, (int(attributes["x"]), int(attributes["y"])))
            rgba = np.asarray(canvas, np.float64) / 255
            rgba[..., 3] *= float(attributes["opacity"])
            yield attributes["name"], attributes["composite-op"], rgba

    def rendered(self) -> Picture:
        """Over black, each layer rounded to 8 bits."""
        below = np.zeros((self.height, self.width, 3))
        for _, mode, rgba in self.layers():
            source, alpha = rgba[..., :3], rgba[..., 3:]
            if mode == "svg:plus":
                mixed = np.minimum(alpha * source + below, 1)
            else:
                mixed = (1 - alpha) * below + alpha * FUNCTIONS[mode](below, source)
            below = np.floor(mixed * 255 + 0.5) / 255
        return below


def hard_light(below: Picture, source: Picture) -> Picture:
    screen = below + (2 * source - 1) - below * (2 * source - 1)
    return np.where(source <= 0.5, below * 2 * source, screen)


def dodge(below: Picture, source: Picture) -> Picture:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(
            below == 0, 0, np.where(source == 1, 1, np.minimum(1, below / (1 - source)))
        )


FUNCTIONS: dict[str, Any] = {
    "svg:src-over": lambda below, source: source,
    "svg:multiply": lambda below, source: below * source,
    "svg:color-dodge": dodge,
    "svg:overlay": lambda below, source: hard_light(source, below),
    "svg:hard-light": hard_light,
    "svg:difference": lambda below, source: np.abs(below - source),
}


@pytest.fixture(scope="module")
def candidate(sitter: Identity) -> Candidate:
    request = Request(sitter, (find_look("executive"),), 1, 3, 320, keep_stages=True)
    return next(iter(GENERATORS.get("studio").generate(request)))


@pytest.fixture(scope="module")
def layers(candidate: Candidate) -> tuple[Layer, ...]:
    return layers_of(candidate)


def steps(picture: Picture, image: NDArray[np.float32]) -> int:
    return int(np.abs(np.rint(picture * 255) - to_u8(image)).max())


def test_a_reader_sees_the_picture(candidate: Candidate, layers: tuple[Layer, ...]) -> None:
    read = OpenRaster(encode_openraster(layers, candidate.image, dpi=240))
    assert (read.height, read.width) == candidate.image.shape[:2]
    assert (read.root.attrib["xres"], read.root.attrib["yres"]) == ("240", "240")
    assert [name for name, _, _ in read.layers()] == [layer.name for layer in layers]
    assert steps(read.rendered(), candidate.image) <= 1
    merged = np.asarray(read.png("mergedimage.png").convert("RGB")) / 255
    assert steps(merged, candidate.image) == 0
    thumbnail = read.png("Thumbnails/thumbnail.png")
    assert max(thumbnail.size) == 256
    assert thumbnail.size[0] / thumbnail.size[1] == pytest.approx(read.width / read.height, 0.01)


def test_masks_become_alpha_and_hidden_pixels_are_not_kept(
    candidate: Candidate, layers: tuple[Layer, ...]
) -> None:
    read = OpenRaster(encode_openraster(layers, candidate.image))
    for layer, (_, _, rgba) in zip(layers, read.layers(), strict=True):
        assert np.array_equal(np.rint(rgba[..., 3] * 255), layer.coverage)
        assert not rgba[rgba[..., 3] == 0].any()


def test_the_same_layers_give_the_same_bytes(
    candidate: Candidate, layers: tuple[Layer, ...]
) -> None:
    one, two = (encode_openraster(layers, candidate.image) for _ in range(2))
    assert one == two


def test_layers_of_another_picture_are_refused(
    candidate: Candidate, layers: tuple[Layer, ...]
) -> None:
    for image in (candidate.image[::-1].copy(), candidate.image[1:], candidate.image * 0.98):
        with pytest.raises(InputError, match="not those of the picture"):
            encode_openraster(layers, np.asarray(image, np.float32))


@settings(max_examples=40)
@given(
    name=st.text(max_size=20),
    width=st.integers(1, 300),
    height=st.integers(1, 40),
    opacity=st.floats(0, 1),
    mode=st.sampled_from(list(Blend)),
    seed=st.integers(0, 99),
)
def test_any_name_size_and_opacity(
    name: str, width: int, height: int, opacity: float, mode: Blend, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    base = rng.integers(0, 256, (height, width, 3), np.uint8)
    mask = rng.integers(0, 256, (height, width), np.uint8) * rng.integers(
        0, 2, (height, width), np.uint8
    )
    stack = [
        Layer(name, base),
        Layer("a", base[::-1], mask, mode, opacity),
        Layer("hidden", base, np.zeros_like(mask)),
    ]
    picture = composite(stack)
    read = OpenRaster(encode_openraster(stack, picture))
    assert steps(read.rendered(), picture) <= 1
    said = [each for each, _, _ in read.layers()]
    assert len(said) == 3 and len(said[0]) == len(name)
    if name.isprintable():
        assert said[0] == name


def test_a_delivery_says_what_it_is_and_is_whole(
    candidate: Candidate, layers: tuple[Layer, ...], tmp_path: Path
) -> None:
    picture = replace(generated(candidate, "Ada"), layers=layers)
    done = deliver(picture, folder=tmp_path, format="ora", recipe="{}")
    assert done.path == tmp_path / "Ada.ora" and not done.note
    assert [path.name for path in tmp_path.iterdir()] == ["Ada.ora"]
    read = OpenRaster(done.path.read_bytes())
    xmp = read.png("mergedimage.png").info["XML:com.adobe.xmp"]
    assert candidate.provenance.source_type in xmp


def test_a_size_crops_the_layers(
    candidate: Candidate, layers: tuple[Layer, ...], tmp_path: Path
) -> None:
    picture = pictured(candidate.image, name="Ada", matte=candidate.matte, layers=layers)
    done = deliver(picture, folder=tmp_path, size="linkedin", format="ora")
    assert done.path.name == "Ada-linkedin.ora"
    assert "keep their own pixels" in done.note and done.enlarged == 1
    read = OpenRaster(done.path.read_bytes())
    assert (read.width, read.height) == (done.box.width, done.box.height)
    assert steps(read.rendered(), np.ascontiguousarray(done.box.cut(candidate.image))) <= 1


def test_a_picture_without_layers_is_named(
    candidate: Candidate, layers: tuple[Layer, ...], tmp_path: Path
) -> None:
    plain = generated(candidate, "Ada")
    layered = replace(plain, layers=layers)
    edited = layered.edited(Retouched(skin=0.5), candidate.image)
    for picture in (plain, edited):  # an edit is in no layer
        with pytest.raises(InputError, match=r"'Ada' has no layers.*--format ora"):
            deliver(picture, folder=tmp_path, format="ora")
    assert not list(tmp_path.iterdir())


def test_a_part_of_a_layer_is_a_layer() -> None:
    pixels = np.arange(5 * 4 * 3, dtype=np.uint8).reshape(5, 4, 3)
    layer = Layer("a", pixels, pixels[..., 0], Blend.PLUS, 0.5)
    part = layer.cut(Box(1, 2, 4, 4))
    assert part.pixels.shape == (2, 3, 3) and part.blend == Blend.PLUS and part.opacity == 0.5
    assert np.array_equal(part.coverage, layer.coverage[2:4, 1:4])
    assert replace(layer, mask=None).cut(Box(0, 0, 1, 1)).mask is None
