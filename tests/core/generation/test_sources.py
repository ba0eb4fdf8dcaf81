"""Photos weighed against the looks: baked light, room, pixels."""

from __future__ import annotations

from dataclasses import replace

import pytest

from headshots.core.generation import GENERATORS, LOOKS, Look, Request
from headshots.core.generation.patterns import PATTERNS
from headshots.core.generation.studio.sources.choice import (
    choose_sources,
    fitness,
    suitability,
    turns,
)
from headshots.core.identity.identity import EnrolledPhoto, Identity
from headshots.core.portrait.photo_light import PhotoLight

EVEN = PhotoLight(behind=0.0, aside=0.0, cast=0.0, burnt=0.0, exposure=-1.5)


@pytest.fixture(scope="module")
def photo(sitter: Identity) -> EnrolledPhoto:
    """A good portrait with room around it, as if in even light."""
    best = next(each for each in sitter.photos if each.name == "obama.jpg")
    return replace(best, light=EVEN)


def lit(photo: EnrolledPhoto, **changes: float) -> EnrolledPhoto:
    return replace(photo, light=replace(EVEN, **changes))


def named(pattern: str) -> Look:
    return replace(LOOKS["studio-grey"], light=PATTERNS[pattern])


def order(look: Look, *photos: EnrolledPhoto, width: int = 1024) -> tuple[int, ...]:
    return turns(photos, [suitability(each) for each in photos], look, width)


def test_photos_are_enrolled_with_their_light(sitter: Identity) -> None:
    light = {each.name: each.light for each in sitter.photos}
    assert light["obama3.jpg"] is not None and light["obama.jpg"] is not None
    assert light["obama3.jpg"].behind > 2 * light["obama.jpg"].behind


def test_a_rim_that_is_baked_in_is_left_out(sitter: Identity) -> None:
    assert [photo.name for photo in choose_sources(sitter.photos)] == ["obama.jpg"]
    unmeasured = [replace(photo, light=None) for photo in sitter.photos]
    assert [photo.name for photo in choose_sources(unmeasured)] == ["obama.jpg", "obama3.jpg"]
    rimmed = next(photo for photo in sitter.photos if photo.name == "obama3.jpg")
    assert choose_sources([rimmed]) == (rimmed,), "better than none"


@pytest.mark.parametrize(("fault", "some", "bad"), [
    ("behind", 0.03, 0.2), ("cast", 8.0, 40.0), ("burnt", 0.005, 0.2)
])  # fmt: skip
def test_faults_of_light_cost_the_more_the_worse(
    photo: EnrolledPhoto, fault: str, some: float, bad: float
) -> None:
    whole = suitability(photo)
    assert suitability(replace(photo, light=None)) == whole
    assert suitability(lit(photo, **{fault: some})) == whole
    assert suitability(lit(photo, **{fault: (some + bad) / 2})) < whole
    assert suitability(lit(photo, **{fault: bad})) <= 0.55 * whole
    assert suitability(lit(photo, **{fault: 1.0 if bad < 1 else 100.0})) > 0


def test_a_face_half_in_shade_suits_split_light_and_no_flat_one(photo: EnrolledPhoto) -> None:
    shaded = lit(photo, aside=-1.7)
    assert order(named("split"), photo, shaded) == (0, 1)
    assert order(named("flat"), photo, shaded) == (0,)
    assert order(named("butterfly"), shaded, photo) == (1,)
    assert order(named("flat"), shaded) == (0,), "better than none"
    assert fitness(lit(photo, aside=1.7), named("split"), 1024) == fitness(
        shaded, named("split"), 1024
    ), "the key goes to the side that is lit"


