"""Eyes and mouths borrowed between photos of one sitter: accepted, refused, laid in, marked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from headshots.core.delivery.xmp import build_xmp
from headshots.core.faces import ANALYSERS, Face
from headshots.core.faces.analyser import BLENDSHAPES
from headshots.core.generation import GENERATORS, Candidate, Request, find_look, layers_of
from headshots.core.generation.studio.sources.choice import rank_sources, suitability
from headshots.core.generation.studio.transfer.blending import BlendedRegion, blend_region
from headshots.core.generation.studio.transfer.feature_transfer import (
    Transfer,
    mended_sources,
    refusals,
    transfer_feature,
)
from headshots.core.generation.studio.transfer.regions import EYES, MOUTH
from headshots.core.identity.identity import EnrolledPhoto, Identity
from headshots.core.images import Box, Image, blur, to_lab
from headshots.core.photos import read_photo
from headshots.core.photos.writing import encode
from headshots.core.portrait.portrait import Portrait
from headshots.core.provenance import FeatureTransferred
from headshots.core.scoring.score import score

from ... import blinks


def _found(image: Image) -> Face:
    return ANALYSERS.get("embedded").analyse(image, embed=False)[0]


def _enrolled(name: str, image: Image) -> EnrolledPhoto:
    data = encode(image, "png")
    rows, columns = image.shape[:2]
    sha256 = hashlib.sha256(data).hexdigest()
    return EnrolledPhoto(name, sha256, data, columns, rows, _found(image), {}, 0.9)


def _expressed(photo: EnrolledPhoto, **shapes: float) -> EnrolledPhoto:
    """The photo with another expression as far as the mesh tells."""
    blendshapes = photo.face.blendshapes.copy()
    for name, strength in shapes.items():
        blendshapes[BLENDSHAPES.index(name)] = strength
    return replace(photo, face=replace(photo.face, blendshapes=blendshapes))


@pytest.fixture(scope="module")
def portrait(photos: Path) -> Image:
    """A laughing sitter, head and shoulders."""
    image = read_photo(photos / "obama.jpg").image
    box = _found(image).box.grown(1.2)
    return np.ascontiguousarray(Box(box.x0, box.y0, box.x1, box.y1).cut(image))


@pytest.fixture(scope="module")
def blink(portrait: Image) -> EnrolledPhoto:
    return _enrolled("blink.png", blinks.asleep(portrait, _found(portrait)))


@pytest.fixture(scope="module")
def frame(portrait: Image) -> Callable[..., EnrolledPhoto]:
    """Another frame of the sitting; see `blinks.next_frame`."""
    sitting = blinks.sitting(portrait, _found(portrait))

    def taken(**changes: float) -> EnrolledPhoto:
        return _enrolled("next.png", blinks.next_frame(sitting, **changes))

    return taken


@pytest.fixture(scope="module")
def lender(frame: Callable[..., EnrolledPhoto]) -> EnrolledPhoto:
    return frame(yaw=3, pitch=2, side=0.15, stops=-0.4, warmth=0.1)


@pytest.fixture(scope="module")
def mended(blink: EnrolledPhoto, lender: EnrolledPhoto) -> BlendedRegion:
    image = read_photo(blink.data, name=blink.name).image
    return transfer_feature(image, blink.face, Transfer(EYES, lender))


def test_a_blink_is_a_blink(blink: EnrolledPhoto, lender: EnrolledPhoto) -> None:
    assert blink.face.eyes_open < 0.55 < 0.7 < lender.face.eyes_open


def test_the_next_frame_lends_its_eyes(
    blink: EnrolledPhoto, lender: EnrolledPhoto, mended: BlendedRegion
) -> None:
    assert refusals(blink, Transfer(EYES, lender)) == ()
    found = _found(mended.image)
    assert found.eyes_open > 0.7
    assert found.eyes_open == pytest.approx(mended.face.eyes_open, abs=0.1)
    away = np.linalg.norm(found.landmarks[:, :2] - mended.face.landmarks[:, :2], axis=1)
    assert away.mean() < 0.01 * found.width, "the mesh says where everything is now"


def test_borrowed_eyes_look_as_the_sitters_did(portrait: Image, mended: BlendedRegion) -> None:
    """The eyes that were there before the lids were drawn over them are the truth."""
    apart = to_lab(mended.image)[..., 0] - to_lab(portrait)[..., 0]
    broad = blur(np.asarray(apart, np.float32), 0.02 * mended.face.width)
    inside = mended.mask > 0.9
    assert np.sqrt((broad[inside] ** 2).mean()) < 2.5, "L*"
    seam = (mended.mask > 0.05) & (mended.mask < 0.95)
    assert np.abs(broad[seam]).mean() < 1.5, "L*"


def test_nothing_else_is_touched(blink: EnrolledPhoto, mended: BlendedRegion) -> None:
    image = read_photo(blink.data, name=blink.name).image
    outside = mended.mask == 0
    assert np.array_equal(mended.image[outside], image[outside])
    assert 0.02 < (mended.mask > 0).sum() / mended.face.width**2 < 0.6
    assert not mended.mask[mended.face.landmarks[[1, 13, 152], 1].astype(int)].any()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"yaw": 14.0}, "turned"),
        ({"pitch": -12.0}, "turned|lie on each other"),
        ({"side": 0.7}, "light falls"),
        ({"side": -0.7}, "light falls"),
        ({"stops": -1.6}, "exposure"),
        ({"blur": 0.012}, "as sharp"),
        ({"scale": 0.55}, "smaller"),
        ({"noise": 0.08}, "noisy"),
    ],
)
def test_other_pose_light_or_sharpness_is_refused(
    blink: EnrolledPhoto,
    frame: Callable[..., EnrolledPhoto],
    changes: dict[str, float],
    words: str,
) -> None:
    found = " ".join(refusals(blink, Transfer(EYES, frame(**changes))))
    assert any(word in found for word in words.split("|")), found


def test_closed_eyes_eyes_that_look_aside_and_another_smile_are_refused(
    blink: EnrolledPhoto, lender: EnrolledPhoto
) -> None:
    for shapes, words in (
        ({"eyeBlinkLeft": 0.8}, "not open"),
        ({"eyeLookOutLeft": 0.9}, "look aside"),
        ({"mouthSmileLeft": 0.0, "mouthSmileRight": 0.0}, "smiles"),
    ):
        (found,) = refusals(blink, Transfer(EYES, _expressed(lender, **shapes)))
        assert words in found


def test_glasses_on_one_photo_only_are_refused(
    portrait: Image, blink: EnrolledPhoto, lender: EnrolledPhoto
) -> None:
    bare = read_photo(lender.data, name="next.png").image
    worn = _enrolled("worn.png", _with_glasses(bare, lender.face))
    assert refusals(blink, Transfer(EYES, worn))
    closed = read_photo(blink.data, name="blink.png").image
    both = _enrolled("both.png", _with_glasses(closed, blink.face))
    assert refusals(both, Transfer(EYES, lender))


def _with_glasses(image: Image, face: Face) -> Image:
    drawn, width = image.copy(), face.width
    for iris in (468, 473):
        x, y = (float(value) for value in face.landmarks[iris, :2])
        rim = ((x, y + 0.02 * width), (0.4 * width, 0.32 * width), 0.0)
        cv2.ellipse(drawn, rim, (0.08, 0.07, 0.06), round(0.018 * width), cv2.LINE_AA)
    return drawn


def test_a_lender_that_ends_within_the_eyes_is_refused(
    portrait: Image, blink: EnrolledPhoto
) -> None:
    whole = _found(portrait)
    cut = round(float(whole.landmarks[468, 0]))
    part = np.ascontiguousarray(portrait[:, cut:])
    moved = whole.landmarks - np.array([cut, 0, 0], np.float32)
    half = replace(_enrolled("half.png", portrait), data=encode(part, "png"), width=part.shape[1])
    half = replace(half, face=replace(whole, landmarks=moved))
    assert refusals(blink, Transfer(EYES, half))


def test_three_real_photos_of_one_sitter_lend_each_other_nothing(sitter: Identity) -> None:
    """They were taken on other days, from other sides, in other light."""
    for region in (EYES, MOUTH):
        for photo in sitter.photos:
            for other in sitter.photos:
                if other is not photo:
                    assert refusals(photo, Transfer(region, other))


def test_a_mouth_is_lent_where_the_jaw_agrees(portrait: Image, lender: EnrolledPhoto) -> None:
    """The same laugh a moment later takes its own place: what is there is the truth."""
    face, other = _found(portrait), read_photo(lender.data, name="next.png").image
    blended = blend_region(portrait, face, other, lender.face, MOUTH)
    assert blended is not None
    apart = to_lab(blended.image)[..., 0] - to_lab(portrait)[..., 0]
    broad = blur(np.asarray(apart, np.float32), 0.02 * face.width)
    assert np.sqrt((broad[blended.mask > 0.9] ** 2).mean()) < 3
    talking = _expressed(_enrolled("talk.png", portrait), jawOpen=0.9)
    quiet = _expressed(lender, jawOpen=0.1)
    assert refusals(talking, Transfer(MOUTH, quiet)) == ()
    assert "open too" in " ".join(
        refusals(talking, Transfer(MOUTH, _expressed(quiet, jawOpen=0.9)))
    )


def test_a_photo_is_mended_only_where_that_is_much_better(
    blink: EnrolledPhoto, lender: EnrolledPhoto
) -> None:
    (only,) = mended_sources([blink, lender])
    assert (only.photo, only.transfer) == (lender, None), "a photo as it is goes first"
    poor = replace(lender, quality=0.3 * lender.quality)
    first, second = mended_sources([poor, blink])
    assert first.photo is blink
    assert first.transfer is not None
    assert first.transfer.lender is poor
    assert first.transfer.region is EYES
    assert (second.photo, second.transfer) == (poor, None), "in case the first can't be framed"
    assert [source.transfer for source in mended_sources([blink])] == [None]
    assert suitability(blink) < suitability(lender)


def test_real_photos_are_used_as_they_are(sitter: Identity) -> None:
    sources = mended_sources(sitter.photos)
    assert tuple(source.photo for source in sources) == rank_sources(sitter.photos)
    assert all(source.transfer is None for source in sources)


@pytest.fixture(scope="module")
def headshot(sitter: Identity, blink: EnrolledPhoto, lender: EnrolledPhoto) -> Candidate:
    pair = replace(sitter, photos=(blink, replace(lender, quality=0.3 * lender.quality)))
    request = Request(pair, (find_look("executive"),), 1, 1, 400, keep_stages=True)
    return next(iter(GENERATORS.get("studio").generate(request)))


def test_a_borrowed_headshot_looks_and_says_so(
    sitter: Identity, headshot: Candidate, blink: EnrolledPhoto, lender: EnrolledPhoto
) -> None:
    provenance = headshot.provenance
    assert (provenance.photo, provenance.lender) == ("blink.png", "next.png")
    assert provenance.sources == (blink.sha256, lender.sha256)
    assert provenance.last(FeatureTransferred) == FeatureTransferred(region="eyes")
    assert _found(headshot.image).eyes_open > 0.7
    assert "Subject, eyes from another photo" in [layer.name for layer in layers_of(headshot)]
    card = score(
        Portrait(headshot.image, headshot.matte), sitter, picture="01", provenance=provenance
    )
    assert "the eyes are from another photo of the sitter" in card.notes
    assert card.measure("eyes-open").passed
    written = build_xmp(card, provenance=provenance)
    assert b'"feature-transferred","region":"eyes"' in written
    assert b"next.png" not in written


def test_only_closed_eyes_are_said_on_the_scorecard(sitter: Identity, blink: EnrolledPhoto) -> None:
    asleep = replace(sitter, photos=(blink,))
    request = Request(asleep, (find_look("executive"),), 1, 1, 400)
    (candidate,) = GENERATORS.get("studio").generate(request)
    card = score(candidate.portrait, asleep, picture="01", provenance=candidate.provenance)
    assert "All enrolled photos show closed or half-closed eyes; add one with open eyes" in (
        card.notes
    )
    assert not card.measure("eyes-open").passed
