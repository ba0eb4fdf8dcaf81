"""The studio from photo to candidate, on real photos with the real networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from headshots.core.errors import Cancelled, InputError, NoSource
from headshots.core.faces import ANALYSERS
from headshots.core.faces.analyser import BLENDSHAPES
from headshots.core.generation import GENERATORS, LOOKS, Candidate, Request, find_look
from headshots.core.generation.studio.sources.choice import choose_sources, suitability
from headshots.core.identity.identity import Identity
from headshots.core.images import blur, resize
from headshots.core.portrait.portrait import Portrait
from headshots.core.progress import Progress
from headshots.core.provenance import Relit
from headshots.core.scoring.score import Picture, score_all
from headshots.core.settings import settings

WIDTH = 400


def make(
    identity: Identity, looks: Sequence[str], count: int, **options: object
) -> list[Candidate]:
    chosen = tuple(find_look(name) for name in looks)
    settings = {"seed": 3, "width": WIDTH, **options}
    request = Request(identity, chosen, count, **settings)  # type: ignore[arg-type]
    return list(GENERATORS.get("studio").generate(request))


@pytest.fixture(scope="module")
def candidates(sitter: Identity) -> list[Candidate]:
    return make(sitter, tuple(LOOKS), len(LOOKS), keep_stages=True)


def test_pictures_have_the_shape_of_their_look(candidates: list[Candidate]) -> None:
    for candidate, look in zip(candidates, LOOKS.values(), strict=True):
        height = round(WIDTH / look.framing.aspect)
        assert candidate.image.shape == (height, WIDTH, 3)
        assert candidate.image.dtype == candidate.matte.dtype == np.float32
        assert candidate.matte.shape == (height, WIDTH)
        for array in (candidate.image, candidate.matte):
            assert array.min() >= 0 and array.max() <= 1
        assert candidate.provenance.look == look.name
        assert candidate.provenance.generator == "studio"


def test_stages_are_named_and_the_last_is_the_picture_before_its_grain(
    candidates: list[Candidate],
) -> None:
    names = ["photo", "matte", "foreground", "lit", "retouched", "relit"]
    names += ["backdrop", "composite", "graded"]
    for candidate in candidates:
        assert list(candidate.stages) == names
        for stage in candidate.stages.values():
            assert stage.shape[:2] == candidate.image.shape[:2] and stage.dtype == np.float32


def test_the_face_is_where_the_look_wants_it(candidates: list[Candidate]) -> None:
    analyser = ANALYSERS.get("embedded")
    for candidate in candidates:
        look = find_look(candidate.provenance.look)
        (face,) = analyser.analyse(candidate.image, embed=False)
        height, width = candidate.matte.shape
        eyes = face.landmarks[468:478, :2].mean(0)
        head = candidate.provenance.edits[0].head
        # A photo that ends within the body may ask for a tighter crop, never for a looser one.
        assert look.framing.head * 0.95 <= head <= 0.66
        if head <= look.framing.head * 1.05:
            assert abs(eyes[1] / height - look.framing.eyes) < 0.05
        assert 0.3 < eyes[0] / width < 0.7
        assert abs(face.pose.roll) < 8
        crown = int(np.argmax((candidate.matte > 0.5).any(1)))
        assert crown > 0.01 * height, "the hair is cut by the picture's edge"


def test_every_look_is_as_like_the_sitter_as_their_own_photos_are(
    sitter: Identity, candidates: list[Candidate]
) -> None:
    """By the recogniser that nothing in the studio uses, one look in three."""
    pictures = [
        Picture(each.provenance.look, Portrait(each.image, each.matte), each.provenance)
        for each in candidates[::3]
    ]
    cards = score_all(pictures, sitter)
    low = {card.name: card.percentile for card in cards if not card.percentile >= 5}
    assert not low, "less like the sitter than nineteen in twenty of their own photos"


def test_no_shoulder_is_sawn_off_in_mid_frame(candidates: list[Candidate]) -> None:
    for candidate in candidates:
        bottom = candidate.matte[-1]
        assert (bottom > 0.5).mean() > 0.4, "the body must run out of the picture at the bottom"
        hard = np.abs(np.diff(candidate.matte[-candidate.matte.shape[0] // 5 :], axis=1)) > 0.9
        assert hard.sum(0).max() < 0.6 * hard.shape[0], "a straight vertical cut through the body"


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes(sitter: Identity) -> None:
    # As if in even light: the second has a rim, and would be left out.
    photos = choose_sources([replace(photo, light=None) for photo in sitter.photos])
    two = replace(sitter, photos=photos[:2])
    first = make(two, ["studio-grey", "warm-canvas"], 4, width=256)
    again = make(two, ["studio-grey", "warm-canvas"], 4, width=256)
    other = make(two, ["studio-grey", "warm-canvas"], 4, width=256, seed=4)
    for one, two, three in zip(first, again, other, strict=True):
        assert one.image.tobytes() == two.image.tobytes()
        assert one.provenance == two.provenance
        assert one.image.tobytes() != three.image.tobytes()
    assert len({candidate.image.tobytes() for candidate in first}) == 4
    assert len({candidate.provenance.photo for candidate in first}) > 1, "sources vary too"


@pytest.mark.slow
@pytest.mark.parametrize("stages", [False, True])
def test_threads_change_no_pixel(
    sitter: Identity, monkeypatch: pytest.MonkeyPatch, stages: bool
) -> None:
    """One after the other or two at once, in one strip after the other or in several at a time."""
    pictures: list[list[bytes]] = []
    for threads in ("1", "3"):
        monkeypatch.setenv("HEADSHOTS_THREADS", threads)
        settings.cache_clear()
        looks = ["studio-grey", "office", "monochrome", "cutout"]
        made = make(sitter, looks, 1 if stages else 5, width=500, keep_stages=stages)
        arrays = [[each.image, each.matte, *each.stages.values()] for each in made]
        pictures.append([array.tobytes() for each in arrays for array in each])
    monkeypatch.undo()
    settings.cache_clear()
    assert pictures[0] == pictures[1]


@pytest.mark.slow
def test_what_is_smooth_is_the_same_at_twice_the_size(sitter: Identity) -> None:
    """Wide pictures are put together from smaller parts than narrow ones, and look like them."""
    for look in ("studio-grey", "office"):
        (small,) = make(sitter, [look], 1, width=800)
        (large,) = make(sitter, [look], 1, width=1600)
        height, width = small.matte.shape
        half = resize(large.image, width, height)
        difference = np.abs(blur(half, 4) - blur(small.image, 4))
        assert difference.mean() < 0.002 and difference.max() < 0.03


@pytest.mark.slow
def test_matched_pictures_hold_to_the_look(sitter: Identity, astronaut: Identity) -> None:
    looks = [find_look("studio-grey")]
    for identity in (sitter, astronaut):
        for candidate in make(identity, ["studio-grey"], 3, width=256, matched=True):
            head = candidate.provenance.edits[0].head
            if head < 0.6:  # this photo has room for the look
                assert head == pytest.approx(looks[0].framing.head, abs=0.002)
            assert abs(candidate.provenance.last(Relit).azimuth) == looks[0].light.azimuth


@pytest.mark.slow
def test_pictures_are_finite_at_every_size(astronaut: Identity) -> None:
    """Small plates are coarser than the lighting grid; enlarging them once gave NaN."""
    for width in (256, 300, 900):
        (candidate,) = make(astronaut, ["executive"], 1, width=width)
        assert np.isfinite(candidate.image).all()
        assert candidate.image.std() > 0.1


@pytest.mark.parametrize(
    "change", [{"count": 0}, {"count": 501}, {"width": 255}, {"width": 4097}, {"looks": ()}]
)
def test_requests_out_of_range_are_refused(sitter: Identity, change: dict[str, object]) -> None:
    request = replace(Request(sitter, (find_look("executive"),), 1, 0), **change)  # type: ignore[arg-type]
    with pytest.raises(InputError):
        next(GENERATORS.get("studio").generate(request))


def test_an_identity_without_photos_has_no_source(sitter: Identity) -> None:
    request = Request(replace(sitter, photos=()), (find_look("executive"),), 1, 0)
    with pytest.raises(NoSource):
        next(GENERATORS.get("studio").generate(request))


def test_it_stops_between_pictures_and_reports_each(sitter: Identity) -> None:
    seen: list[float] = []

    def report(share: float, note: str, preview: object) -> None:
        if preview is not None:
            seen.append(share)

    request = Request(sitter, (find_look("studio-grey"),), 4, 1, 256)
    stopped = Progress(report, lambda: len(seen) >= 2)
    with pytest.raises(Cancelled):
        list(GENERATORS.get("studio").generate(request, stopped))
    assert seen == [0.25, 0.5]


def test_a_speaker_caught_in_mid_word_is_no_source_while_there_are_others(
    sitter: Identity,
) -> None:
    speaking = next(photo for photo in sitter.photos if photo.name == "obama2.jpg")
    assert speaking not in choose_sources(sitter.photos)
    assert choose_sources([speaking]) == (speaking,)


def test_closed_eyes_are_taken_only_when_no_other_photo_is_there(sitter: Identity) -> None:
    best = choose_sources(sitter.photos)[0]
    shapes = best.face.blendshapes.copy()
    shapes[[BLENDSHAPES.index("eyeBlinkLeft"), BLENDSHAPES.index("eyeBlinkRight")]] = 0.9
    asleep = replace(best, face=replace(best.face, blendshapes=shapes))
    others = [photo for photo in sitter.photos if photo is not best]
    assert asleep not in choose_sources([asleep, *others])
    assert choose_sources([asleep]) == (asleep,)
    assert suitability(asleep) < 0.5 * suitability(best)
