"""The sitter put back into real photos with simulated edits of known amounts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from headshots.core.errors import Cancelled, InputError, NoFace, WrongPerson
from headshots.core.identity.identity import Identity
from headshots.core.images import Image, blur, resize
from headshots.core.keeping.colours import ciede2000, drift_of
from headshots.core.keeping.frame import frame_of
from headshots.core.keeping.keeper import Kept, keep_sitter
from headshots.core.keeping.regions import Keep
from headshots.core.photos import read_photo
from headshots.core.portrait.portrait import Portrait
from headshots.core.progress import Progress

from ...benchmarks.keeping.edits import Edit, Subject, simulate, subject
from ...benchmarks.keeping.figures import SEAM_LIMIT, of_kept

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def people(photos: Path) -> dict[str, Subject]:
    """Photos looked at once."""
    images = {
        name: read_photo(photos / name, longest=900).image
        for name in ("obama.jpg", "obama3.jpg", "biden.jpg")
    }
    return {name: subject(name, name, np.ascontiguousarray(images[name])) for name in images}


def _kept(photo: Subject, edit: Edit, keep: Keep = Keep.HEAD) -> Kept:
    known = photo.portrait
    return keep_sitter(
        Portrait(photo.image, known.matte, known.face), Portrait(edit.image), keep=keep
    )


@pytest.fixture(scope="module")
def dressed(people: dict[str, Subject]) -> tuple[Subject, Edit, Kept]:
    """A photo with other clothes and another wall, shifted, scaled, turned, bent and tinted."""
    photo, rng = people["obama.jpg"], np.random.default_rng(4)
    edit = simulate(photo, "edit", rng, people["biden.jpg"])
    while not (edit.notes["wall"] and edit.notes["tint"] > 5 and edit.changed.max() > 0.9):
        edit = simulate(photo, "edit", rng, people["biden.jpg"])
    return photo, edit, _kept(photo, edit)


def test_the_face_is_the_photos_own_to_the_pixel(dressed: tuple[Subject, Edit, Kept]) -> None:
    photo, _, kept = dressed
    assert kept.kept and kept.frame is not None
    own = kept.frame.of(photo.image)
    assert kept.image.shape == own.shape and kept.image.dtype == np.float32
    face = photo.portrait.face.landmarks[:, :2] - (kept.frame.left, kept.frame.top)
    inside = np.zeros(own.shape[:2], np.uint8)
    cv2.fillConvexPoly(inside, cv2.convexHull(np.round(face).astype(np.int32)), (1,))
    inside = cv2.erode(inside, np.ones((15, 15), np.uint8))
    same = (kept.image == own).all(axis=2)[inside > 0]
    assert same.mean() > 0.9  # under the chin the joint to the new collar may begin
    assert np.abs(kept.image - own)[inside > 0].max() < 0.05


def test_it_is_registered_joined_and_dressed(dressed: tuple[Subject, Edit, Kept]) -> None:
    photo, edit, kept = dressed
    assert kept.card is not None
    figures = of_kept(photo, edit, kept, kept.card.usual - kept.card.after)
    assert figures.off < 0.5 and figures.off_most < 1.5
    assert figures.head < 1 and figures.lost < 0.003
    assert figures.seam < SEAM_LIMIT
    assert figures.clothes > 0.98


def test_the_card_tells_what_the_edit_did(dressed: tuple[Subject, Edit, Kept]) -> None:
    _, edit, kept = dressed
    card, notes = kept.card, edit.notes
    assert card is not None
    assert abs(card.scaled - notes["scale"]) < 0.02
    assert abs(card.turned + notes["degrees"]) < 0.5
    assert card.tint > 2 and card.tint_left < 1.5
    assert card.backdrop == "replaced" and card.keep == "head"
    assert card.before < card.usual and card.after > card.usual - 0.003
    said = "\n".join(card.lines)
    assert "restored: head" in said and "likeness by the judge" in said


@pytest.mark.parametrize("keep", [each for each in Keep if each is not Keep.NOTHING])
def test_each_choice_keeps_the_face_and_leaves_what_was_meant_to_change(
    people: dict[str, Subject], dressed: tuple[Subject, Edit, Kept], keep: Keep
) -> None:
    photo, edit, _ = dressed
    kept = _kept(photo, edit, keep)
    assert kept.kept and kept.frame is not None and kept.card is not None
    assert kept.card.after > kept.card.usual - 0.003
    height, width = kept.own.shape
    corner = kept.own[: height // 20, : width // 20].mean()
    chest = kept.own[-height // 20 :, width // 3 : -width // 3].mean()
    assert corner > 0.9 if keep in (Keep.ALL_BUT_CLOTHES, Keep.ALL_BUT_BACKDROP) else corner < 0.1
    assert chest > 0.9 if keep is Keep.ALL_BUT_BACKDROP else chest < 0.1


def test_an_unchanged_picture_comes_back_unchanged(people: dict[str, Subject]) -> None:
    photo = people["biden.jpg"]
    kept = keep_sitter(photo.portrait, Portrait(photo.image.copy()))
    assert kept.kept and kept.card is not None
    assert kept.image.shape == photo.image.shape
    assert np.abs(kept.image - photo.image).max() < 0.02
    assert np.hypot(*kept.card.moved) < 0.1 and kept.card.tint < 0.1


def test_another_aspect_and_size_keep_the_originals_pixels(people: dict[str, Subject]) -> None:
    photo = people["obama.jpg"]
    rows, columns = photo.image.shape[:2]
    part = np.ascontiguousarray(photo.image[: round(0.86 * rows), round(0.1 * columns) :])
    size = round(part.shape[1] * 0.7), round(part.shape[0] * 0.7)
    edited = np.clip(resize(part, *size), 0, 1)
    kept = keep_sitter(photo.portrait, Portrait(edited))
    assert kept.kept and kept.frame is not None and kept.card is not None
    assert abs(kept.card.scaled - 0.7) < 0.005
    assert abs(kept.frame.width - part.shape[1]) <= 3
    assert abs(kept.frame.height - part.shape[0]) <= 3
    apart = np.abs(kept.image - kept.frame.of(photo.image))[kept.own > 0.99]
    assert apart.max() < 0.01


def test_a_wider_edit_goes_on_beyond_the_original(people: dict[str, Subject]) -> None:
    whole = people["obama.jpg"].image
    rows, columns = whole.shape[:2]
    left = round(0.12 * columns)
    narrow = np.ascontiguousarray(whole[:, left:-left])
    kept = keep_sitter(Portrait(narrow), Portrait(whole))
    assert kept.kept and kept.frame is not None
    assert abs(kept.frame.left + left) <= 2 and abs(kept.frame.width - columns) <= 4
    here = whole[:, : kept.image.shape[1]]
    size = min(rows, kept.image.shape[0])
    assert np.abs(kept.image[:size] - here[:size]).mean() < 0.02


@pytest.mark.parametrize(
    ("kind", "share", "why"),
    [("swapped", 1.0, "face"), ("stranger", 1.0, "another face"), ("other photo", 1.0, "")],
)
def test_who_is_not_the_sitter_as_photographed_is_refused(
    people: dict[str, Subject], kind: str, share: float, why: str
) -> None:
    photo = people["obama.jpg"]
    other = people["obama3.jpg" if kind == "other photo" else "biden.jpg"]
    edit = simulate(photo, kind, np.random.default_rng(2), people["biden.jpg"], other, share)
    kept = _kept(photo, edit)
    assert not kept.kept and why in " ".join(kept.refusals)
    assert kept.image is photo.image and kept.under is None


def test_a_turned_head_is_refused_in_words(people: dict[str, Subject]) -> None:
    photo = people["obama.jpg"]
    edit = simulate(photo, "turned", np.random.default_rng(2), people["biden.jpg"], turn=12.0)
    kept = _kept(photo, edit)
    assert not kept.kept
    assert kept.card is not None and "restored" not in "\n".join(kept.card.lines)


def test_an_edit_without_a_face_is_refused_and_an_original_is_an_error(
    people: dict[str, Subject],
) -> None:
    photo = people["obama.jpg"]
    wall = np.full((300, 300, 3), 0.5, np.float32)
    kept = keep_sitter(photo.portrait, Portrait(wall))
    assert kept.refusals == ("there is no face to be found in 'the edited picture'",)
    assert kept.image is photo.image
    with pytest.raises(NoFace):
        keep_sitter(Portrait(wall), photo.portrait)


def test_black_and_white_is_refused_for_a_sitter_in_colour(people: dict[str, Subject]) -> None:
    photo = people["obama.jpg"]
    grey = np.repeat((photo.image @ np.float32([0.3, 0.6, 0.1]))[..., None], 3, axis=2)
    kept = keep_sitter(photo.portrait, Portrait(grey))
    assert not kept.kept and "black and white" in kept.refusals[0]
    assert keep_sitter(Portrait(grey, photo.portrait.matte), Portrait(grey)).kept


def test_a_mirrored_edit_is_refused(people: dict[str, Subject]) -> None:
    photo = people["obama.jpg"]
    mirrored = np.ascontiguousarray(photo.image[:, ::-1])
    assert not keep_sitter(photo.portrait, Portrait(mirrored)).kept


def test_an_edit_at_half_the_size_has_not_moved(people: dict[str, Subject]) -> None:
    photo = people["obama.jpg"]
    rows, columns = photo.image.shape[:2]
    half = np.clip(resize(photo.image, columns // 2, rows // 2), 0, 1)
    kept = keep_sitter(photo.portrait, Portrait(half))
    assert kept.card is not None and np.hypot(*kept.card.moved) < 1
    assert abs(kept.card.scaled - 1) < 0.01 and kept.card.enlarged == pytest.approx(2, abs=0.02)
    assert kept.image.shape == photo.image.shape


def test_likeness_is_to_the_sitter_where_they_are_known(
    people: dict[str, Subject], dressed: tuple[Subject, Edit, Kept], sitter: Identity
) -> None:
    photo, edit, _ = dressed
    kept = keep_sitter(photo.portrait, Portrait(edit.image), identity=sitter)
    assert kept.card is not None and 0.9 < kept.card.usual < 1
    assert kept.card.after > kept.card.usual - 0.003


def test_an_original_of_somebody_else_is_an_error(
    people: dict[str, Subject], sitter: Identity
) -> None:
    other = people["biden.jpg"]
    with pytest.raises(WrongPerson, match="does not show"):
        keep_sitter(other.portrait, other.portrait, identity=sitter)


def test_a_result_less_like_the_sitter_is_not_delivered(
    people: dict[str, Subject],
    dressed: tuple[Subject, Edit, Kept],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from headshots.core.keeping import keeper

    real = keeper.joined

    def smudged(*arguments: object) -> object:
        result = real(*arguments)  # type: ignore[arg-type]
        return replace(result, image=cv2.GaussianBlur(result.image, (0, 0), 9))

    monkeypatch.setattr(keeper, "joined", smudged)
    photo, edit, _ = dressed
    kept = _kept(photo, edit)
    assert not kept.kept and "less like the sitter" in kept.refusals[0]
    assert kept.image is photo.image


def test_it_can_be_stopped(people: dict[str, Subject]) -> None:
    photo = people["obama.jpg"]

    def stop(*_: object) -> None:
        raise Cancelled("stopped", "")

    with pytest.raises(Cancelled):
        keep_sitter(photo.portrait, photo.portrait, progress=Progress(stop))


def test_tint_contrast_and_gamma_are_taken_off(people: dict[str, Subject]) -> None:
    own = resize(people["obama.jpg"].image, 200, 240)
    tinted = np.clip(own**0.85 * (1.08, 0.97, 0.86) * 0.9 + 0.04, 0, 1).astype(np.float32)
    drift = drift_of(own, tinted, np.ones(own.shape[:2], bool))
    assert drift.tint > 4 and drift.left < 1.5
    undone = drift.undone(tinted)
    assert np.abs(undone - own).mean() < 0.02


def test_burnt_whites_and_blacks_stay_neutral() -> None:
    rng = np.random.default_rng(0)
    own = rng.uniform(0.2, 0.7, (60, 60, 3)).astype(np.float32)
    tint = np.float32([1.15, 1.0, 0.8])
    drift = drift_of(own, np.clip(own * tint, 0, 1), np.ones((60, 60), bool))
    white: Image = np.clip(np.full((4, 4, 3), 1, np.float32) * tint, 0, 1)
    undone = drift.undone(white)
    assert np.ptp(undone, axis=2).max() < 0.06  # plain gains leave (0.87, 1, 1)
    assert np.ptp(drift.undone(np.zeros((4, 4, 3), np.float32)), axis=2).max() < 0.02


def test_ciede2000_is_that_of_the_paper() -> None:
    """Pairs of Sharma, Wu and Dalal's table of test data."""
    one = np.array([[50, 2.6772, -79.7751], [50, 2.5, 0], [2.0776, 0.0795, -1.135]])
    two = np.array([[50, 0, -82.7485], [58, 24, 15], [0.9033, -0.0636, -0.5514]])
    assert np.allclose(ciede2000(one, two), [2.0425, 19.4535, 0.9082], atol=1e-3)


