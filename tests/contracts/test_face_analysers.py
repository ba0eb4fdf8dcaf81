"""What every face analyser promises, on real photos and on anything that is a picture."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from headshots.core.errors import HeadshotsError, InputError
from headshots.core.faces import ANALYSERS, Face, FaceAnalyser
from headshots.core.faces.analyser import BLENDSHAPES
from headshots.core.images import Image, from_u8, to_u8
from headshots.core.photos import read_photo

NAMES = ANALYSERS.names()


@pytest.fixture(scope="module", params=NAMES)
def analyser(request: pytest.FixtureRequest, insightface_dir: Path) -> FaceAnalyser:
    return ANALYSERS.get(request.param)


@pytest.fixture(scope="module")
def portrait(photos: Path) -> Image:
    return read_photo(photos / "obama.jpg").image


@pytest.fixture(scope="module")
def group(photos: Path) -> Image:
    return read_photo(photos / "group4.jpg").image


@pytest.fixture(scope="module")
def face(analyser: FaceAnalyser, portrait: Image) -> Face:
    (face,) = analyser.analyse(portrait)
    return face


def test_name_is_the_registered_one(analyser: FaceAnalyser) -> None:
    assert ANALYSERS.get(analyser.name) is analyser
    recogniser = analyser.recogniser
    assert recogniser.name
    assert -1 < recogniser.different_person < recogniser.same_person < 1


def test_shapes_and_ranges(analyser: FaceAnalyser, face: Face) -> None:
    for array, shape in (
        (face.landmarks, (478, 3)),
        (face.points, (5, 2)),
        (face.blendshapes, (len(BLENDSHAPES),)),
        (face.embedding, (analyser.recogniser.dimensions,)),
    ):
        assert array.shape == shape
        assert array.dtype == np.float32
        assert np.isfinite(array).all()
    assert 0 <= face.blendshapes.min() <= face.blendshapes.max() <= 1
    assert 0 < face.confidence <= 1
    assert 0 <= face.quality <= 1
    assert np.linalg.norm(face.embedding) == pytest.approx(1, abs=1e-5)


def test_face_is_where_it_is(face: Face) -> None:
    # The portrait's eyes, nose and mouth corners, read off the photo by eye.
    seen = np.array([[445, 216], [549, 215], [496, 279], [436, 322], [556, 320]])
    assert np.abs(face.points - seen).max() < 12
    assert face.box.x0 < face.points[:, 0].min() < face.points[:, 0].max() < face.box.x1
    assert face.box.y0 < face.points[:, 1].min() < face.points[:, 1].max() < face.box.y1


def test_depth_grows_towards_the_camera(face: Face) -> None:
    nose, left, right = face.landmarks[[1, 234, 454], 2]
    assert nose > max(left, right) + 0.3 * face.width


def test_largest_first(analyser: FaceAnalyser, group: Image) -> None:
    faces = analyser.analyse(group)
    areas = [face.box.area for face in faces]
    assert len(faces) == 4
    assert areas == sorted(areas, reverse=True)


def test_without_embedding(analyser: FaceAnalyser, portrait: Image, face: Face) -> None:
    (bare,) = analyser.analyse(portrait, embed=False)
    assert bare.embedding.shape == (0,)
    assert bare.embedding.dtype == np.float32
    assert np.array_equal(bare.landmarks, face.landmarks)
    assert np.array_equal(analyser.recogniser.embed(portrait, [bare])[0], face.embedding)


def test_embeds_several_as_one_by_one(analyser: FaceAnalyser, group: Image) -> None:
    faces = analyser.analyse(group, embed=False)
    together = analyser.recogniser.embed(group, faces)
    single = np.concatenate([analyser.recogniser.embed(group, [each]) for each in faces])
    assert together.shape == (len(faces), analyser.recogniser.dimensions)
    assert np.abs(together - single).max() < 1e-4
    assert analyser.recogniser.embed(group, []).shape == (0, analyser.recogniser.dimensions)


def test_same_picture_same_answer(analyser: FaceAnalyser, portrait: Image, face: Face) -> None:
    before = portrait.copy()
    (again,) = analyser.analyse(portrait)
    assert np.array_equal(again.embedding, face.embedding)
    assert np.array_equal(again.landmarks, face.landmarks)
    assert np.array_equal(portrait, before)


def test_empty_picture_has_no_face(analyser: FaceAnalyser) -> None:
    assert analyser.analyse(np.full((400, 300, 3), 0.5, np.float32)) == ()


def test_scaled_face_fits_the_resized_picture(
    analyser: FaceAnalyser, portrait: Image, face: Face
) -> None:
    half = cv2.resize(portrait, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    (small,) = analyser.analyse(half)
    grown = small.scaled(portrait.shape[1] / half.shape[1])
    assert np.abs(grown.points - face.points).max() < 0.03 * face.width
    assert float(grown.embedding @ face.embedding) > 1 - 0.25 * (
        1 - analyser.recogniser.same_person
    )
    assert grown.eye_distance == pytest.approx(face.eye_distance, rel=0.03)


def _turned(image: Image, degrees: float) -> Image:
    rows, columns = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((columns / 2, rows / 2), degrees, 1)
    return cv2.warpAffine(image, matrix, (columns, rows), flags=cv2.INTER_LINEAR)


def _saved(image: Image, quality: int) -> Image:
    _, data = cv2.imencode(".jpg", to_u8(image), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return from_u8(cv2.imdecode(data, cv2.IMREAD_COLOR))


DEGRADED = {
    "turned 20": lambda image: _turned(image, 20),
    "turned -20": lambda image: _turned(image, -20),
    "darkened": lambda image: image * np.float32(0.4),
    "saved at q30": lambda image: _saved(image, 30),
}


@pytest.mark.parametrize("how", DEGRADED)
@pytest.mark.parametrize("photo", ["obama.jpg", "obama2.jpg"])
def test_likeness_survives(analyser: FaceAnalyser, photos: Path, photo: str, how: str) -> None:
    """The same face, degraded, is as like the person's other photos as before: within 0.05."""
    others = {"obama.jpg", "obama2.jpg", "obama3.jpg"} - {photo}
    vectors = [analyser.analyse(read_photo(photos / each).image)[0].embedding for each in others]
    template = np.sum(vectors, axis=0)
    template /= np.linalg.norm(template)
    image = read_photo(photos / photo).image
    (plain,) = analyser.analyse(image)
    (degraded,) = analyser.analyse(np.ascontiguousarray(DEGRADED[how](image), np.float32))
    assert abs(float((degraded.embedding - plain.embedding) @ template)) < 0.05


