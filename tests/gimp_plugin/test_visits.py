"""Whole visits of the plug-in to a real server, on real photos, without GIMP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event

import actions
import faces
import head_preview
import look_pictures
import numpy as np
import pytest
import visits
from core_client import Problem, Server
from samples import Pixels, both, split

from headshots.core.images import to_u8
from headshots.core.photos import read_photo

from ..serving import Running

pytestmark = pytest.mark.slow

NAME = "Ada Lovelace"


@pytest.fixture(scope="module")
def server(running: Running) -> Server:
    """The running server, as the plug-in talks to it."""
    return Server(running.facts["url"], running.facts["token"])


@pytest.fixture(scope="module")
def sitter(server: Server, photos: Path) -> Iterator[str]:
    """Name of a sitter who was enrolled by a visit, and is forgotten by one."""
    ids = [server.send_file(photos / name) for name in ("obama.jpg", "obama2.jpg")]
    report = visits.enrolled(server, NAME, ids, "in person", False)
    assert report.count("accepted") == 2
    yield NAME
    visits.forgotten(server, NAME)
    with pytest.raises(Problem) as caught:
        visits.forgotten(server, NAME)
    assert caught.value.code == "identity.not-found"


@pytest.fixture(scope="module")
def pixels(photos: Path) -> Pixels:
    """A photo as GIMP hands over a layer without alpha."""
    image = to_u8(read_photo(photos / "obama.jpg", longest=600).image)
    height, width, channels = image.shape
    return Pixels(image.tobytes(), width, height, channels, (0, 0, width, height))


def test_headshots_come_in_layers(server: Server, sitter: str) -> None:
    values = {"count": 2, "width": 256, "seed": 1}
    made = visits.candidates(server, sitter, ["executive"], values, 1)
    assert len(made.sheet) == 2 and len(made.kept) == 1
    data, width, height = visits.thumbnail(made, made.sheet[0], longest=64)
    assert max(width, height) == 64 and len(data) == width * height * 3
    picture = visits.candidate(made, made.kept[0])
    assert picture.name.endswith(" executive, good")
    assert picture.width == 256 and len(picture.samples) == picture.width * picture.height * 3
    assert picture.layers and picture.facts["recipe"] == made.recipe
    assert picture.facts["provenance"]["generator"] == "studio"
    photo, *size = visits.source_photo(made, made.sheet[0], longest=64)
    assert max(size) == 64 and len(photo) == 3 * size[0] * size[1] and photo != data
    server.forget_job(made.job)
    first = made.job
    visits.again(server, made)
    assert made.job != first and visits.thumbnail(made, made.sheet[0], longest=64)[0] == data
    server.forget_job(made.job)


def test_looks_are_shown_on_a_bust_and_on_the_sitter(server: Server, sitter: str) -> None:
    png = look_pictures.neutral_look(server, "executive")
    assert png.startswith(b"\x89PNG")
    lights = [
        look_pictures.light_on_bust(server, "loop", side, ratio)
        for side, ratio in (("left", 0.0), ("right", 0.0), ("left", 8.0))
    ]
    assert len(set(lights)) == 3 and all(each.startswith(b"\x89PNG") for each in lights)
    looks = ["executive", "clean-white"]
    shown = {
        name: np.frombuffer(samples, np.uint8).reshape(height, width, 3)
        for name, samples, width, height in look_pictures.looks_of(server, sitter, looks, Event())
    }
    assert shown["clean-white"][:20].mean() > shown["executive"][:20].mean() + 80
    assert server.json("GET", "/v1/jobs") == []


def test_an_edit_comes_back_in_its_size(server: Server, sitter: str, pixels: Pixels) -> None:
    picture, _, _ = visits.edited(server, actions.BACKDROP, pixels, {})
    assert (picture.width, picture.height) == (pixels.width, pixels.height)
    before = np.frombuffer(pixels.samples, np.uint8)
    after = np.frombuffer(picture.samples, np.uint8)
    assert (before != after).mean() > 0.1


def test_the_sitter_kept_comes_with_its_place(server: Server, pixels: Pixels) -> None:
    rows = np.frombuffer(pixels.samples, np.uint8).reshape(pixels.height, pixels.width, 3)
    cropped = np.ascontiguousarray(rows[25:, 40:] // 8 * 7)
    height, width, _ = cropped.shape
    edit = Pixels(cropped.tobytes(), width, height, 3, (0, 0, width, height))
    picture, (x, y), notes = visits.kept(server, actions.KEEP, edit, pixels, {"keep": "face"})
    assert picture is not None and abs(x - 40) <= 1 and abs(y - 25) <= 1
    assert abs(picture.width - width) <= 2 and "restored: face" in notes
    assert picture.facts["provenance"]["edits"][-1]["kept"] == "face"
    turned = np.ascontiguousarray(rows[:, ::-1])
    mirrored = Pixels(turned.tobytes(), pixels.width, pixels.height, 3, pixels.area)
    picture, place, notes = visits.kept(server, actions.KEEP, mirrored, pixels, {})
    assert picture is None and place == (0, 0) and "refused" in notes


def test_masks_come_in_the_size_of_the_layer(server: Server, pixels: Pixels) -> None:
    masks, notes = visits.masked(server, actions.MASK_CHANNELS, pixels, ["hair", "background"])
    for samples, width, height in masks:
        assert (width, height) == (pixels.width, pixels.height)
        assert len(samples) == width * height
    hair, background = (np.frombuffer(samples, np.uint8) for samples, _, _ in masks)
    assert 0.01 < (hair > 128).mean() < 0.2 < (background > 128).mean()
    assert "hair" in notes


def test_masks_need_a_face(server: Server) -> None:
    wall = Pixels(bytes([128]) * (40 * 40 * 3), 40, 40, 3, (0, 0, 40, 40))
    with pytest.raises(Problem) as caught:
        visits.masked(server, actions.MASK_CHANNELS, wall, ["hair"])
    assert caught.value.code == "face.none"


def test_a_score_brings_no_picture(server: Server, sitter: str, pixels: Pixels) -> None:
    picture, _, cards = visits.edited(server, actions.SCORE_PICTURE, pixels, {}, sitter)
    assert picture is None and len(cards) == 1
    card, reasons = cards[0]
    assert card["likeness"] > 0.8 and reasons == card["reasons"]


def test_a_file_is_written_with_a_card(
    server: Server, sitter: str, pixels: Pixels, tmp_path: Path
) -> None:
    values = {"folder": "visits", "names": "Ada", "format": "png"}
    said = visits.delivered(server, pixels, values, sitter, card="en").splitlines()
    assert any(line.endswith(".png") and Path(line).exists() for line in said), said
    assert any(line.endswith(".html") and Path(line).exists() for line in said), said


def test_the_channel_of_what_was_changed_is_split_off() -> None:
    samples = bytes([0, 1, 2, 255, 3, 4, 5, 0])
    assert split(samples, 8) == (bytes(range(6)), bytes([255, 0]))
    deep = bytes([0, 1, 2, 3, 4, 5, 255, 255, 6, 7, 8, 9, 10, 11, 0, 0])
    assert split(deep, 16) == (bytes(range(12)), bytes([255, 0]))


def test_a_mask_is_kept_where_something_was_changed() -> None:
    assert both(bytes([200, 17, 0, 255]), bytes([255, 0, 255, 255])) == bytes([200, 0, 0, 255])


def test_faces_and_a_preview_of_one(server: Server, pixels: Pixels) -> None:
    boxes = faces.in_layer(head_preview.faces_in(server, pixels), pixels)
    size = pixels.width, pixels.height
    assert len(boxes) == 1
    x, y, width, height = faces.area_of(boxes[0], boxes, size, 0.4, 0.4, 0.4)
    image = np.frombuffer(pixels.samples, np.uint8).reshape(pixels.height, pixels.width, 3)
    part = np.ascontiguousarray(image[y : y + height, x : x + width])
    head = Pixels(part.tobytes(), width, height, 3, (x, y, width, height))
    sent = server.send_pixels(visits.LAYER, head)
    shown = [
        head_preview.previewed(server, actions.RETOUCH, sent, {"skin": share})
        for share in (0.0, 1.0)
    ]
    assert [each[1:] for each in shown] == [(width, height)] * 2
    assert shown[0][0] != shown[1][0]
    server.forget_picture(sent)
    with pytest.raises(Problem):
        head_preview.previewed(server, actions.RETOUCH, sent, {})
