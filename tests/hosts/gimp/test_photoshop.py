"""A Photoshop file of ours in a real GIMP: its layers, their masks and places, and the picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from headshots.core.delivery.photoshop import encode_photoshop
from headshots.core.generation import GENERATORS, Request, find_look, layers_of
from headshots.core.identity.identity import Identity
from headshots.core.images import to_u8
from headshots.core.layers import Blend

from .console import console, lay_out, samples
from .prepare import Gimp

# What GIMP calls the modes. Photoshop's "linear dodge" it calls an addition.
MODES = {
    Blend.NORMAL: "normal",
    Blend.MULTIPLY: "multiply",
    Blend.DODGE: "dodge",
    Blend.OVERLAY: "overlay",
    Blend.HARD_LIGHT: "hardlight",
    Blend.PLUS: "addition",
    Blend.DIFFERENCE: "difference",
}


def test_gimp_reads_layers_masks_and_places(
    gimp: Gimp, sitter: Identity, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    request = Request(sitter, (find_look("executive"),), 1, 3, 320, keep_stages=True)
    candidate = next(iter(GENERATORS.get("studio").generate(request)))
    layers = layers_of(candidate)
    file, pixels = tmp_path / "a.psd", tmp_path / "pixels"
    pixels.mkdir()
    file.write_bytes(encode_photoshop(layers, candidate.image))
    profile = lay_out(tmp_path_factory.mktemp("gimp") / "profile", gimp.version())
    with console(gimp, profile) as running:
        told = running.ask("describe", xcf=file, pixels=pixels)
        shown = running.ask("native", xcf=file, pixels=pixels)["shown"]
    rows, columns = candidate.image.shape[:2]
    assert (told["height"], told["width"]) == (rows, columns)
    read = list(reversed(told["layers"]))
    assert [each["name"] for each in read] == [layer.name for layer in layers]
    for each, layer in zip(read, layers, strict=True):
        (left, top), (width, height) = each["offsets"], each["size"]
        assert each["mode"].removesuffix("-legacy") == MODES[layer.blend]
        part = np.s_[top : top + height, left : left + width]
        assert (each["mask"] is None) == (layer.mask is None)
        if layer.mask is not None:
            assert np.array_equal(samples(each["mask"]), layer.mask[part])
            outside = layer.coverage.copy()
            outside[part] = 0
            assert not outside.any()
        assert np.array_equal(samples(each["samples"])[..., :3], layer.pixels[part])
    merged = samples(shown)[..., :3].astype(int)
    apart = np.abs(merged - to_u8(candidate.image))
    assert (apart <= 2).mean() > 0.99, apart.max()