def test_the_frame_is_what_the_edit_covers() -> None:
    shifted = np.array([[1.0, 0, -4], [0, 1.0, 5]])  # the edit lies 4 to the right, 5 up
    frame = frame_of(shifted, (200, 100, 3), (200, 100, 3))
    assert (frame.left, frame.top, frame.width, frame.height) == (4, 0, 96, 195)
    assert frame.cut == pytest.approx(1 - 96 * 195 / 20000)
    wider = frame_of(np.array([[1.0, 0, 30], [0, 1.0, 0]]), (200, 100, 3), (200, 160, 3))
    assert (wider.left, wider.width) == (-30, 160)


def test_with_nothing_to_keep_an_edit_that_gave_detail_is_judged_and_stays(
    people: dict[str, Subject], sitter: Identity
) -> None:
    """A soft photo, and the face in detail: joined it would be soft again, or refused."""
    sharp = people["obama.jpg"].image
    soft = Portrait(np.asarray(blur(sharp, 5), np.float32))
    joined, judged = (
        keep_sitter(soft, Portrait(sharp), keep=each, identity=sitter)
        for each in (Keep.HEAD, Keep.NOTHING)
    )
    assert not joined.kept and "drawn anew" in joined.refusals[0]
    assert judged.kept and judged.own.max() == 0 and judged.card is not None
    assert judged.card.after > judged.card.usual
    assert "nothing was restored" in " ".join(judged.card.lines)
    worse = keep_sitter(Portrait(sharp), soft, keep=Keep.NOTHING, identity=sitter)
    assert not worse.kept and "less like the sitter" in worse.refusals[0]


def test_nothing_to_keep_and_nobody_to_judge_by(people: dict[str, Subject]) -> None:
    photo = people["obama.jpg"].portrait
    with pytest.raises(InputError, match="no sitter"):
        keep_sitter(photo, photo, keep=Keep.NOTHING)
