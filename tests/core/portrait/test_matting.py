"""The cut-out on composites of known coverage: real sitters on walls they never stood before."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from headshots.core.faces import ANALYSERS
from headshots.core.faces.regions import CHIN
from headshots.core.generation import GENERATORS, Candidate, Request, find_look
from headshots.core.generation.studio.compose.edges import decontaminate
from headshots.core.generation.studio.plate.plate import make_plate
from headshots.core.identity.identity import Identity
from headshots.core.images import Box, Image, Mask, to_lab, to_linear, to_srgb
from headshots.core.photos import read_photo
from headshots.core.portrait.matting import cut_out
from headshots.core.portrait.modnet import modnet

from ... import known_coverage

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def known(sitter: Identity) -> Candidate:
    request = Request(sitter, (find_look("studio-grey"),), 1, 5, 512, keep_stages=True)
    return next(GENERATORS.get("studio").generate(request))


def before(wall: tuple[float, float, float], known: Candidate) -> Image:
    """The known sitter, with the known matte, before a wall of one colour and a darker floor."""
    height, width = known.matte.shape
    backdrop = np.ones((height, width, 3), np.float32) * np.array(wall, np.float32)
    backdrop[height // 2 :] *= np.float32(0.7)
    cover = known.matte[..., None]
    sitter = to_linear(known.stages["relit"])
    return to_srgb(np.asarray(sitter * cover + to_linear(backdrop) * (1 - cover), np.float32))


@pytest.mark.parametrize("wall", [(0.2, 0.6, 0.3), (0.75, 0.75, 0.78), (0.5, 0.2, 0.2)])
def test_the_matte_comes_back(known: Candidate, wall: tuple[float, float, float]) -> None:
    picture = before(wall, known)
    (face,) = ANALYSERS.get("embedded").analyse(picture, embed=False)
    found = cut_out(picture, face)
    wrong = np.abs(found.matte - known.matte)
    assert wrong.mean() < 0.02
    assert (wrong > 0.5).mean() < 0.01
    crown = float(np.argmax((known.matte > 0.5).any(1)))
    assert abs(found.crown - crown) < 0.04 * known.matte.shape[0]
    assert not found.crown_cut


def test_a_bystander_is_left_out(known: Candidate) -> None:
    picture = before((0.7, 0.7, 0.72), known)
    height, width = known.matte.shape
    wide = np.full((height, 2 * width, 3), 0.7, np.float32)
    wide[:, :width] = picture
    small = picture[::3, ::3]
    wide[-small.shape[0] :, -small.shape[1] :] = small
    face = ANALYSERS.get("embedded").analyse(wide, embed=False)[0]
    found = cut_out(wide, face)
    assert found.matte[:, width + 20 :].mean() < 0.01


def test_cloth_like_the_wall_is_not_lost(photos: Path) -> None:
    """A dark suit before the dark, of which the network loses a part on a large copy."""
    image = read_photo(photos / "obama2.jpg").image
    (face,) = ANALYSERS.get("embedded").analyse(image, embed=False)
    x, chin = face.landmarks[CHIN, :2]
    chest = Box(
        float(x - 0.6 * face.width),
        float(chin + 1.05 * face.width),
        float(x - 0.4 * face.width),
        float(chin + 1.25 * face.width),
    )
    assert chest.cut(modnet(image)).mean() < 0.5, "or this shows nothing"
    assert chest.cut(cut_out(image, face).matte).mean() > 0.9


def test_a_pillow_beside_the_sitter_is_left_out(photos: Path) -> None:
    """The network takes it for theirs on a large copy, and sees nothing there on a small one."""
    image = read_photo(photos / "group2.jpg").image
    face = ANALYSERS.get("embedded").analyse(image, embed=False)[0]
    pillow = Box(1760, 180, 1880, 330)
    assert pillow.cut(cut_out(image, face).matte).mean() < 0.02
    hair = Box(1560, 130, 1640, 200)
    assert hair.cut(cut_out(image, face).matte).mean() > 0.95


def test_the_old_wall_leaves_the_edges(known: Candidate) -> None:
    """The green of the wall in the edge band drops to less than half."""
    picture = before((0.1, 0.7, 0.2), known)
    (face,) = ANALYSERS.get("embedded").analyse(picture, embed=False)
    linear, matte = decontaminate(picture, known.matte, face)
    raw, clean = (edge_greenness(image, known.matte, known) for image in (picture, to_srgb(linear)))
    assert clean < 0.5 * raw
    assert matte.min() >= 0 and matte.max() <= 1


def test_the_hair_is_followed_better_than_by_networks_alone(sitter: Identity) -> None:
    """MODNet on the whole picture, and MediaPipe's selfie segmenter."""
    frontal = min(sitter.photos, key=lambda photo: abs(photo.face.pose.yaw))
    other = read_photo(sitter.photos[-1].data, longest=600).image
    truth = known_coverage.known(make_plate(frontal, 300), other, 8.0)
    plain = known_coverage.errors(modnet(truth.image), truth)
    rough = cut_out(truth.image, truth.face).matte
    ours = known_coverage.errors(decontaminate(truth.image, rough, truth.face)[1], truth)
    assert ours.sad < 0.7 * plain.sad
    assert ours.gradient < 0.8 * plain.gradient
    assert ours.halo < 0.6 * plain.halo
    selfie = known_coverage.errors(known_coverage.selfie(truth.image), truth)
    assert ours.sad < 0.4 * selfie.sad
    assert ours.gradient < 0.4 * selfie.gradient
    assert ours.halo < 0.4 * selfie.halo


