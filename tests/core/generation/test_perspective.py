"""Close-range perspective, undone on selfies rendered from portraits at a known distance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from headshots.core.errors import InputError
from headshots.core.faces import ANALYSERS, Face
from headshots.core.generation.studio.plate.parallax import SMALLEST_JACOBIAN
from headshots.core.generation.studio.plate.perspective import (
    FAR,
    Corrected,
    Correction,
    camera_distance,
    correct,
    find_correction,
)
from headshots.core.images import Float, Image
from headshots.core.portrait.shape import model

from ...benchmarks.studio.selfies import (
    PORTRAITS,
    Portrait,
    before_grey,
    found,
    from_distance,
    mesh_error,
    nose,
    portrait,
)

pytestmark = pytest.mark.slow

ARM = 0.35  # metres


@dataclass(frozen=True, eq=False)
class Case:
    """A portrait, the selfie made of it, what was made of that and the face found there."""

    original: Portrait
    selfie: Portrait
    distance: float
    corrected: Corrected
    again: Face
    true_mesh: Float


def undone(original: Portrait, depth_factor: float = 1.0) -> Case:
    selfie = from_distance(original, ARM, depth_factor)
    rows, columns = selfie.matte.shape
    distance = camera_distance(selfie.face, columns, rows, selfie.focal)
    corrected = correct(selfie.image, selfie.matte, selfie.face, selfie.shape, distance)
    again = found(before_grey(corrected.image, corrected.matte))
    moved = correction_of(corrected).moved(selfie.true_mesh)
    return Case(original, selfie, distance, corrected, again, moved)


def correction_of(corrected: Corrected) -> Correction:
    assert corrected.correction is not None
    return corrected.correction


@pytest.fixture(scope="module")
def cases(photos: Path) -> Mapping[str, Case]:
    return {name: undone(portrait(photos / name)) for name in PORTRAITS}


@pytest.fixture(scope="module")
def selfie(cases: Mapping[str, Case]) -> Portrait:
    return cases["obama.jpg"].selfie


@pytest.mark.parametrize("name", PORTRAITS)
def test_the_irises_tell_the_distance(cases: Mapping[str, Case], name: str) -> None:
    assert cases[name].distance == pytest.approx(ARM, rel=0.1)


@pytest.mark.parametrize("name", PORTRAITS)
def test_a_nose_too_wide_becomes_right(cases: Mapping[str, Case], name: str) -> None:
    """On the pixels' true mesh: by how much the nose is too wide for the face."""
    case = cases[name]
    right = nose(case.original.true_mesh)
    assert nose(case.selfie.true_mesh) / right > 1.13
    assert nose(case.true_mesh) / right == pytest.approx(1, abs=0.06)


@pytest.mark.parametrize("name", PORTRAITS)
def test_every_feature_comes_nearer_to_its_place(cases: Mapping[str, Case], name: str) -> None:
    case = cases[name]
    right = case.original.true_mesh
    assert mesh_error(case.true_mesh, right) < 0.6 * mesh_error(case.selfie.true_mesh, right)
    seen, again = case.selfie.face.landmarks, case.again.landmarks
    assert mesh_error(again, right) < 0.5 * mesh_error(seen, right)


@pytest.mark.parametrize("name", PORTRAITS)
def test_likeness_rises(cases: Mapping[str, Case], name: str) -> None:
    """By the recogniser that nothing in the studio uses."""
    case = cases[name]
    recogniser = ANALYSERS.get("dlib").recogniser
    image = before_grey(case.corrected.image, case.corrected.matte)
    pictures: list[tuple[Image, Face]] = [
        (case.original.image, case.original.face),
        (case.selfie.image, case.selfie.face),
        (image, case.again),
    ]
    own, before, after = (recogniser.embed(image, [face])[0] for image, face in pictures)
    assert own @ after > own @ before + 0.001


@pytest.mark.parametrize("name", PORTRAITS)
def test_nothing_folds_or_is_drawn_out(cases: Mapping[str, Case], name: str) -> None:
    corrected = cases[name].corrected
    assert corrected.smallest_jacobian >= SMALLEST_JACOBIAN
    assert corrected.strength_used == 1
    origin = correction_of(corrected).origin
    rows, columns = origin.shape[:2]
    x = origin[..., 0] + np.arange(columns)
    y = origin[..., 1] + np.arange(rows)[:, None]
    area = np.gradient(x, axis=1) * np.gradient(y, axis=0)
    area -= np.gradient(x, axis=0) * np.gradient(y, axis=1)
    assert area[2:-2, 2:-2].min() > 0.4, "also where only the backdrop is"


@pytest.mark.parametrize("name", PORTRAITS)
def test_mesh_and_matte_come_along(cases: Mapping[str, Case], name: str) -> None:
    case = cases[name]
    carried, again = case.corrected.face, case.again
    apart = np.linalg.norm(carried.landmarks[:468, :2] - again.landmarks[:468, :2], axis=1)
    assert apart.mean() < 0.015 * again.width
    assert np.abs(carried.points - again.points).max() < 0.05 * again.width
    assert abs(carried.pose.yaw - again.pose.yaw) < 6
    matte = case.corrected.matte
    assert matte.dtype == case.corrected.image.dtype == np.float32
    assert matte.min() >= 0 and matte.max() <= 1
    before = int(np.argmax((case.selfie.matte > 0.5).any(axis=1)))
    after = int(np.argmax((matte > 0.5).any(axis=1)))
    assert after >= before, "hair must not leave the picture"