@pytest.fixture(scope="module")
def strangers(photos: Path) -> list[tuple[Image, tuple[Face, ...]]]:
    names = ("biden.jpg", "astronaut.png", *(f"group{n}.jpg" for n in range(1, 7)))
    images = [read_photo(photos / name).image for name in names]
    return [(image, ANALYSERS.get("embedded").analyse(image, embed=False)) for image in images]


def test_one_person_above_every_other(
    analyser: FaceAnalyser, photos: Path, strangers: list[tuple[Image, tuple[Face, ...]]]
) -> None:
    own = [
        analyser.analyse(read_photo(photos / f"obama{number}.jpg").image)[0].embedding
        for number in ("", "2", "3")
    ]
    others = [
        vector for image, faces in strangers for vector in analyser.recogniser.embed(image, faces)
    ]
    assert len(others) >= 20
    for index, vector in enumerate(own):
        template = np.sum([*own[:index], *own[index + 1 :]], axis=0)
        template /= np.linalg.norm(template)
        assert float(vector @ template) > max(float(each @ template) for each in others)
        assert float(vector @ template) > analyser.recogniser.same_person


def test_tight_crop(analyser: FaceAnalyser, portrait: Image, face: Face) -> None:
    crop = np.ascontiguousarray(face.box.grown(0.02).cut(portrait))
    (tight,) = analyser.analyse(crop)
    assert float(tight.embedding @ face.embedding) > analyser.recogniser.same_person


def test_crowd_of_small_faces(analyser: FaceAnalyser, photos: Path) -> None:
    tiles = [
        cv2.resize(
            read_photo(photos / f"group{n}.jpg").image, (500, 350), interpolation=cv2.INTER_AREA
        )
        for n in (3, 4, 5, 6)
    ]
    crowd = np.vstack([np.hstack(tiles), np.hstack(tiles[::-1])])
    assert len(analyser.analyse(np.ascontiguousarray(crowd), embed=False)) == 32


SIDES = st.one_of(st.integers(1, 3), st.integers(1, 96))


@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(
    shape=st.one_of(
        st.tuples(SIDES, SIDES, st.just(3)),
        st.sampled_from([(1, 4000, 3), (4000, 1, 3), (2, 900, 3), (700, 5, 3)]),
    ),
    seed=st.integers(0, 2**32 - 1),
    low=st.floats(-1e3, 1, width=32),
    spread=st.sampled_from([0, 1, 1e3]),
)
def test_any_picture_has_an_answer(
    analyser: FaceAnalyser, shape: tuple[int, ...], seed: int, low: float, spread: float
) -> None:
    noise = np.random.default_rng(seed).random(shape, np.float32)
    faces = analyser.analyse(noise * np.float32(spread) + np.float32(low))
    assert isinstance(faces, tuple)


@settings(max_examples=10, suppress_health_check=list(HealthCheck))
@given(
    top=st.integers(0, 400),
    left=st.integers(150, 500),
    height=st.integers(1, 500),
    width=st.integers(1, 500),
)
def test_any_part_of_a_portrait_has_an_answer(
    analyser: FaceAnalyser, portrait: Image, top: int, left: int, height: int, width: int
) -> None:
    part = np.ascontiguousarray(portrait[top : top + height, left : left + width])
    for face in analyser.analyse(part):
        assert np.linalg.norm(face.embedding) == pytest.approx(1, abs=1e-4)


@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(
    picture=st.one_of(
        st.none(),
        st.text(max_size=3),
        arrays(np.uint8, st.tuples(SIDES, SIDES, st.just(3))),
        arrays(np.float32, st.lists(st.integers(0, 4), max_size=4).map(tuple)).filter(
            lambda array: array.ndim != 3 or array.shape[2] != 3 or array.size == 0
        ),
        st.sampled_from([np.nan, np.inf]).map(lambda v: np.full((4, 4, 3), v, np.float32)),
    )
)
def test_what_is_no_picture_is_refused(analyser: FaceAnalyser, picture: object) -> None:
    with pytest.raises(InputError) as caught:
        analyser.analyse(picture)  # pyright: ignore[reportArgumentType]
    assert isinstance(caught.value, HeadshotsError)
    assert caught.value.remedy
