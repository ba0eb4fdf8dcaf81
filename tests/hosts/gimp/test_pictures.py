"""Pictures of every kind that GIMP holds, selections, and a picture of 88 million pixels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from headshots.core.images import to_linear
from headshots.core.keeping.colours import ciede2000

from ...core.photos.test_reading_colour import profile
from .console import Console, samples

Perform = Callable[..., dict[str, Any]]
SMALL = [400, 500]
RETOUCH = dict.fromkeys(("skin", "blemishes", "shine", "under_eyes", "eyes", "teeth"), 1.0)


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    """A file with the profile of Display P3."""
    path = tmp_path / "wide.icc"
    path.write_bytes(profile("p3", "table"))
    return path


@pytest.fixture(scope="module")
def plain(perform: Perform, inside: Console, photos: Path, tmp_path_factory: Any) -> Any:
    """What a retouch gives of the picture as it is: (source, result)."""
    told = perform("retouch", picture=photos / "obama.jpg", scale=SMALL, options=RETOUCH)
    layer, source = inside.ask(
        "describe", xcf=told["xcf"], pixels=tmp_path_factory.mktemp("plain")
    )["layers"]
    return samples(source["samples"])[..., :3], samples(layer["samples"])[..., :3]


@pytest.mark.parametrize("precision", ["u16", "u32", "half", "float"])
def test_deep_pictures_give_what_8_bits_give(
    precision: str, perform: Perform, inside: Console, photos: Path, plain: Any, tmp_path: Path
) -> None:
    told = perform(
        "retouch",
        picture=photos / "obama.jpg",
        scale=SMALL,
        precision=precision,
        options=RETOUCH,
    )
    layer, source = inside.ask("describe", xcf=told["xcf"], pixels=tmp_path)["layers"]
    before, after = plain
    assert np.abs(samples(source["samples"])[..., :3].astype(int) - before).max() <= 1
    apart = np.abs(samples(layer["samples"])[..., :3].astype(int) - after)
    assert np.percentile(apart, 99.9) <= 2 and apart.max() <= 5  # of a smoother gradient


@pytest.mark.parametrize("entry", ["retouch", "refine", "relight"])
def test_what_an_edit_leaves_alone_stays_to_the_bit(
    entry: str,
    perform: Perform,
    inside: Console,
    ada: str,
    photos: Path,
    wide: Path,
    tmp_path: Path,
) -> None:
    """In 16 bits and a profile wider than sRGB; more than 8 bits come back where it was changed."""
    options = {"retouch": RETOUCH, "refine": {"strength": 0.8}, "relight": {"pattern": "rembrandt"}}

    def edited(precision: str) -> dict[str, Any]:
        picture = {"picture": photos / "obama.jpg", "scale": SMALL, "profile": wide}
        asked = {**picture, "sitter": ada, "precision": precision, "options": options[entry]}
        return _native(inside, perform(entry, **asked), tmp_path / precision)

    layers = edited("u16")
    below, after = (_deep(layers[name]) for name in ("below", "shown"))
    assert below.shape == after.shape and len(np.unique(below)) > 256
    same = samples(layers["mask"]) == 0
    assert 0.05 < same.mean() < 0.99
    assert np.array_equal(below[same], after[same])
    apart = np.abs(after[~same].astype(int) - below[~same])
    assert 0 < np.median(apart.max(axis=1)) < 15000
    assert len(np.unique(after[~same])) > 1000, "the changed pixels have 16 bits, too"
    exact = _deep(edited("float")["shown"], np.float32)
    apart = ciede2000(_lab(after / 65535), _lab(exact))
    assert np.quantile(apart, 0.999) < 0.5, (np.quantile(apart, 0.999), apart.max())


def test_an_enlarged_deep_picture_is_as_exact(
    perform: Perform, inside: Console, ada: str, photos: Path, wide: Path, tmp_path: Path
) -> None:
    """In 16 bits and a profile wider than sRGB."""

    def enlarged(precision: str, kind: type[np.generic]) -> Any:
        picture = {"picture": photos / "obama.jpg", "scale": SMALL, "profile": wide}
        asked = {**picture, "sitter": ada, "precision": precision}
        told = perform("refine", options={"refiner": "upscale"}, **asked)
        return _deep(_native(inside, told, tmp_path / precision)["shown"], kind)

    deep, exact = enlarged("u16", np.uint16), enlarged("float", np.float32)
    assert len(np.unique(deep)) > 1000
    apart = ciede2000(_lab(deep / 65535), _lab(exact))
    assert np.quantile(apart, 0.999) < 0.5, (np.quantile(apart, 0.999), apart.max())


@pytest.mark.parametrize("entry", ["replace-backdrop", "keep-sitter", "run-recipe"])
def test_a_new_picture_keeps_the_layers_own_pixels_where_they_are_unchanged(
    entry: str, perform: Perform, inside: Console, photos: Path, tmp_path: Path
) -> None:
    """In 16 bits and a profile wider than sRGB, also where its colours lie beyond sRGB."""
    photo = cv2.resize(cv2.imread(str(photos / "obama.jpg")), SMALL)
    for corner in ((190, 400), (4, 4)):  # reds beyond sRGB, on the jacket and on the wall
        cv2.rectangle(photo, corner, (corner[0] + 60, corner[1] + 50), (20, 20, 250), -1)
    suit = photo.copy()
    suit[300:] = (suit[300:] * 0.8).astype(np.uint8)
    for name, each in (("photo", photo), ("suit", suit)):
        held = Pillow.fromarray(cv2.cvtColor(each, cv2.COLOR_BGR2RGB))
        held.save(tmp_path / f"{name}.png", icc_profile=profile("p3", "table"))
    own: dict[str, dict[str, Any]] = {
        "replace-backdrop": {"options": {"backdrop": "grey"}},
        "keep-sitter": {
            "above": {"picture": tmp_path / "suit.png"},
            "options": {"keep": "everything but clothes"},
        },
        "run-recipe": {"options": {"recipe": _backdrop_recipe(), "pictures": "Pictures"}},
    }

    def edited(precision: str) -> dict[str, Any]:
        asked = {"picture": tmp_path / "photo.png", "precision": precision, **own[entry]}
        return _native(inside, perform(entry, **asked), tmp_path / precision)

    layers = edited("u16")
    below, after = (_deep(layers[name]) for name in ("below", "shown"))
    same = (below == after).all(axis=2)
    assert 0.1 < same.mean() < 0.9, same.mean()
    assert (_lowest_of_srgb(below[same] / 65535) < 0).mean() > 0.01, "nothing is beyond sRGB"
    exact = _deep(edited("float")["shown"], np.float32)
    apart = ciede2000(_lab(after / 65535), _lab(exact))
    assert np.quantile(apart, 0.999) < 0.5, (np.quantile(apart, 0.999), apart.max())


def _backdrop_recipe() -> dict[str, Any]:
    """A recipe as somebody's own, which sets a picture before grey."""
    inputs = {"pictures": ["1", 0], "backdrop": "grey"}
    return {
        "1": {
            "class_type": "HeadshotsReadPictures",
            "inputs": {"paths": ""},
            "_meta": {"title": "Pictures"},
        },
        "2": {"class_type": "HeadshotsReplaceBackdrop", "inputs": inputs},
        "3": {"class_type": "HeadshotsShowScores", "inputs": {"pictures": ["2", 0]}},
    }


