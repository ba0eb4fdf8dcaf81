"""A portrait measures each thing once, whoever asks, and forgets what is large."""

from __future__ import annotations

import gc
import pickle
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from headshots.core.errors import NoFace, SeveralFaces
from headshots.core.faces import ANALYSERS
from headshots.core.images import fit
from headshots.core.photos import read_photo
from headshots.core.portrait import portrait as portraits
from headshots.core.portrait.portrait import VIEWED_FACE, Portrait


@pytest.fixture
def astronaut(photos: Path) -> Portrait:
    return Portrait(read_photo(photos / "astronaut.png").image)


def test_the_face_is_the_analysers_own(astronaut: Portrait) -> None:
    small, factor = fit(astronaut.image, portraits.LONGEST)
    (face,) = ANALYSERS.get("embedded").analyse(small, embed=False)
    assert np.array_equal(astronaut.face.landmarks, face.scaled(1 / factor).landmarks)


def test_a_face_that_is_given_is_not_searched(
    astronaut: Portrait, monkeypatch: pytest.MonkeyPatch
) -> None:
    face = astronaut.face
    monkeypatch.setattr(portraits.ANALYSERS, "get", lambda name: pytest.fail("searched"))
    assert Portrait(astronaut.image, face=face).face is face


def test_threads_share_one_measurement(
    astronaut: Portrait, monkeypatch: pytest.MonkeyPatch
) -> None:
    analyser, calls = ANALYSERS.get("embedded"), list[int]()
    analyse = analyser.analyse

    def counted(*given: object, **options: object) -> object:
        calls.append(1)
        return analyse(*given, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(analyser, "analyse", counted)
    with ThreadPoolExecutor(8) as pool:
        faces = list(pool.map(lambda _: astronaut.face, range(8)))
    assert len(calls) == 1 and all(face is faces[0] for face in faces)


def test_who_is_alone_and_who_is_not(photos: Path) -> None:
    with pytest.raises(NoFace, match="'wall'"):
        Portrait(np.full((90, 120, 3), 0.5, np.float32)).sitter("wall")
    with pytest.raises(SeveralFaces, match="'group'"):
        Portrait(read_photo(photos / "group1.jpg").image).sitter("group")


def test_shapes_and_types(astronaut: Portrait) -> None:
    height, width = astronaut.image.shape[:2]
    assert astronaut.upright.pixels.shape == astronaut.lab.shape == (300, 300, 3)
    assert astronaut.linear.shape == (300, 300, 3) and astronaut.linear.dtype == np.float32
    for mask in (astronaut.skin, astronaut.cutout):
        assert mask.shape == (height, width) and mask.dtype == np.float32
        assert mask.min() >= 0 and mask.max() <= 1
    assert astronaut.matte is None, "that it was cut out here makes it no picture with a matte"
    assert astronaut.skin_pixels is not None and astronaut.skin_pixels.shape[1:] == (3,)
    assert astronaut.skin_colour is not None and astronaut.skin_colour.shape == (3,)
    assert astronaut.expression.shape == (7,)
    assert 0 <= astronaut.sharpness <= 1 and 0 <= astronaut.smile <= 1
    assert astronaut.light.ratio >= 1 and astronaut.appearance is not None
    assert astronaut.traits.skin is not None
    assert astronaut.crown < astronaut.face.landmarks[10, 1]
    assert Portrait(astronaut.image, astronaut.cutout, astronaut.face).crown < astronaut.crown


def test_the_view_is_no_larger_than_it_need_be(photos: Path) -> None:
    whole = Portrait(read_photo(photos / "obama.jpg").image)
    assert whole.view.image is whole.image, "its face would be too narrow in a smaller one"
    close = Portrait(whole.face.box.grown(0.9).cut(whole.image))
    assert max(close.image.shape) > portraits.LONGEST
    assert max(close.view.image.shape) == portraits.LONGEST
    assert close.view.face.width >= VIEWED_FACE


def test_released_it_keeps_its_face_alone(
    astronaut: Portrait, monkeypatch: pytest.MonkeyPatch
) -> None:
    face, cutout = astronaut.face, weakref.ref(astronaut.cutout)
    astronaut.release()
    gc.collect()
    assert cutout() is None
    monkeypatch.setattr(portraits.ANALYSERS, "get", lambda name: pytest.fail("searched"))
    assert astronaut.face is face and astronaut.light.ratio >= 1


@pytest.mark.parametrize("found", [True, False])
def test_another_process_gets_the_face_that_was_found(astronaut: Portrait, found: bool) -> None:
    if found:
        assert astronaut.face and astronaut.light
    there = pickle.loads(pickle.dumps(astronaut))
    assert np.array_equal(there.image, astronaut.image) and there.matte is None
    assert there.cache.get("light") is None
    assert (there.cache.get("faces") is not None) == found
    assert np.array_equal(there.face.landmarks, astronaut.face.landmarks)
