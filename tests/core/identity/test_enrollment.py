"""Enrolment on real photos: one person gets in, another is refused by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from headshots.core.errors import (
    Cancelled,
    InputError,
    MixedPeople,
    NoUsablePhoto,
    SeveralFaces,
    WrongPerson,
)
from headshots.core.faces import ANALYSERS
from headshots.core.identity.enrollment import Enrollment, enrol
from headshots.core.images import to_u8
from headshots.core.photos import Photo, read_photo
from headshots.core.progress import Progress
from headshots.core.vault.consent import agreed

from ... import blinks

OWN = ("obama.jpg", "obama2.jpg", "obama3.jpg")


@pytest.fixture(scope="module")
def album(photos: Path) -> dict[str, Photo]:
    names = (*OWN, "biden.jpg", "astronaut.png", "obama_partial_face2.jpg", "group1.jpg")
    return {name: read_photo(photos / name) for name in names}


def _enrol(album: dict[str, Photo], *names: str, face: str = "only") -> Enrollment:
    return enrol(
        "Sitter",
        [album[name] for name in names],
        consent=agreed("Sitter", "yes", days=30),
        analyser=ANALYSERS.get("embedded"),
        judge=ANALYSERS.get("dlib"),
        face=face,
    )


@pytest.fixture(scope="module")
def three(album: dict[str, Photo]) -> Enrollment:
    return _enrol(album, *OWN)


def _encoded(image: np.ndarray, name: str) -> Photo:
    _, data = cv2.imencode(".jpg", to_u8(image)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])
    return read_photo(data.tobytes(), name=name)


def test_three_photos_of_one_person(three: Enrollment, album: dict[str, Photo]) -> None:
    identity = three.identity
    assert [(r.name, r.accepted, r.findings) for r in three.reports] == [
        (name, True, ()) for name in OWN
    ]
    assert {photo.name for photo in identity.photos} == set(OWN)
    qualities = [photo.quality for photo in identity.photos]
    assert qualities == sorted(qualities, reverse=True)
    assert set(identity.templates) == {"mobilefacenet", "dlib"}
    assert identity.created.endswith("+00:00")
    for photo in identity.photos:
        source = album[photo.name]
        assert (photo.data, photo.sha256) == (source.data, source.sha256)
        assert (photo.width, photo.height) == (source.width, source.height)
        assert np.array_equal(photo.face.embedding, photo.embeddings["mobilefacenet"])


def test_template_is_the_weighted_mean(three: Enrollment) -> None:
    for name, template in three.identity.templates.items():
        total = np.sum([p.quality * p.embeddings[name] for p in three.identity.photos], axis=0)
        assert template.vector == pytest.approx(total / np.linalg.norm(total), abs=1e-6)
        assert template.vector.dtype == np.float32
        assert np.linalg.norm(template.vector) == pytest.approx(1, abs=1e-5)


def test_spread_is_leave_one_out(three: Enrollment) -> None:
    for name, template in three.identity.templates.items():
        cosines = []
        for photo in three.identity.photos:
            others = [p for p in three.identity.photos if p is not photo]
            total = np.sum([p.quality * p.embeddings[name] for p in others], axis=0)
            cosines.append(float(photo.embeddings[name] @ total / np.linalg.norm(total)))
        spread = template.spread
        assert spread.photos == 3
        assert (spread.low, spread.median, spread.high) == pytest.approx(sorted(cosines), abs=1e-5)


def test_another_person_is_refused_by_name(album: dict[str, Photo]) -> None:
    with pytest.raises(WrongPerson) as caught:
        _enrol(album, *OWN, "biden.jpg")
    text = str(caught.value)
    assert text.startswith("biden.jpg looks like another person: ")
    assert not any(name in text for name in OWN)
    against, usual = text.split(": ")[1].split(" against ")
    low, _, high = usual.split(" among")[0].partition(" to ")
    assert float(against) < 0.3 < 0.7 < float(low) <= float(high)


def test_two_other_people_are_both_named(album: dict[str, Photo]) -> None:
    with pytest.raises(WrongPerson) as caught:
        _enrol(album, "biden.jpg", *OWN, "astronaut.png")
    assert "biden.jpg: " in str(caught.value)
    assert "astronaut.png: " in str(caught.value)


@pytest.mark.parametrize(
    "names",
    [
        ("obama.jpg", "biden.jpg"),
        ("obama.jpg", "biden.jpg", "astronaut.png"),
        ("obama.jpg", "obama2.jpg", "biden.jpg", "astronaut.png"),
    ],
)
def test_without_a_majority_nobody_is_enrolled(
    album: dict[str, Photo], names: tuple[str, ...]
) -> None:
    with pytest.raises(MixedPeople) as caught:
        _enrol(album, *names)
    assert all(name in str(caught.value) for name in names)


def test_one_photo_has_the_usual_spread(album: dict[str, Photo]) -> None:
    identity = _enrol(album, "obama.jpg").identity
    for name, template in identity.templates.items():
        spread = template.spread
        assert spread.photos == 1
        assert spread.low == spread.median == spread.high
        recogniser = ANALYSERS.get("dlib" if name == "dlib" else "embedded").recogniser
        assert recogniser.same_person < spread.median < 1


def test_without_a_judge(album: dict[str, Photo]) -> None:
    analyser = ANALYSERS.get("embedded")
    for judge in (None, analyser):
        identity = enrol(
            "S",
            [album["obama.jpg"]],
            consent=agreed("S", "yes", days=30),
            analyser=analyser,
            judge=judge,
        ).identity
        assert list(identity.templates) == ["mobilefacenet"]


def test_several_faces_need_a_choice(album: dict[str, Photo]) -> None:
    with pytest.raises(SeveralFaces, match=r"group1\.jpg shows 3 faces: 1 at "):
        _enrol(album, "group1.jpg")
    largest = _enrol(album, "group1.jpg", face="largest")
    chosen = [_enrol(album, "group1.jpg", face=number) for number in "13"]
    places = [e.identity.photos[0].face.box.x0 for e in chosen]
    assert places[0] < 700 < 1300 < places[1]
    assert largest.identity.photos[0].face.box.x0 > 300
    assert "several-faces" in [finding.code for finding in largest.reports[0].findings]


def test_photo_without_a_face_is_reported(album: dict[str, Photo]) -> None:
    empty = _encoded(np.full((300, 300, 3), 0.5, np.float32), "wall.jpg")
    made = _enrol({**album, "wall.jpg": empty}, "wall.jpg", "obama.jpg")
    refused, accepted = made.reports
    assert (refused.name, refused.accepted) == ("wall.jpg", False)
    assert "no-face" in [finding.code for finding in refused.findings]
    assert accepted.accepted
    with pytest.raises(NoUsablePhoto, match=r"wall\.jpg: no face was found"):
        _enrol({"wall.jpg": empty}, "wall.jpg")


def test_unusable_photo_is_left_out_and_named(album: dict[str, Photo]) -> None:
    made = _enrol(album, "obama_partial_face2.jpg", "obama2.jpg")
    assert [photo.name for photo in made.identity.photos] == ["obama2.jpg"]
    assert not made.reports[0].accepted
    assert "face-cut" in [finding.code for finding in made.reports[0].findings]
    with pytest.raises(NoUsablePhoto, match=r"obama_partial_face2\.jpg: the picture's edge"):
        _enrol(album, "obama_partial_face2.jpg")


def test_copies_are_kept_once(album: dict[str, Photo]) -> None:
    smaller = cv2.resize(album["obama.jpg"].image, None, fx=0.7, fy=0.7)
    copy = _encoded(smaller, "copy.jpg")
    same = replace(album["obama.jpg"], name="same.jpg")
    made = _enrol(
        {**album, "copy.jpg": copy, "same.jpg": same},
        "copy.jpg",
        "obama.jpg",
        "same.jpg",
        "obama2.jpg",
    )
    assert {photo.name for photo in made.identity.photos} == {"obama.jpg", "obama2.jpg"}
    for report in (made.reports[0], made.reports[2]):
        assert not report.accepted
        assert "It is the same picture as obama.jpg" in [f.text for f in report.findings]


def test_frames_of_a_burst_are_no_copies_when_one_blinks(album: dict[str, Photo]) -> None:
    image = album["obama.jpg"].image
    (face,) = ANALYSERS.get("embedded").analyse(image, embed=False)
    burst = {"blink.jpg": _encoded(blinks.asleep(image, face), "blink.jpg"), **album}
    made = _enrol(burst, "blink.jpg", "obama.jpg")
    assert {photo.name for photo in made.identity.photos} == {"blink.jpg", "obama.jpg"}
    assert "eyes-closed" in [finding.code for finding in made.reports[0].findings]
    assert made.identity.advice == ()
    alone = _enrol(burst, "blink.jpg").identity
    assert alone.advice == (
        "All enrolled photos show closed or half-closed eyes; add one with open eyes",
    )


def test_faces_are_kept_in_full_size_pixels(photos: Path, album: dict[str, Photo]) -> None:
    reduced = read_photo(photos / "obama3.jpg", longest=1200)
    assert reduced.scale < 0.6
    (whole,) = _enrol(album, "obama3.jpg").identity.photos
    (found,) = _enrol({"obama3.jpg": reduced}, "obama3.jpg").identity.photos
    assert np.abs(found.face.points - whole.face.points).max() < 0.03 * whole.face.width
    assert (found.width, found.height) == (whole.width, whole.height)


def test_colours(three: Enrollment, album: dict[str, Photo]) -> None:
    skin, eyes = three.identity.skin, three.identity.eyes
    assert skin is not None
    assert eyes is not None
    # Brown skin and dark brown eyes.
    assert 45 < skin.mean[0] < 75
    assert 12 < skin.mean[1] < 28
    assert 15 < skin.mean[2] < 35
    assert eyes.mean[0] < 25
    assert (skin.deviation > 0).all()
    fair = _enrol(album, "astronaut.png").identity.skin
    assert fair is not None
    assert fair.mean[0] > skin.mean[0]


def test_lasting_spots(three: Enrollment, album: dict[str, Photo]) -> None:
    """The mole beside the nose and the one on the cheek are seen in several photos."""
    found = three.identity.features
    assert all(2 <= spot.photos <= 3 for spot in found)
    for u, v in ((0.145, 0.21), (0.345, 0.245)):
        assert any(np.hypot(spot.u - u, spot.v - v) < 0.03 for spot in found)
    assert all(spot.contrast < 0 and 0 < spot.size < 0.1 for spot in found)
    single = _enrol(album, "obama.jpg").identity.features
    assert all(spot.photos == 1 for spot in single)


@pytest.mark.parametrize("count", [0, 51])
def test_count(album: dict[str, Photo], count: int) -> None:
    with pytest.raises(InputError, match=f"^{count} photos were given"):
        enrol(
            "S",
            [album["obama.jpg"]] * count,
            consent=agreed("S", "yes", days=30),
            analyser=ANALYSERS.get("embedded"),
        )


@pytest.mark.parametrize(("name", "face"), [("", "only"), ("a\nb", "only"), ("S", "mine")])
def test_names_and_choices(album: dict[str, Photo], name: str, face: str) -> None:
    analyser = ANALYSERS.get("embedded")
    with pytest.raises(InputError):
        enrol(
            name,
            [album["obama.jpg"]],
            consent=agreed(name, "yes", days=30),
            analyser=analyser,
            face=face,
        )


def test_progress_and_stop(album: dict[str, Photo]) -> None:
    seen: list[tuple[float, str]] = []
    enrol(
        "S",
        [album["obama.jpg"], album["obama2.jpg"]],
        consent=agreed("S", "yes", days=30),
        analyser=ANALYSERS.get("embedded"),
        progress=Progress(lambda share, note, preview: seen.append((share, note))),
    )
    assert [share for share, _ in seen] == [0, 0.5, 1]
    assert seen[0][1] == "obama.jpg"
    with pytest.raises(Cancelled):
        enrol(
            "S",
            [album["obama.jpg"]],
            consent=agreed("S", "yes", days=30),
            analyser=ANALYSERS.get("embedded"),
            progress=Progress(stopped=lambda: True),
        )
