"""Delivered files: the head where the size wants it, the pixels there are, the name given."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from headshots.core.delivery.credentials import inspect
from headshots.core.delivery.formats import deliver
from headshots.core.delivery.sizes import FULL, SIZES, crop_for, find_size, size_names
from headshots.core.delivery.xmp import read_xmp
from headshots.core.errors import (
    HeadshotsError,
    InputError,
    NoFace,
    PhotographNeeded,
    SeveralFaces,
    UnknownName,
    WriteFailed,
)
from headshots.core.faces import ANALYSERS, Face, Pose
from headshots.core.generation.patterns import PATTERNS
from headshots.core.images import Box
from headshots.core.photos import read_photo
from headshots.core.provenance import UNKNOWN, Retouched
from headshots.core.scorecard import Scorecard
from headshots.core.scoring.selection import choose

from ...histories import PHOTOGRAPH, painted, pictured, studio

PORTRAITS = ("astronaut.png", "obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg")


@pytest.fixture(scope="module")
def portraits(photos):
    analyser = ANALYSERS.get("embedded")
    read = {name: read_photo(photos / name).image for name in PORTRAITS}
    return {name: (image, analyser.analyse(image, embed=False)[0]) for name, image in read.items()}


def face_at(x, y, tall):
    """A face without features whose forehead-to-chin height is `tall`, its eyes at (x, y)."""
    landmarks = np.full((478, 3), (x, y, 0), np.float32)
    landmarks[10, 1], landmarks[152, 1] = y - 0.4 * tall, y + 0.6 * tall
    landmarks[234, 0], landmarks[454, 0] = x - 0.4 * tall, x + 0.4 * tall
    points = np.array(
        [[x - 0.2 * tall, y], [x + 0.2 * tall, y], [x, y], [x, y], [x, y]], np.float32
    )
    box = Box(x - 0.4 * tall, y - 0.4 * tall, x + 0.4 * tall, y + 0.6 * tall)
    nothing = np.zeros(0, np.float32)
    return Face(box, 1.0, landmarks, points, Pose(0, 0, 0), np.zeros(52, np.float32), nothing, 1.0)


SCORECARD = Scorecard("01", "Jane", "dlib", 0.8, 50.0, (), 0.9, "keep", ())


@pytest.mark.parametrize("name", PORTRAITS)
@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_crop_holds_the_head_and_stays_inside(portraits, name, size):
    image, face = portraits[name]
    box = crop_for(size, face, None, image)
    rows, columns = image.shape[:2]
    assert 0 <= box.x0 < box.x1 <= columns
    assert 0 <= box.y0 < box.y1 <= rows
    assert box.width == pytest.approx(box.height * size.aspect, abs=1.01)
    assert box.y0 < face.landmarks[10, 1]
    assert face.landmarks[152, 1] < box.y1
    assert box.x0 < face.landmarks[234, 0]
    assert face.landmarks[454, 0] < box.x1


def test_head_gets_its_share_where_the_picture_is_large_enough():
    image = np.zeros((3000, 3000, 3), np.float32)
    face = face_at(1500, 1300, 300)
    hair = 0.22 * 300
    for size in SIZES.values():
        box = crop_for(size, face, None, image)
        assert (300 + hair) / box.height == pytest.approx(size.head, abs=0.01)
        assert (1300.5 - box.y0) / box.height == pytest.approx(size.eyes, abs=0.01)
        assert sum((box.x0, box.x1)) / 2 == pytest.approx(1500.5, abs=1)


def test_matte_tells_where_the_hair_ends():
    image = np.zeros((2000, 2000, 3), np.float32)
    face = face_at(1000, 900, 300)
    matte = np.zeros((2000, 2000), np.float32)
    matte[660:, 700:1300] = 1  # hair 120 pixels above the forehead's top at row 780
    box = crop_for(SIZES["linkedin"], face, matte, image)
    assert (1080 - 660) / box.height == pytest.approx(0.60, abs=0.01)


def test_linkedin_shows_the_head_within_its_circle(portraits):
    image, face = portraits["astronaut.png"]
    box = crop_for(SIZES["linkedin"], face, None, image)
    centre, radius = np.array(box.centre), box.width / 2
    assert np.linalg.norm(face.landmarks[:468, :2] - centre, axis=1).max() < radius
    assert 0.38 < (face.points[:2, 1].mean() - box.y0) / box.height < 0.5


position = st.floats(-500, 1500)


@given(
    position,
    position,
    st.floats(0.1, 3000),
    st.integers(1, 900),
    st.integers(1, 900),
    st.sampled_from(sorted(SIZES)),
)
def test_no_face_leads_the_crop_out_of_the_picture(x, y, tall, width, height, size):
    image = np.zeros((height, width, 3), np.float32)
    box = crop_for(find_size(size), face_at(x, y, tall), None, image)
    assert 0 <= box.x0 < box.x1 <= width
    assert 0 <= box.y0 < box.y1 <= height


@pytest.mark.parametrize(
    ("format", "suffix", "deep"), [("jpeg", ".jpg", 8), ("png", ".png", 8), ("tiff", ".tif", 16)]
)
def test_file_is_what_was_asked_for(portraits, tmp_path, format, suffix, deep):
    image, face = portraits["obama3.jpg"]
    picture = pictured(image, SCORECARD, face=face, provenance=painted())
    done = deliver(
        picture, folder=tmp_path / "new" / "set", size="linkedin", format=format, recipe="{}"
    )
    assert done.path == tmp_path / "new" / "set" / f"01-linkedin{suffix}"
    assert done.note == ""
    assert (done.width, done.height) == (800, 800)
    photo = read_photo(done.path)
    assert (photo.width, photo.height) == (800, 800)
    said = read_xmp(photo.data)
    assert said["source_type"] == "compositeWithTrainedAlgorithmicMedia"
    assert said["recipe"] == "{}"
    assert "title" not in said
    if deep == 16:
        levels = np.unique((photo.image * 65535).round().astype(int))
        assert np.any(levels % 257)


def test_full_picture_is_left_as_it_is(tmp_path):
    image = np.random.default_rng(0).random((61, 47, 3), np.float32)
    done = deliver(pictured(image, name="a"), folder=tmp_path, format="png")
    assert done.path.name == "a.png"
    assert (done.width, done.height, done.enlarged) == (47, 61, 1.0)
    assert np.abs(read_photo(done.path).image - image).max() <= 0.51 / 255


def test_small_picture_is_not_blown_up(portraits, tmp_path):
    image, face = portraits["astronaut.png"]
    done = deliver(pictured(image, face=face), folder=tmp_path, size="print")
    assert done.enlarged == 1.0
    assert "2400x3000" in done.note
    assert "upscale" in done.note
    assert done.height < 512 + 1
    with Pillow.open(done.path) as picture:  # still 10 inches high
        assert picture.height / picture.info["dpi"][1] == pytest.approx(10, rel=0.02)


def test_picture_is_enlarged_a_little(portraits, tmp_path):
    image, face = portraits["obama.jpg"]
    done = deliver(pictured(image, face=face), folder=tmp_path, size="linkedin")
    assert (done.width, done.height, done.note) == (800, 800, "")
    assert 1.2 < done.enlarged < 1.5


def test_passport_crop_is_for_photographs_only(portraits, tmp_path):
    image, face = portraits["obama.jpg"]

    def delivered(card, provenance):
        picture = pictured(image, card, face=face, provenance=provenance)
        return deliver(picture, folder=tmp_path, size="passport-35x45")

    lit = UNKNOWN.edited(PATTERNS["loop"].record("loop"))
    for card, provenance in ((SCORECARD, studio()), (None, lit)):
        with pytest.raises(PhotographNeeded):
            delivered(card, provenance)
    assert list(tmp_path.iterdir()) == []
    assert delivered(None, PHOTOGRAPH).width == 413
    assert delivered(None, UNKNOWN).path.exists()


def test_what_cannot_be_delivered_is_named(portraits, photos, tmp_path):
    image, face = portraits["astronaut.png"]
    good = pictured(image, face=face)
    wall = pictured(np.full((300, 240, 3), 0.5, np.float32), name="wall")
    group = pictured(read_photo(photos / "group1.jpg").image, name="group")
    for error, picture, options in (
        (UnknownName, good, {"size": "billboard"}),
        (InputError, good, {"format": "bmp"}),
        (NoFace, wall, {"size": "linkedin"}),
        (SeveralFaces, group, {"size": "linkedin"}),
        (InputError, good.renamed(" ../.. "), {}),
        (InputError, good.renamed(""), {}),
    ):
        with pytest.raises(error):
            deliver(picture, folder=tmp_path, **options)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(WriteFailed):
        deliver(good, folder=tmp_path / "file" / "sub")


@pytest.mark.parametrize("format", ["png", "tiff"])
def test_the_file_of_a_picture_without_a_scorecard_has_none(tmp_path, format):
    """However it lost it: a choice that rejects it for that is no measurement either."""
    image = np.random.default_rng(0).random((61, 47, 3), np.float32)
    never = pictured(image, name="never", provenance=studio())
    since = pictured(image, SCORECARD, name="since").edited(Retouched(skin=0.5), image)
    for picture in (never, since, *choose([never, since], keep=1, least_percentile=5)):
        data = deliver(picture, folder=tmp_path, format=format).path.read_bytes()
        assert "scorecard" not in read_xmp(data)
        credentials = inspect(data)
        assert credentials is not None and credentials.scorecard is None
    scored = deliver(pictured(image, SCORECARD), folder=tmp_path, format=format).path.read_bytes()
    assert read_xmp(scored)["scorecard"]["likeness"] == 0.8


@given(name=st.text(max_size=300))
def test_any_name_stays_in_the_folder(tmp_path_factory, name):
    folder = tmp_path_factory.mktemp("out")
    image = np.zeros((32, 32, 3), np.float32)
    try:
        done = deliver(pictured(image).renamed(name), folder=folder, format="png")
    except HeadshotsError:
        assert list(folder.iterdir()) == []
        return
    assert done.path.resolve().parent == folder.resolve()
    assert [path.name for path in folder.iterdir()] == [done.path.name]


def test_every_size_is_well_formed():
    assert size_names() == (FULL, *SIZES)
    for name, size in SIZES.items():
        assert size.name == name
        assert size.eyes - size.head / 2 > 0  # room above the crown
        assert size.eyes + size.head / 2 < 1
