"""Lint planted on real suits goes, and what belongs on clothes stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from headshots.core.generation import GENERATORS, Request, find_look
from headshots.core.generation.studio.plate.plate import Plate, make_plate
from headshots.core.generation.studio.retouch.lint import without_lint
from headshots.core.identity.identity import Identity
from headshots.core.images import Float, Image, Mask, blur, resize, to_lab, to_srgb
from headshots.core.portrait.materials import clothes_of
from headshots.core.provenance import Retouched
from headshots.core.retouching import Retouching


@dataclass(frozen=True, eq=False)
class Suit:
    """A sitter in a dark suit: sRGB (H, W, 3), the share of clothes (H, W), the face's width."""

    image: Image
    clothes: Mask
    width: float


@pytest.fixture(scope="module")
def suits(sitter: Identity) -> list[Suit]:
    return [_suit(make_plate(photo, 700)) for photo in sitter.photos]


def _suit(plate: Plate) -> Suit:
    rows, columns = plate.matte.shape
    clothes = resize(clothes_of(plate.segments), columns, rows) * plate.matte
    return Suit(to_srgb(plate.foreground), np.asarray(clothes, np.float32), plate.face.width)


@dataclass(frozen=True, eq=False)
class Planted:
    image: Image
    where: list[NDArray[np.bool_]]


def planted(suit: Suit, seed: int, count: int = 24) -> Planted:
    """Dust and fibres, grey and paler than the cloth by 14 to 40 L*, on dark and plain cloth."""
    rng = np.random.default_rng(seed)
    image, width = suit.image.copy(), suit.width
    light = to_lab(suit.image)[..., 0]
    plain = (light < 30) & (suit.clothes > 0.95)
    plain = cv2.erode(plain.astype(np.uint8), np.ones((3, 3), np.uint8))
    inside = cv2.distanceTransform(plain, cv2.DIST_L2, 5) > 0.06 * width
    spots = np.argwhere(inside)
    where: list[NDArray[np.bool_]] = []
    taken = np.zeros(inside.shape, np.uint8)
    while len(where) < count:
        y, x = (int(value) for value in spots[rng.integers(len(spots))])
        if taken[y, x]:
            continue
        cv2.circle(taken, (x, y), round(0.12 * width), 1, -1)
        cover = np.zeros(inside.shape, np.float32)
        if len(where) % 2:
            angle, length = rng.uniform(0, np.pi), rng.uniform(0.02, 0.05) * width
            bend = rng.uniform(-0.3, 0.3)
            steps = np.linspace(-0.5, 0.5, 12)[:, None] * length
            along = np.array([np.cos(angle), np.sin(angle)])
            across = np.array([-along[1], along[0]])
            line = (x, y) + steps * along + bend * steps**2 / length * across
            points = np.round(line * 16).astype(np.int32)
            cv2.polylines(cover, [points], False, 1.0, max(1, round(0.003 * width)), cv2.LINE_AA, 4)
        else:
            radius = rng.uniform(0.002, 0.0055) * width
            cv2.circle(cover, (x * 16, y * 16), round(radius * 16), 1.0, -1, cv2.LINE_AA, 4)
        cover = blur(cover, 0.7)
        tone = (light[y, x] + rng.uniform(14, 40)) / 100
        image += cover[..., None] * (np.float32(tone) - image)
        where.append(cover > 0.35)
    return Planted(image, where)


def test_planted_lint_goes(suits: list[Suit]) -> None:
    """Two of three on the average; on the roughest cloth more than half."""
    gone: list[float] = []
    for number, suit in enumerate(suits):
        lint = planted(suit, number)
        cleaned = without_lint(lint.image, suit.clothes, suit.width)
        true, before, after = (to_lab(each)[..., 0] for each in (suit.image, lint.image, cleaned))
        left = [
            float(np.abs(after - true)[each].mean() / np.abs(before - true)[each].mean())
            for each in lint.where
        ]
        gone.append(float(np.mean(np.array(left) < 0.35)))
        beyond = cv2.dilate(np.any(lint.where, axis=0).astype(np.uint8), np.ones((13, 13))) == 0
        assert (np.abs(cleaned - lint.image).max(axis=2) > 0.01)[beyond].sum() < 1000
    assert min(gone) > 0.5
    assert np.mean(gone) > 0.6