def _native(inside: Console, told: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The layers of what an entry made, in the image's own format, written into a new folder."""
    folder.mkdir()
    return inside.ask("native", xcf=told["xcf"], pixels=folder)


def _lowest_of_srgb(p3: Any) -> Any:
    """The lowest linear sRGB sample of each pixel of Display P3; below 0 it is beyond sRGB."""
    linear = to_linear(np.clip(p3, 0, 1).astype(np.float32))
    to_srgb = [[1.2249, -0.2249, 0.0], [-0.0421, 1.0421, 0.0], [-0.0196, -0.0786, 1.0982]]
    return (linear @ np.array(to_srgb).T).min(axis=-1) + 1e-4


def _deep(told: list[Any], kind: type[np.generic] = np.uint16) -> Any:
    """RGB (H, W, 3) of what inside.py wrote in the image's own format."""
    path, height, width, size = told
    read = np.frombuffer(Path(path).read_bytes(), kind)
    return read.reshape(height, width, size // np.dtype(kind).itemsize)[..., :3]


def _lab(p3: Any) -> Any:
    """CIE L*a*b* (D65) of Display P3, whose curve is that of sRGB; SMPTE EG 432-1."""
    linear = to_linear(np.clip(p3, 0, 1).astype(np.float32))
    to_xyz = [[0.4865709, 0.2656677, 0.1982173], [0.2289746, 0.6917385, 0.0792869]]
    to_xyz.append([0.0, 0.0451134, 1.0439444])
    xyz = linear @ np.array(to_xyz).T / (0.95047, 1.0, 1.08883)
    root = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def test_a_gray_picture_stays_gray(
    perform: Perform, inside: Console, photos: Path, tmp_path: Path
) -> None:
    told = perform(
        "retouch", picture=photos / "obama.jpg", scale=SMALL, mode="GRAY", options=RETOUCH
    )
    layer, source = inside.ask("describe", xcf=told["xcf"], pixels=tmp_path)["layers"]
    before, after = (samples(each["samples"])[..., :3].astype(int) for each in (source, layer))
    assert np.ptp(after, axis=2).max() == 0
    assert 0.05 < np.abs(after - before).mean() < 4


def test_an_indexed_picture_is_worked_on_in_its_own_colours(
    perform: Perform, inside: Console, photos: Path, tmp_path: Path
) -> None:
    told = perform(
        "retouch", picture=photos / "obama.jpg", scale=SMALL, mode="INDEXED", options=RETOUCH
    )
    layer, source = inside.ask("describe", xcf=told["xcf"], pixels=tmp_path)["layers"]
    before, after = (samples(each["samples"])[..., :3] for each in (source, layer))
    assert len(np.unique(after.reshape(-1, 3), axis=0)) <= 256
    assert np.abs(after.astype(int) - before).mean() < 6
    assert "palette" in told["report"]


def test_a_transparent_layer_keeps_its_transparency(
    perform: Perform, inside: Console, photos: Path, tmp_path: Path
) -> None:
    told = perform(
        "retouch",
        picture=photos / "obama.jpg",
        scale=SMALL,
        cut=[0, 0, 400, 40],
        options=RETOUCH,
    )
    layer, _ = inside.ask("describe", xcf=told["xcf"], pixels=tmp_path)["layers"]
    alpha = samples(layer["samples"])[..., 3]
    assert (alpha[:40] == 0).all() and (alpha[40:] == 255).all()


def test_headshots_for_a_picture_without_colours_come_in_an_image_of_their_own(
    perform: Perform, ada: str, photos: Path
) -> None:
    told = perform(
        "make",
        sitter=ada,
        picture=photos / "obama.jpg",
        mode="GRAY",
        options={"width": 256, "count": 1},
    )
    assert len(told["layers"]) == 1  # the picture that was open is as it was
    assert "image of its own" in told["report"]
    ((group,),) = told["left"]
    assert group == told["report"].splitlines()[0]


def test_a_selection_bounds_what_is_looked_at_and_what_changes(
    perform: Perform, inside: Console, photos: Path, tmp_path: Path
) -> None:
    face = [310, 40, 340, 420]  # of 910x1137
    told = perform("retouch", picture=photos / "obama.jpg", select=face, options=RETOUCH)
    layer, source = inside.ask("describe", xcf=told["xcf"], pixels=tmp_path)["layers"]
    x, y = layer["offsets"]
    width, height = layer["size"]
    assert (x, y, width, height) == (310 - 85, 0, 340 + 170, 40 + 420 + 105)
    mask = samples(layer["mask"])
    expected = np.zeros((height, width), np.uint8)
    expected[40 : 40 + 420, 85 : 85 + 340] = 255
    original = samples(source["samples"])[y : y + height, x : x + width, :3]
    changed = (samples(layer["samples"])[..., :3] != original).any(axis=2)
    assert not mask[expected == 0].any()
    assert mask[changed & (expected > 0)].all() and (mask == 0)[expected > 0].mean() > 0.05
    assert changed[expected > 0].mean() > 0.02


def test_masks_come_as_channels(
    perform: Perform, inside: Console, photos: Path, tmp_path: Path
) -> None:
    told = perform("masks", picture=photos / "obama.jpg", scale=SMALL)
    image = inside.ask("describe", xcf=told["xcf"], pixels=tmp_path)
    assert len(image["layers"]) == 1  # the picture is as it was
    masks = {name: samples(each).astype(int) for name, each in image["channels"].items()}
    assert list(masks) == ["Hair", "Skin", "Clothes", "Background"]
    assert all(mask.shape == (500, 400) for mask in masks.values())
    assert masks["Background"][5, 5] > 240 and masks["Clothes"][480, 200] > 200
    assert masks["Skin"][130:200, 180:230].mean() > 200  # the middle of the face
    whole = sum(masks.values())
    assert whole.max() <= 257  # what they lack is something else that is worn, as a tie pin
    assert np.median(whole) > 245 and (whole > 215).mean() > 0.95
    assert "clothes" in told["report"]


def test_masks_of_a_layer_lie_where_it_lies(
    perform: Perform, inside: Console, photos: Path, tmp_path: Path
) -> None:
    told = perform("masks", picture=photos / "obama.jpg", scale=SMALL, moved=[30, 20], mode="GRAY")
    masks = inside.ask("describe", xcf=told["xcf"], pixels=tmp_path)["channels"]
    background = samples(masks["Background"])
    assert background.shape == (500, 400)
    assert (background[:20] == 0).all() and (background[:, :30] == 0).all()  # beside the layer
    assert background[25:60, 35:60].mean() > 200


def test_a_layer_without_a_face_has_no_masks(inside: Console, photos: Path) -> None:
    told = inside.ask(
        "perform", procedure="headshots-masks", picture=photos / "obama.jpg", cut=[0, 0, 910, 600]
    )
    assert told["status"] == "execution-error"
    assert "no face" in told["error"]


def test_a_selection_beside_the_layer_is_refused(inside: Console, photos: Path) -> None:
    told = inside.ask(
        "perform",
        procedure="headshots-retouch",
        picture=photos / "obama.jpg",
        moved=[600, 0],
        select=[10, 10, 200, 200],
    )
    assert told["status"] == "execution-error"
    assert "outside of the layer" in told["error"]


def test_a_huge_picture_is_looked_at_in_a_smaller_size(
    perform: Perform, ada: str, photos: Path
) -> None:
    huge = {"picture": photos / "obama.jpg", "scale": [8400, 10496]}  # 88 million pixels
    told = perform("score", sitter=ada, **huge, save=None)
    assert "likeness 0.9" in told["report"]


def test_a_huge_picture_is_edited_in_a_smaller_size_and_comes_in_its_own(
    perform: Perform, inside: Console, photos: Path, plain: Any, tmp_path: Path
) -> None:
    huge = {"picture": photos / "obama.jpg", "scale": SMALL, "canvas": [9000, 500]}
    told = perform("retouch", options=RETOUCH, **huge)
    assert "worked on at 8192x455" in told["report"]
    layer, source = inside.ask("describe", xcf=told["xcf"], pixels=tmp_path)["layers"]
    assert (layer["size"], layer["offsets"]) == ([9000, 500], [0, 0])
    before, after = (samples(each["samples"])[..., :3] for each in (source, layer))
    # What the retouch of the photo alone changes most, and next to nothing elsewhere.
    retouched = np.abs(plain[1].astype(int) - plain[0]).max(axis=2) > 8
    changed = np.abs(after.astype(int) - before).mean(axis=2)
    assert np.abs(after[:, :400][retouched].astype(int) - plain[1][retouched]).mean() < 8
    assert changed[:, 420:].max() <= 1


def test_profiles_are_converted_from(
    perform: Perform,
    inside: Console,
    photos: Path,
    plain: Any,
    tmp_path: Path,
) -> None:
    wide = tmp_path / "wide.icc"
    wide.write_bytes(profile("adobe", "gamma"))
    told = perform(
        "retouch",
        picture=photos / "obama.jpg",
        scale=SMALL,
        profile=wide,
        options=RETOUCH,
    )
    layer, _ = inside.ask("describe", xcf=told["xcf"], pixels=tmp_path)["layers"]
    apart = np.abs(samples(layer["samples"])[..., :3].astype(int) - plain[1])
    assert np.percentile(apart, 99) <= 3
