"""Planted faults of a face, a few of each; tests/benchmarks/likeness/faults.py measures many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from headshots.core.faces import ANALYSERS, Face
from headshots.core.identity.identity import Identity
from headshots.core.images import Image, blur, from_lab, from_u8, resize, to_lab, to_u8
from headshots.core.photos import read_photo
from headshots.core.portrait.portrait import Portrait
from headshots.core.provenance import UNKNOWN, Provenance, Retouched
from headshots.core.scorecard import Measurement
from headshots.core.scoring.context import Context, Needs, ask
from headshots.core.scoring.measure import KINDS
from headshots.core.scoring.measures import painting
from headshots.core.scoring.measures.copy_detection import Nearest
from headshots.core.scoring.measures.realism import banding, edge_line
from headshots.core.scoring.reference import correlation, reference_for
from headshots.core.scoring.registry import MEASURES

from ...histories import painted, studio
from ...spoilt_faces import FAULTS, Given, worn

COPY = Nearest("", 1, 1.0)


def _given(sitter: Identity, other: Identity, seed: int = 3) -> Given:
    (one, face), (two, its) = (_best(each) for each in (sitter, other))
    return Given(one, face, sitter, two, its, np.random.default_rng(seed))


def _best(sitter: Identity) -> tuple[Image, Face]:
    photo = sitter.photos[0]
    read = read_photo(photo.data, longest=1200)
    return read.image, photo.face.scaled(read.scale)


def _measured(
    image: Image, sitter: Identity, near: Nearest | None = COPY
) -> dict[str, Measurement]:
    return _told(Context(_whole(image), sitter, nearest=near))


def _told(context: Context) -> dict[str, Measurement]:
    """The measures of pictures of the sitter alone."""
    answers = ask(MEASURES, Needs.SITTER, context).values()
    return {each.name: each for answer in answers for each in answer.measurements}


def _whole(image: Image) -> Portrait:
    """The picture with the largest face of it, found in full size."""
    return Portrait(image, face=ANALYSERS.get("embedded").analyse(image, embed=False)[0])


@pytest.fixture(scope="module")
def given(sitter: Identity, astronaut: Identity) -> Given:
    return _given(sitter, astronaut)


def test_an_untouched_photo_raises_no_alarm(given: Given) -> None:
    for _ in range(3):
        found = _measured(worn(given.image, given.face, given.rng), given.identity)
        assert {"eye-colour", "skin-tone", "glasses", "mirrored", "skin-texture"} <= set(found)
        assert [name for name, each in found.items() if not each.passed] == []


@pytest.mark.parametrize(
    "fault",
    [
        "eyes recoloured",
        "mole removed",
        "skin lightened by 5 L*",
        "age filter by blur",
        "plastic skin",
        "mirrored face",
        "light flipped left to right",
        "glasses painted on",
    ],
)
def test_a_planted_fault_is_found(given: Given, fault: str) -> None:
    plant, finders = FAULTS[fault]
    spoilt = plant(given)
    assert spoilt is not None
    found = _measured(spoilt, given.identity)
    assert any(not found[name].passed for name in finders if name in found), found
    assert all(each.advice for each in found.values() if not each.passed)


def test_another_light_that_was_asked_for_is_no_fault(given: Given) -> None:
    dim = np.clip(given.image * np.linspace(0.4, 1.1, given.image.shape[1])[None, :, None], 0, 1)
    dim = dim.astype(np.float32)
    portrait = _whole(dim)
    name = given.identity.photos[0].name
    relit = _told(Context(portrait, given.identity, studio(photo=name)))
    assert "side-light" not in relit and "skin-tone" in relit
    plain = _told(Context(portrait, given.identity, nearest=COPY))
    assert not plain["side-light"].passed


def test_lines_that_a_softer_light_took_are_told_and_lines_that_a_filter_took_refuse(
    given: Given,
) -> None:
    lab = to_lab(given.image)
    even = blur(lab[..., 0], 0.3 * given.face.width)
    lab[..., 0] = even + 0.4 * (lab[..., 0] - even)
    soft = from_lab(lab)
    history = studio(photo=given.identity.photos[0].name)

    def lines(image: Image) -> Measurement:
        portrait = _whole(image)
        return _told(Context(portrait, given.identity, history))["skin-lines"]

    flattened = lines(soft)
    assert not flattened.passed and flattened.severity == "difference"
    filtered = lines(FAULTS["age filter by blur"][0](replace(given, image=soft)))
    assert not filtered.passed and filtered.severity == "defect"


def test_the_discriminators_verdict_is_of_the_pixels_as_painted(given: Given) -> None:
    portrait = Portrait(given.image)

    def verdict(history: Provenance) -> Sequence[Measurement]:
        return painting.answer(portrait, Context(portrait, given.identity, history)).measurements

    history = painted(realism=0.8, realism_auc=0.9)
    (shown,) = verdict(history)
    assert shown.value == 0.8 and shown.passed
    (note,) = painting.answer(portrait, Context(portrait, given.identity, history)).notes
    assert "90%" in note, "how often it is right stands beside it"
    assert verdict(history.edited(Retouched(skin=0.5))) == ()
    assert verdict(painted()) == verdict(UNKNOWN) == ()


def test_a_picture_of_its_own_is_held_against_all_photos(photos: Path, sitter: Identity) -> None:
    """Each photo against the other two: no alarm, and nothing that needs the very photo."""
    for photo in sitter.photos:
        rest = tuple(each for each in sitter.photos if each is not photo)
        read = read_photo(photo.data, longest=1200)
        without = replace(sitter, photos=rest)
        near = Nearest(rest[0].name, 1, 0.1)
        found = _measured(read.image, without, near)
        assert "mirrored" not in found and "skin-tone" not in found
        assert [name for name, each in found.items() if not each.passed] == [], photo.name


def test_monochrome_pictures_are_not_held_to_colours(given: Given) -> None:
    grey = np.repeat(given.image.mean(axis=2, keepdims=True), 3, axis=2)
    found = _measured(grey, given.identity)
    assert not {"eye-colour", "hair-colour", "teeth", "beard"} & set(found)
    assert "skin-texture" in found


def test_a_face_half_out_of_the_picture_is_not_told(given: Given) -> None:
    middle = round(float(given.face.landmarks[1, 0]))
    half = np.ascontiguousarray(given.image[:, middle:])
    face = replace(
        given.face,
        landmarks=given.face.landmarks - np.array([middle, 0, 0], np.float32),
        points=given.face.points - np.array([middle, 0], np.float32),
    )
    assert Portrait(half, face=face).appearance is None
    assert _told(Context(Portrait(half, face=face), given.identity)) == {}


def test_the_photo_is_known_by_its_pattern_where_the_face_was_changed(given: Given) -> None:
    seen = Portrait(given.image, face=given.face).appearance
    assert seen is not None
    held = reference_for(seen, given.identity, UNKNOWN, Nearest("", 1, 0.3))
    assert held.anchor is not None  # its own pattern
    held = reference_for(seen, given.identity, UNKNOWN, Nearest("", 2, 0.3))
    assert held.anchor is None and len(held.own) == 3
    assert correlation(seen.pattern, seen.pattern) == pytest.approx(1, abs=1e-3)


def _gradient(finish: Callable[[Image], Image]) -> Image:
    ramp = np.linspace(0.2, 0.6, 900, dtype=np.float32)
    return finish(np.broadcast_to(ramp[None, :, None], (300, 900, 3)).astype(np.float32))


def test_bands_are_told_from_gradients() -> None:
    def eight_bits(image: Image) -> Image:
        return np.asarray(np.round(image * 255) / 255, np.float32)

    def bands(image: Image) -> Image:
        return np.asarray(np.round(image * 40) / 40, np.float32)

    rng = np.random.default_rng(0)

    def grain(image: Image) -> Image:
        return eight_bits(image + rng.normal(0, 0.004, image.shape).astype(np.float32))

    def worn(image: Image) -> Image:
        data = cv2.imencode(".jpg", to_u8(resize(image, 1035, 345)))[1]
        return from_u8(cv2.imdecode(data, cv2.IMREAD_COLOR))

    limit = KINDS["banding"].high
    assert limit is not None
    assert banding(_gradient(eight_bits)) < limit / 2 and banding(_gradient(grain)) < limit / 2
    assert banding(_gradient(bands)) > 2 * limit and banding(worn(_gradient(bands))) > 2 * limit
    assert banding(blur(_gradient(bands), 12)) < limit


def test_a_bright_line_along_the_edge_is_told_from_an_edge(given: Given) -> None:
    rows, columns = given.image.shape[:2]
    x, y = given.face.landmarks[:468, :2].mean(axis=0)
    away = np.hypot(np.arange(columns) - x, np.arange(rows)[:, None] - y) - given.face.width
    matte = (away < 0).astype(np.float32)
    plain = np.full((rows, columns, 3), 0.3, np.float32)
    plain[matte > 0] = 0.6
    lined = plain.copy()
    lined[(away >= 0) & (away < 2)] = 0.9
    in_part = np.where(np.arange(columns)[None, :, None] < x, plain, lined).astype(np.float32)
    limit = KINDS["edge-line"].high
    assert limit is not None
    lines = [edge_line(to_lab(each)[..., 0], matte, given.face) for each in (plain, in_part, lined)]
    assert max(lines[:2]) < limit < lines[2]  # in part, as light from behind makes it


def test_a_mirrored_copy_is_held_against_its_photo(given: Given) -> None:
    """Its skin lies on the other side, so that the skin alone doesn't tell it for a copy."""
    plant, _ = FAULTS["mirrored face"]
    spoilt = plant(given)
    assert spoilt is not None
    portrait = _whole(spoilt)
    near = Nearest(given.identity.photos[0].name, 1, 0.75)
    context = Context(portrait, given.identity, nearest=near)
    assert context.reference is not None and context.reference.anchor is not None
