"""Pictures larger than a model paints at once: fine detail in tiles, without edges between them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from headshots.core.generation import GENERATORS, Candidate, Request, find_look
from headshots.core.generation.diffusion import generator
from headshots.core.generation.diffusion.families.painter import PaintJob, SamplingParams
from headshots.core.generation.diffusion.sampling.tiles import is_larger, painted_in_tiles
from headshots.core.identity.identity import Identity
from headshots.core.images import Image
from headshots.core.painting import Painting

from .test_sampling import Copier

pytestmark = pytest.mark.slow

PARAMS = SamplingParams("", 2, 1.0, 0.3)


class Tinter(Copier):
    """Paints each tile in another tint, and what is fine in it stronger."""

    side = 64

    def __init__(self, tint: float, stronger: float) -> None:
        super().__init__()
        self._tint, self._stronger, self.tiles = tint, stronger, 0

    def predict(self, noisy: torch.Tensor, levels: object, step: int, condition: object):
        if step:
            return noisy
        made: list[torch.Tensor] = []
        for tile in noisy:
            self.tiles += 1
            fine = tile - torch.nn.functional.avg_pool2d(tile, 3, 1, 1, count_include_pad=False)
            made.append(tile + self._tint * (-1) ** self.tiles + self._stronger * fine)
        return torch.stack(made)


def job(height: int, width: int, mask: Image | None = None) -> PaintJob:
    start = np.linspace(0.3, 0.7, height * width * 3, dtype=np.float32).reshape(height, width, 3)
    start += np.float32(0.05) * (-1) ** np.arange(width)[:, None]
    return PaintJob(start.astype(np.float32), mask, None, "", 0)


@pytest.mark.parametrize(("height", "width"), [(64, 64), (150, 131), (40, 300), (257, 64)])
def test_detail_comes_everywhere_and_tints_nowhere(height: int, width: int) -> None:
    begun = job(height, width)
    tinted = painted_in_tiles(Tinter(0.3, 0.0), PARAMS, begun, 8, 4)
    assert tinted.shape == begun.start.shape and tinted.dtype == np.float32
    assert np.abs(tinted - begun.start).max() < 0.05, "0.15 is what a tile was tinted by"
    assert np.abs(np.diff(tinted - begun.start, axis=1)).max() < 0.02, "no edges"
    stronger = painted_in_tiles(Tinter(0.0, 1.0), PARAMS, begun, 8, 4)
    before, after = (
        np.abs(np.diff(each, axis=1)).mean(axis=(0, 2)) for each in (begun.start, stronger)
    )
    assert (after > 1.3 * before).all(), "to the picture's edges, too"


def test_tiles_where_nothing_is_to_be_painted_are_left_out() -> None:
    mask = np.zeros((256, 256), np.float32)
    mask[200:] = 1
    painter = Tinter(0.0, 1.0)
    begun = job(256, 256, mask)
    painted_in_tiles(painter, PARAMS, begun, 8, 4)
    part = painter.tiles
    painter.tiles = 0
    painted_in_tiles(painter, PARAMS, replace(begun, mask=None), 8, 4)
    assert part < painter.tiles / 2


def test_a_painter_gets_tiles_of_its_own_size_with_the_face_where_it_is(sitter: Identity) -> None:
    face = sitter.photos[0].face
    face = face.scaled(60 / face.width)
    shown: list[PaintJob] = []

    class Watcher(Copier):
        side = 128

        def condition(self, wish: SamplingParams, beginnings: list[PaintJob]) -> None:
            shown.extend(beginnings)

    painter = Watcher()
    height, width = (round(2 * each) for each in reversed(face.box.centre))
    begun = replace(job(max(300, height), max(300, width)), face=face)
    begun = replace(begun, references=(begun.start, np.zeros((32, 32, 3), np.float32)))
    assert is_larger(painter, *begun.start.shape[:2])
    painted_in_tiles(painter, PARAMS, begun, 8, 3)
    assert {each.start.shape for each in shown} == {(128, 128, 3)}
    faces = [each.face for each in shown if each.face is not None]
    assert faces and len(faces) < len(shown)
    for each in shown:
        assert each.references[0] is each.start and len(each.references) == 2
        if each.face is not None:
            x, y = each.face.box.centre
            assert 0 <= x < 128 and 0 <= y < 128


def sharpness(image: Image) -> float:
    return float(np.abs(cv2.Laplacian(image.mean(axis=2), cv2.CV_32F)).mean())


def test_a_large_delivery_has_no_soft_suit(
    models: Path, sitter: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made() -> Candidate:
        painting = Painting("sd15", steps=2, adapter="none")
        request = Request(sitter, (find_look("studio-grey"),), 1, 3, 512, painting=painting)
        (candidate,) = GENERATORS.get("diffusion").generate(request)
        return candidate

    tiled = made()
    monkeypatch.setattr(generator, "is_larger", lambda *_: False)
    soft = made()
    suit = slice(int(0.85 * soft.image.shape[0]), None)
    assert sharpness(tiled.image[suit]) > 1.5 * sharpness(soft.image[suit])
    (face,) = soft.portrait.faces[:1]
    eyes = face.points[:2].mean(axis=0).round().astype(int)
    head = slice(eyes[1] - 10, eyes[1] + 10), slice(eyes[0] - 20, eyes[0] + 20)
    assert np.array_equal(tiled.image[head], soft.image[head]), "the head is the sitter's own"
