"""Creases planted on real clothes soften, and what belongs on clothes stays."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest

from headshots.core.generation import GENERATORS, Request, find_look
from headshots.core.generation.studio.plate.plate import Plate, make_plate
from headshots.core.generation.studio.retouch.creases import without_creases
from headshots.core.identity.identity import Identity
from headshots.core.images import Float, Image, Mask, blur, from_lab, resize, to_lab, to_srgb
from headshots.core.portrait.materials import clothes_of
from headshots.core.provenance import Retouched
from headshots.core.retouching import Retouching


@dataclass(frozen=True, eq=False)
class Suit:
    """A sitter in a suit: sRGB (H, W, 3), the share of clothes (H, W), the face's width."""

    image: Image
    clothes: Mask
    width: float

    @property
    def smooth(self) -> Image:
        return without_creases(self.image, self.clothes, self.width)

    def plain(self, reach: float) -> Mask:
        """Cloth without edges within `reach` face widths, as Canny finds edges."""
        grey = np.uint8(np.clip(255 * blur(self.image, 1.0).mean(2), 0, 255))
        edges = cv2.Canny(grey, 20, 60) > 0
        beyond = (edges | (self.clothes < 0.95)).astype(np.uint8)
        away = cv2.distanceTransform(1 - beyond, cv2.DIST_L2, 5)
        return np.asarray(away > reach * self.width, np.float32)


@pytest.fixture(scope="module")
def suits(sitter: Identity) -> list[Suit]:
    return [_suit(make_plate(photo, 700)) for photo in sitter.photos]


def _suit(plate: Plate) -> Suit:
    rows, columns = plate.matte.shape
    clothes = resize(clothes_of(plate.segments), columns, rows) * plate.matte
    return Suit(to_srgb(plate.foreground), np.asarray(clothes, np.float32), plate.face.width)


def creased(suit: Suit, seed: int) -> tuple[Suit, Float]:
    """The suit with soft slanting folds of light and shade, 2 L* high; and their L*."""
    rng = np.random.default_rng(seed)
    rows, columns = np.indices(suit.clothes.shape, dtype=np.float32) / suit.width
    folds = np.zeros_like(suit.clothes)
    for _ in range(60):
        angle, (y, x) = rng.uniform(-0.6, 0.6), rng.uniform(0, (rows.max(), columns.max()))
        across = (columns - x) * np.cos(angle) + (rows - y) * np.sin(angle)
        along = (rows - y) * np.cos(angle) - (columns - x) * np.sin(angle)
        fold = np.exp(-((across / 0.03) ** 2) - (along / 0.12) ** 2)
        folds += rng.choice((-2.0, 2.0)) * fold.astype(np.float32)
    folds *= suit.clothes
    lab = to_lab(suit.image)
    lab[..., 0] += folds
    return replace(suit, image=np.clip(from_lab(lab), 0, 1)), folds


def test_planted_creases_soften(suits: list[Suit]) -> None:
    for seed, suit in enumerate(suits):
        spoilt, folds = creased(suit, seed)
        left = to_lab(spoilt.smooth)[..., 0] - to_lab(suit.smooth)[..., 0]
        there = (suit.plain(0.03) > 0) & (np.abs(folds) > 1)
        assert there.sum() > 100
        share = float((left[there] * folds[there]).sum() / (folds[there] ** 2).sum())
        assert share < 0.65


def test_weave_and_edges_stay(suits: list[Suit]) -> None:
    for suit in suits:
        before, after = to_lab(suit.image)[..., 0], to_lab(suit.smooth)[..., 0]
        cloth = suit.clothes > 0.9
        fine_before, fine_after = (
            each - blur(each, 0.006 * suit.width) for each in (before, after)
        )
        assert 0.97 < fine_after[cloth].std() / fine_before[cloth].std() < 1.03
        steps_before, steps_after = (
            cv2.Laplacian(blur(each, 0.004 * suit.width), cv2.CV_32F) for each in (before, after)
        )
        sharp = cloth & (np.abs(steps_before) > np.percentile(np.abs(steps_before[cloth]), 98))
        assert np.corrcoef(steps_before[sharp], steps_after[sharp])[0, 1] > 0.99


def test_nothing_changes_off_the_clothes(suits: list[Suit]) -> None:
    for suit in suits:
        moved = np.abs(suit.smooth - suit.image).max(axis=2)
        assert moved[suit.clothes < 0.5].max() < 0.002
        assert moved.max() > 0.004


def test_a_look_softens_creases_as_far_as_it_says(sitter: Identity) -> None:
    grey = find_look("studio-grey")
    made = {
        share: next(
            GENERATORS.get("studio").generate(
                Request(
                    sitter,
                    (
                        replace(
                            grey,
                            finish=replace(
                                grey.finish,
                                retouch=replace(Retouching.none(), creases=share),
                                grain=0.002,
                            ),
                        ),
                    ),
                    1,
                    3,
                    640,
                    matched=True,
                )
            )
        )
        for share in (0.0, 1.0)
    }
    assert made[0.0].provenance.last(Retouched) is None
    assert made[1.0].provenance.last(Retouched) == Retouched(creases=1.0)
    moved = np.abs(made[1.0].image - made[0.0].image).max(axis=2) > 0.004
    assert moved.any()
    mouth = made[1.0].portrait.face.landmarks[14, 1]
    assert moved[: round(float(mouth))].mean() < 0.001