def changed(suit: Suit, image: Image) -> NDArray[np.bool_]:
    cleaned = without_lint(image, suit.clothes, suit.width)
    return np.asarray(np.abs(cleaned - image).max(axis=2) > 0.01)


def test_what_belongs_on_clothes_stays(suits: list[Suit]) -> None:
    """Dotted and striped ties, shirts, buttons, a watch; what goes of these photos is real lint."""
    for suit in suits:
        gone = changed(suit, suit.image)
        assert gone.sum() < 1000
        light = to_lab(suit.image)[..., 0]
        assert not gone[cv2.dilate(light, np.ones((9, 9))) > 70].any()  # beside shirts and pins


def test_without_lint_the_picture_itself_is_returned(suits: list[Suit]) -> None:
    suit = suits[0]
    bare = np.zeros_like(suit.clothes)
    assert without_lint(suit.image, bare, suit.width) is suit.image


def pinstripes(light: Float, width: float) -> Mask:
    columns = np.arange(light.shape[1])
    stripe = (columns % max(4, round(0.06 * width))) < max(1, round(0.004 * width))
    return np.broadcast_to(stripe, light.shape).astype(np.float32)


def dots(light: Float, width: float) -> Mask:
    cover = np.zeros(light.shape, np.float32)
    step = round(0.08 * width)
    for y in range(0, light.shape[0], step):
        for x in range(0, light.shape[1], step):
            cv2.circle(cover, (x, y), max(1, round(0.005 * width)), 1.0, -1, cv2.LINE_AA)
    return cover


def brooch(light: Float, width: float) -> Mask:
    """A row of small stones, as a brooch or a name tag's letters."""
    cover = np.zeros(light.shape, np.float32)
    y, x = round(0.75 * light.shape[0]), round(0.35 * light.shape[1])
    for place in range(7):
        across = x + round(0.02 * width * place)
        cv2.circle(cover, (across, y), max(1, round(0.005 * width)), 1.0, -1, cv2.LINE_AA)
    return cover


@pytest.mark.parametrize("pattern", [pinstripes, dots, brooch])
def test_patterns_stay(suits: list[Suit], pattern: Callable[[Float, float], Mask]) -> None:
    suit = suits[0]
    cover = blur(pattern(suit.image[..., 0], suit.width), 0.7) * (suit.clothes > 0.5)
    image = suit.image + cover[..., None] * (np.float32(0.5) - suit.image)
    near = cv2.dilate((cover > 0.3).astype(np.uint8), np.ones((5, 5))) > 0
    assert not changed(suit, np.asarray(image, np.float32))[near].any()


def test_a_look_tidies_as_far_as_it_says(sitter: Identity) -> None:
    """Real lint of the sitter's own suits, through the whole studio."""
    grey = find_look("studio-grey")
    looks = {
        share: replace(
            grey,
            finish=replace(
                grey.finish, retouch=replace(Retouching.none(), lint=share), grain=0.002
            ),
        )
        for share in (0.0, 1.0)
    }
    made = {
        share: next(
            GENERATORS.get("studio").generate(Request(sitter, (look,), 1, 3, 640, matched=True))
        )
        for share, look in looks.items()
    }
    edits = {share: each.provenance.last(Retouched) for share, each in made.items()}
    assert edits[0.0] is None
    assert edits[1.0] == Retouched(lint=1.0)
    moved = np.abs(made[1.0].image - made[0.0].image).max(axis=2) > 0.02
    assert 0 < moved.sum() < 500
    mouth = made[1.0].portrait.face.landmarks[14, 1]
    assert not moved[: round(float(mouth))].any()
