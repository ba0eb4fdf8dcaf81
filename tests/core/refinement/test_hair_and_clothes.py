"""Stray hairs go before a plain wall, on finished pictures; elsewhere nothing does."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from headshots.core.generation import GENERATORS, Candidate, Request, find_look
from headshots.core.identity.identity import Identity
from headshots.core.images import Image, Mask, to_lab
from headshots.core.portrait.portrait import Portrait
from headshots.core.refinement.hair_and_clothes import retouch_hair_and_clothes
from headshots.core.retouching import Retouching, retouching_from

from ...strands import planted

HAIRS = retouching_from({"stray_hairs": 1})


@pytest.fixture(scope="module")
def studio(sitter: Identity) -> Candidate:
    request = Request(sitter, (find_look("clean-white"),), 1, 3, 900, matched=True)
    return next(GENERATORS.get("studio").generate(request))


def hairy(studio: Candidate, seed: int = 3) -> tuple[Image, list[Mask]]:
    portrait = studio.portrait
    spoilt = planted(portrait.image, portrait.cutout, portrait.face, portrait.segments, seed)
    return spoilt.image, spoilt.strands


def test_hairs_before_a_plain_wall_go(studio: Candidate) -> None:
    """On a finished picture without a matte, at least four of five; mostly without a trace."""
    image, strands = hairy(studio)
    portrait = Portrait(image, None, studio.portrait.face)
    result = retouch_hair_and_clothes(portrait, portrait.image, HAIRS)
    assert result.done == HAIRS and result.matte is None
    clean, before, after = (to_lab(each)[..., 0] for each in (studio.image, image, result.image))
    sitter = (studio.portrait.cutout > 0.05).astype(np.uint8)
    away = cv2.distanceTransform(1 - sitter, cv2.DIST_L2, 5)
    beyond = away > 0.04 * portrait.face.width  # strands fade before they go
    left: list[float] = []
    for strand in strands:
        there = (strand > 0.25) & beyond
        if there.sum() < 8:
            continue
        planted_by = np.abs(before - clean)[there].mean()
        if planted_by > 3:
            left.append(float(np.abs(after - clean)[there].mean() / planted_by))
    assert len(left) >= 3 and np.mean([each < 0.3 for each in left]) > 0.8


def test_the_sitter_stays(studio: Candidate) -> None:
    image, _ = hairy(studio)
    portrait = Portrait(image, None, studio.portrait.face)
    result = retouch_hair_and_clothes(portrait, portrait.image, HAIRS)
    moved = np.abs(result.image - image).max(axis=2) > 0.01
    assert moved.any() and not moved[studio.portrait.cutout > 0.98].any()


def test_before_a_busy_wall_nothing_goes(studio: Candidate) -> None:
    image, _ = hairy(studio)
    rng = np.random.default_rng(2)
    cover = studio.portrait.cutout[..., None]
    busy = rng.uniform(0, 1, (image.shape[0] // 8 + 1, image.shape[1] // 8 + 1, 1)).astype(
        np.float32
    )
    wall = busy.repeat(8, 0).repeat(8, 1)[: image.shape[0], : image.shape[1]]
    picture = np.asarray(cover * image + (1 - cover) * wall, np.float32)
    portrait = Portrait(picture, studio.portrait.cutout, studio.portrait.face)
    result = retouch_hair_and_clothes(portrait, portrait.image, HAIRS)
    assert np.abs(result.image - picture).max() < 0.02 or result.done == Retouching.none()


def test_nothing_asked_changes_nothing(studio: Candidate) -> None:
    result = retouch_hair_and_clothes(studio.portrait, studio.image, Retouching.of_face(1))
    assert result.image is studio.portrait.image and result.done == Retouching.none()