def just_inside(matte: Mask, pixels: int) -> NDArray[np.bool_]:
    """A band of so many pixels within the outline."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * pixels + 1, 2 * pixels + 1))
    return (matte > 0.97) & (cv2.erode(matte, disc) < 0.5)


def test_hair_as_bright_as_the_wall_is_not_riddled(known: Candidate) -> None:
    """Strands in the wall's own colour, as of grey hair before a window, stay the sitter's."""
    rng = np.random.default_rng(1)
    picture = before((0.85, 0.88, 0.9), known)
    (face,) = ANALYSERS.get("embedded").analyse(picture, embed=False)
    hair = just_inside(known.matte, 6)
    hair[round(float(face.landmarks[10, 1])) :] = False
    strands = hair & (rng.random(hair.shape) < 0.35)
    picture[strands] = (0.85, 0.88, 0.9)
    _, matte = decontaminate(picture, cut_out(picture, face).matte, face)
    inner = strands & ~just_inside(known.matte, 2)
    assert inner.sum() > 100
    assert matte[inner].mean() > 0.7


def test_a_lens_s_coloured_fringe_leaves_the_edges(known: Candidate) -> None:
    """Green a little larger than red and blue, as lenses draw it in the corners of a picture."""
    picture = before((0.9, 0.9, 0.92), known)
    height, width = known.matte.shape
    larger = cv2.getRotationMatrix2D((width / 2, height), 0, 0.996)
    fringed = picture.copy()
    fringed[..., 1] = cv2.warpAffine(
        np.ascontiguousarray(picture[..., 1]),
        larger,
        (width, height),
        borderMode=cv2.BORDER_REPLICATE,
    )
    (face,) = ANALYSERS.get("embedded").analyse(picture, embed=False)
    band = just_inside(known.matte, 2)
    band[round(float(face.landmarks[10, 1])) :] = False
    true = to_lab(known.stages["relit"])[band][:, 1:]
    linear, _ = decontaminate(fringed, known.matte, face)
    before_, after = (
        float(np.linalg.norm(to_lab(image)[band][:, 1:] - true, axis=1).mean())
        for image in (fringed, to_srgb(linear))
    )
    assert after < 0.7 * before_


def edge_greenness(image: Image, matte: Mask, known: Candidate) -> float:
    band = (matte > 0.3) & (matte < 0.8)
    true = to_lab(known.stages["relit"])[band]
    return float(np.maximum(true[:, 1] - to_lab(image)[band][:, 1], 0).mean())