def test_points_move_with_the_pixels(selfie: Portrait) -> None:
    correction = find_correction(selfie.face, selfie.shape, ARM)
    assert correction is not None
    for index in (1, 33, 263, 61, 152, 234, 454):
        point = selfie.face.landmarks[index, :2]
        y, x = np.mgrid[0 : selfie.matte.shape[0], 0 : selfie.matte.shape[1]]
        blob = np.exp(-((x - point[0]) ** 2 + (y - point[1]) ** 2) / 4).astype(np.float32)
        moved = correction.picture(blob, outside=0)
        centre = np.array([(moved * x).sum(), (moved * y).sum()]) / moved.sum()
        assert centre == pytest.approx(correction.moved(point[None])[0], abs=0.8)


def test_depth_that_is_off_by_a_sixth_still_helps(cases: Mapping[str, Case]) -> None:
    """The scale from the iris is uncertain: neither error may leave the face worse than it was."""
    original = cases["obama.jpg"].original
    right = original.true_mesh
    for factor in (0.85, 1.15):
        case = undone(original, factor)
        before, after = (
            nose(mesh) / nose(right) - 1 for mesh in (case.selfie.true_mesh, case.true_mesh)
        )
        assert abs(after) < 0.5 * abs(before)
        assert mesh_error(case.true_mesh, right) < 0.7 * mesh_error(case.selfie.true_mesh, right)


@pytest.mark.parametrize(("distance", "target"), [(FAR, 1.5), (1.75, 2.5), (30, 1.5), (0.9, 0.8)])
def test_from_afar_nothing_changes(selfie: Portrait, distance: float, target: float) -> None:
    corrected = correct(selfie.image, selfie.matte, selfie.face, selfie.shape, distance, target)
    assert corrected.image is selfie.image and corrected.matte is selfie.matte
    assert corrected.face is selfie.face and corrected.correction is None
    assert (corrected.strength_used, corrected.smallest_jacobian) == (0, 1)


def test_the_nearer_it_was_and_the_stronger_the_more_is_done(selfie: Portrait) -> None:
    def change(distance: float, strength: float = 1.0) -> float:
        correction = find_correction(selfie.face, selfie.shape, distance, strength=strength)
        return 0.0 if correction is None else float(1 - correction.growth.min())

    nearer = [change(distance) for distance in (1.19, 0.8, 0.6, 0.45, 0.35, 0.25)]
    assert nearer == sorted(nearer) and nearer[0] < 0.05
    assert change(0.1) == change(0.25), "nearer than a phone can be held"
    weaker = [change(ARM, strength) for strength in (0, 0.3, 0.6, 1)]
    assert weaker == sorted(weaker) and weaker[0] == 0


@pytest.mark.parametrize("distance", [0.2, 0.3, 0.5, 0.8, 1.1])
@pytest.mark.parametrize("target", [1.5, 4.0])
def test_the_bound_holds_at_every_distance(
    selfie: Portrait, distance: float, target: float
) -> None:
    correction = find_correction(selfie.face, selfie.shape, distance, target)
    assert correction is not None
    assert correction.smallest_jacobian >= SMALLEST_JACOBIAN
    assert np.isfinite(correction.origin).all()
    # Nothing of the photo leaves the picture.
    assert correction.growth.max() <= 1 + 1e-4


def test_a_picture_of_twice_the_size_is_corrected_alike(selfie: Portrait) -> None:
    rows, columns = selfie.matte.shape
    size = columns * 2, rows * 2
    image, matte = (cv2.resize(each, size) for each in (selfie.image, selfie.matte))
    face = selfie.face.scaled(2)
    crown = float(np.argmax((matte > 0.5).any(axis=1)))
    large = correct(image, matte, face, model(face, crown, matte), ARM)
    small = correct(selfie.image, selfie.matte, selfie.face, selfie.shape, ARM)
    halved = cv2.resize(large.image, (columns, rows), interpolation=cv2.INTER_AREA)
    assert np.abs(halved - small.image).mean() < 0.005
    moved = large.face.scaled(0.5).landmarks[:, :2]
    assert np.abs(moved - small.face.landmarks[:, :2]).max() < 0.006 * small.face.width


@pytest.mark.parametrize("bad", [0, -1, float("nan"), float("inf")])
def test_impossible_distances_are_refused(selfie: Portrait, bad: float) -> None:
    with pytest.raises(InputError):
        find_correction(selfie.face, selfie.shape, bad)
    with pytest.raises(InputError):
        find_correction(selfie.face, selfie.shape, ARM, bad)
    with pytest.raises(InputError):
        camera_distance(selfie.face, 400, 500, bad)


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan")])
def test_strengths_out_of_range_are_refused(selfie: Portrait, strength: float) -> None:
    with pytest.raises(InputError):
        find_correction(selfie.face, selfie.shape, ARM, strength=strength)


def test_the_distance_follows_focal_length_and_not_resolution(selfie: Portrait) -> None:
    face = selfie.face
    once = camera_distance(face, 3000, 4000, 26)
    assert camera_distance(face, 3000, 4000, 52) == pytest.approx(2 * once)
    assert camera_distance(face.scaled(0.5), 1500, 2000, 26) == pytest.approx(once)
    assert camera_distance(face, 4000, 3000, 26) == pytest.approx(once)
