"""Photos weighed against the looks: baked light, room, pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headshots.core.errors import NoSource
from headshots.core.faces import Face
from headshots.core.faces.analyser import BLENDSHAPES
from headshots.core.faces.suitability import asleep
from headshots.core.generation import GENERATORS, LOOKS, Look, Request
from headshots.core.generation.patterns import PATTERNS
from headshots.core.generation.studio.sources.choice import (
    choose_sources,
    fitness,
    sources_for,
    suitability,
)
from headshots.core.identity.identity import EnrolledPhoto, Identity
from headshots.core.portrait.photo_light import PhotoLight
from headshots.core.progress import Progress

EVEN = PhotoLight(behind=0.0, aside=0.0, cast=0.0, burnt=0.0, exposure=-1.5, shadows=1.0)


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
    return sources_for(photos, [suitability(each) for each in photos], look, width)


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
    ("behind", 0.03, 0.2), ("cast", 8.0, 40.0), ("burnt", 0.005, 0.2),
    ("shadows", 1.1, 2.6)
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


def ending(photo: EnrolledPhoto, *, below: float) -> EnrolledPhoto:
    """`photo` as if it ended `below` heads under the chin."""
    outline = photo.outline
    assert outline is not None
    inside = outline.inside.copy()
    inside[round(outline.chin + below * (outline.chin - outline.crown)) :] = False
    return replace(photo, outline=replace(outline, inside=inside, matte=outline.matte * inside))


def test_a_photo_without_room_waits_for_one_with_it(photo: EnrolledPhoto) -> None:
    look = LOOKS["studio-grey"]
    tight, impossible = ending(photo, below=0.45), ending(photo, below=0.03)
    assert fitness(impossible, look, 1024) < fitness(tight, look, 1024) < fitness(photo, look, 1024)
    assert order(look, impossible, photo) == (1,)
    assert order(look, impossible) == (), "its every crop shows where it ends"


def test_at_most_three_photos_serve_a_look(photo: EnrolledPhoto) -> None:
    assert order(LOOKS["studio-grey"], *[photo] * 5) == (0, 1, 2)


def test_a_look_that_no_photo_has_room_for_is_left_out(
    sitter: Identity, photo: EnrolledPhoto
) -> None:
    looks = (LOOKS["banner"], LOOKS["studio-grey"])
    outline = photo.outline
    assert outline is not None
    columns = np.arange(outline.inside.shape[1])
    near = np.abs(columns - outline.middle) < 0.43 * (outline.chin - outline.crown)
    narrow = replace(
        photo,
        outline=replace(outline, inside=outline.inside & near, matte=outline.matte * near),
    )
    said: list[str] = []
    progress = Progress(lambda share, text, image: said.append(text))
    request = Request(replace(sitter, photos=(narrow,)), looks, 2, 1, 256)
    made = list(GENERATORS.get("studio").generate(request, progress))
    assert [each.provenance.look for each in made] == ["studio-grey"] * 2
    assert any(LOOKS["banner"].title in text for text in said)


def test_no_photo_with_room_is_an_error_that_says_which_to_take(
    sitter: Identity, photo: EnrolledPhoto
) -> None:
    request = Request(
        replace(sitter, photos=(ending(photo, below=0.03),)), (LOOKS["studio-grey"],), 1, 1, 256
    )
    with pytest.raises(NoSource, match="ends at the chin") as caught:
        list(GENERATORS.get("studio").generate(request))
    assert "both shoulders" in caught.value.remedy


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


def test_a_hand_before_the_sitter_and_a_grimace_rank_a_photo_down(photo: EnrolledPhoto) -> None:
    assert suitability(replace(photo, obstruction=1.0)) < 0.4 * suitability(photo)
    kiss = photo.face.blendshapes.copy()
    kiss[BLENDSHAPES.index("mouthPucker")] = 0.9
    assert suitability(
        replace(photo, face=replace(photo.face, blendshapes=kiss))
    ) < 0.4 * suitability(photo)


def test_eyes_that_a_smile_narrows_are_open(photo: EnrolledPhoto) -> None:
    def face(left: float, right: float, smile: float) -> Face:
        shapes = photo.face.blendshapes.copy()
        for side, blink in (("Left", left), ("Right", right)):
            shapes[BLENDSHAPES.index(f"eyeBlink{side}")] = blink
            shapes[BLENDSHAPES.index(f"mouthSmile{side}")] = smile
        return replace(photo.face, blendshapes=shapes)

    assert not asleep(face(0.44, 0.19, 0.8))
    assert asleep(face(0.44, 0.19, 0.2)), "half closed, not narrowed"
    assert asleep(face(0.46, 0.45, 0.9)), "lids that close, in a smile"
    assert asleep(face(0.9, 0.1, 0.9)), "a wink"