def test_a_set_lit_from_one_side_wants_photos_lit_from_there(photo: EnrolledPhoto) -> None:
    left, right = lit(photo, aside=-1.0), lit(photo, aside=1.0)
    look = named("rembrandt")
    assert fitness(left, look, 1024) == fitness(right, look, 1024)
    assert (
        fitness(left, look, 1024, -1) == fitness(left, look, 1024) > fitness(right, look, 1024, -1)
    )
    assert fitness(right, look, 1024, 1) > fitness(left, look, 1024, 1)


def test_large_pictures_need_pixels(photo: EnrolledPhoto) -> None:
    small = replace(
        photo, face=photo.face.scaled(0.5), width=photo.width // 2, height=photo.height // 2
    )
    look = LOOKS["studio-grey"]
    lost = [fitness(small, look, width) / fitness(photo, look, width) for width in (512, 4096)]
    assert lost[0] == pytest.approx(1, abs=0.02)
    assert fitness(photo, look, 4096) < fitness(photo, look, 1024)


def test_wide_looks_need_room_for_the_shoulders(photo: EnrolledPhoto) -> None:
    x, chin = float(photo.face.landmarks[:468, 0].mean()), float(photo.face.landmarks[152, 1])
    tall = chin - float(photo.face.landmarks[10, 1])
    tight = replace(photo, width=round(x + 0.9 * tall), height=round(chin + 0.8 * tall))
    close = replace(LOOKS["beauty"], framing=replace(LOOKS["beauty"].framing, head=0.62))
    wide = replace(LOOKS["beauty"], framing=replace(LOOKS["beauty"].framing, head=0.36))
    lost = [fitness(tight, look, 1024) / fitness(photo, look, 1024) for look in (close, wide)]
    assert lost[1] < 0.7 * lost[0]


def test_a_dark_photo_waits_for_the_bright_ones(photo: EnrolledPhoto) -> None:
    dark = lit(photo, exposure=-4.6)
    assert order(LOOKS["studio-grey"], dark, photo) == (1,)
    assert order(LOOKS["studio-grey"], lit(photo, exposure=-2.0), photo) == (0, 1)
    assert order(LOOKS["studio-grey"], dark) == (0,), "dark skin is no dark photo"


def test_each_look_is_made_from_the_photos_that_suit_it(sitter: Identity) -> None:
    even = next(each for each in sitter.photos if each.name == "obama.jpg")
    other = next(each for each in sitter.photos if each.name == "obama3.jpg")
    two = replace(sitter, photos=(lit(even), lit(other, aside=-1.9)))
    looks = (named("flat"), replace(named("split"), name="split"))
    request = Request(two, looks, 4, 1, 256)
    made = list(GENERATORS.get("studio").generate(request))
    used = [(each.provenance.look, each.provenance.photo) for each in made]
    assert [photo for look, photo in used if look != "split"] == ["obama.jpg"] * 2
    assert {photo for look, photo in used if look == "split"} == {"obama.jpg", "obama3.jpg"}


def test_a_photo_of_the_sitter_alone_comes_first(sitter: Identity) -> None:
    best = choose_sources(sitter.photos)[0]
    beside = replace(best, neighbour_proximity=1.0)
    assert suitability(beside) == pytest.approx(0.5 * suitability(best))
    assert choose_sources([beside, replace(best, name="alone")])[0].name == "alone"
    assert choose_sources([beside]) == (beside,)


def leaning(photo: EnrolledPhoto, roll: float) -> EnrolledPhoto:
    return replace(
        photo, face=replace(photo.face, pose=replace(photo.face.pose, roll=roll)), name="leaning"
    )


def test_a_head_held_upright_comes_before_one_that_leans(photo: EnrolledPhoto) -> None:
    assert suitability(leaning(photo, -12)) == suitability(photo), "a tilt that is meant"
    assert suitability(leaning(photo, 30)) < suitability(leaning(photo, 20)) < suitability(photo)
    assert choose_sources([leaning(photo, -30), photo])[0] is photo
    far = leaning(photo, 44)
    assert choose_sources([far, photo]) == (photo,)
    assert choose_sources([far]) == (far,), "better than none"
