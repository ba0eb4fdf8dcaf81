"""What the loop shows a judge on the way: heads alone, of several candidates in one decoding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from headshots.core.faces import ANALYSERS
from headshots.core.generation.diffusion.families.latents import to_images, to_pixels
from headshots.core.generation.diffusion.families.painter import (
    FacePreview,
    PaintJob,
    SamplingParams,
)
from headshots.core.generation.diffusion.sampling.sampler import paint
from headshots.core.identity.identity import Identity
from headshots.core.images import Box, Image, resize
from headshots.core.photos import read_photo


class Copier:
    """A painter that sees the clean picture at once; its latents are the pixels."""

    scale, side = 1, 128

    def __init__(self) -> None:
        self.network: Any = None
        self.decoded: list[tuple[int, ...]] = []

    def condition(self, wish: SamplingParams, beginnings: Sequence[PaintJob]) -> None:
        return None

    def levels(self, wish: SamplingParams, size: tuple[int, int]) -> torch.Tensor:
        return torch.linspace(1, 0, wish.steps + 1)

    def encode(self, images: Sequence[Image]) -> torch.Tensor:
        return to_pixels(images)

    def noise(self, seed: int, like: torch.Tensor) -> torch.Tensor:
        return torch.zeros_like(like)

    def noised(self, latents: torch.Tensor, noise: Any, level: Any) -> torch.Tensor:
        return latents

    def ratio(self, level: Any, following: Any) -> Any:
        return following / level

    def noise_in(self, noisy: torch.Tensor, clean: Any, level: Any) -> torch.Tensor:
        return torch.zeros_like(noisy)

    def forget(self) -> None:
        pass

    def predict(self, noisy: torch.Tensor, levels: Any, step: int, condition: Any) -> torch.Tensor:
        return noisy

    def decode(self, latents: torch.Tensor) -> list[Image]:
        self.decoded.append(tuple(latents.shape))
        return to_images(latents)

    def pixels(self, latents: torch.Tensor) -> torch.Tensor:
        return latents


def test_a_judge_sees_heads_where_they_are_and_all_in_one_decoding(sitter: Identity) -> None:
    photo = sitter.photos[0]
    image, face = read_photo(photo.data).image, photo.face
    half = round(1.2 * max(face.box.width, face.box.height))
    x, y = (round(each) - half for each in face.box.centre)
    part = Box(max(0, x), max(0, y), x + 2 * half, y + 2 * half)
    small = resize(np.ascontiguousarray(part.cut(image)), 128, 128)
    (found,) = ANALYSERS.get("embedded").analyse(small, embed=False)
    moved = np.roll(small, (-20, 24), axis=(0, 1))
    landmarks = found.landmarks + np.array([24, -20, 0], np.float32)
    points = found.points + np.array([24, -20], np.float32)
    box = found.box
    there = Box(box.x0 + 24, box.y0 - 20, box.x1 + 30, box.y1 - 20)
    other = replace(found, landmarks=landmarks, points=points, box=there)
    seen: list[FacePreview] = []

    def judge(glimpses: Sequence[FacePreview]) -> list[float]:
        seen.extend(glimpses)
        return [1.0 for _ in glimpses]

    begun = [PaintJob(small, None, found, "", 0), PaintJob(moved, None, other, "", 1)]
    painter = Copier()
    list(paint(painter, SamplingParams("", 4, 1.0, 1.0), iter(begun), 2, judge=judge))
    glimpsed, whole = painter.decoded
    assert glimpsed[0] == 2 and glimpsed[2] < 128 and whole == (2, 3, 128, 128)
    recogniser = ANALYSERS.get("embedded").recogniser
    for beginning, glimpse in zip(begun, seen, strict=True):
        assert glimpse.face is not None and beginning.face is not None
        here = recogniser.embed(glimpse.image, [glimpse.face])[0]
        theirs = recogniser.embed(beginning.start, [beginning.face])[0]
        assert here @ theirs > 0.99
