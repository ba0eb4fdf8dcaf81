"""Frames sorted to people by face, by slate and by order; the list goes into a batch."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from headshots.core import cli
from headshots.core.batch.people import read_people
from headshots.core.culling.cull import Card as Culled
from headshots.core.culling.cull import read_card
from headshots.core.culling.people import Sorted, by_face, by_slate
from headshots.core.culling.people_list import PAGE, TABLE, read_list, write_list
from headshots.core.culling.slate_pages import slate_page
from headshots.core.culling.slates import read_slate, slate_code
from headshots.core.errors import ConsentMissing, InputError
from headshots.core.images import from_u8
from headshots.core.photos import read_photo

from ...shoot_card import BLINK, GOOD, Card, portrait_of

NAMES = ("Ada Löfgren", "Bob Noyce")


@pytest.fixture(scope="module")
def shoot(tmp_path_factory: pytest.TempPathFactory, photos: Path) -> Card:
    """Two people, each with a slate; the first comes back without one; another face tries light."""
    card = Card(tmp_path_factory.mktemp("shoot"), size=1300)
    ada, bob, ada_later, light = (
        portrait_of(read_photo(photos / name).image, any_eyes=True)
        for name in ("obama.jpg", "biden.jpg", "obama3.jpg", "astronaut.png")
    )
    assert ada and bob and ada_later and light
    card.burst("", light, [GOOD])
    card.held(NAMES[0], ada, slate_code(NAMES[0]))
    card.burst(NAMES[0], ada, [GOOD, BLINK])
    card.burst(NAMES[0], ada_later, [GOOD])
    card.wall()
    card.held(NAMES[1], bob, slate_code(NAMES[1]))
    card.burst(NAMES[1], bob, [BLINK, GOOD])
    card.burst("", light, [GOOD])
    return card


@pytest.fixture(scope="module")
def card(shoot: Card) -> Culled:
    """The card, judged."""
    return read_card(shoot.folder, workers=1)


def taken(shoot: Card, name: str) -> list[str]:
    return [each.name for each in shoot.truth if each.person == name and each.stack >= 0]


def named(card: Culled, found: Sorted) -> dict[str, list[str]]:
    return {each.name: [card.frames[i].name for i in each.frames] for each in found.people}


def test_by_slate_and_nobody_is_mixed_up(shoot: Card, card: Culled) -> None:
    found = by_slate(card)
    assert named(card, found) == {name: taken(shoot, name) for name in NAMES}
    aside = {card.frames[place].name: why for place, why in found.aside.items()}
    for name, why in zip(taken(shoot, ""), ("before the first slate", "another face"), strict=True):
        assert why in aside[name]


def test_a_slate_that_cant_be_read_gives_its_person_to_nobody_else(
    shoot: Card, card: Culled
) -> None:
    unread = tuple(
        replace(each, slate="") if each.slate == NAMES[1] else each for each in card.measures
    )
    found = by_slate(replace(card, measures=unread))
    assert named(card, found) == {NAMES[0]: taken(shoot, NAMES[0])}


def test_by_face_alone(shoot: Card, card: Culled) -> None:
    found = named(card, by_face(card))
    assert list(found) == ["Person 1", "Person 2", "Person 3"]
    assert list(found.values()) == [taken(shoot, name) for name in ("", *NAMES)]


def test_by_order_of_a_list_that_says_who_agreed_and_into_a_batch(
    shoot: Card, card: Culled, tmp_path: Path
) -> None:
    listed = tmp_path / "team.csv"
    lines = ["name;consent", "Light;", f"{NAMES[0]};yes, by signed form", f"{NAMES[1]};"]
    listed.write_text("\n".join(lines), "utf-8")
    rows = read_list(listed)
    consents = {each.name: each.consent for each in rows}
    found = by_face(card, [each.name for each in rows])
    write_list(card, found, tmp_path / "out", consents)
    batch = {each.name: each for each in read_people(tmp_path / "out" / TABLE)}
    ada, bob = (batch[name] for name in NAMES)
    assert ada.fault is None and ada.consent == "yes, by signed form"
    assert ada.photos and {path.stem for path in ada.photos} <= set(taken(shoot, NAMES[0]))
    assert isinstance(bob.fault, ConsentMissing)
    # What somebody wrote into the list is not lost by sorting again.
    with pytest.raises(InputError, match="consents"):
        write_list(card, found, tmp_path / "out", consents)
    with pytest.raises(InputError, match="3 people are in the frames, and the list has 1"):
        by_face(card, ["Ada"])


def test_the_page_shows_a_crop_of_each_and_no_file_holds_what_a_face_is_known_by(
    shoot: Card, tmp_path: Path, data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored = sorted(path for path in data_dir.rglob("*") if path.is_file())
    command = ["sort", str(shoot.folder), "--out", str(tmp_path), "--workers", "1", "--json"]
    assert cli.run(command) == 0
    assert len(json.loads(capsys.readouterr().out)["people"]) == len(NAMES)
    page = (tmp_path / PAGE).read_text("utf-8")
    assert page.count("data:image/jpeg;base64,") >= len(NAMES)
    assert "http" not in page.replace("http-equiv", "")
    assert sorted(path.name for path in tmp_path.iterdir()) == [TABLE, PAGE]
    with (tmp_path / TABLE).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [set(row) for row in rows] == [{"name", "photos", "consent"}] * len(NAMES)
    assert [row["consent"] for row in rows] == ["", ""]  # nobody was asked yet
    assert sorted(path for path in data_dir.rglob("*") if path.is_file()) == stored


@pytest.mark.parametrize("name", ["Ada", "Ada Löfgren-Ørsted O'Neill", "李小龙", "A" * 60])
def test_a_printed_slate_is_read_again(name: str) -> None:
    page = from_u8(slate_page(name))
    turn = cv2.getRotationMatrix2D((437, 620), 8, 0.5)
    held = cv2.warpAffine(page, turn, (874, 1240), borderValue=(0.4, 0.3, 0.3))
    shown = np.asarray(cv2.GaussianBlur(held, (0, 0), 0.8), np.float32)
    assert read_slate(shown) == name


def test_other_codes_are_no_slates() -> None:
    code = cv2.QRCodeEncoder.create().encode("an address of somebody")
    page = np.pad(np.kron(code, np.ones((8, 8), np.uint8)), 40, constant_values=255)
    assert read_slate(from_u8(np.repeat(page[..., None], 3, 2))) == ""


def test_slates_are_a_page_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "team.csv").write_text("name\nAda\nBob\n", "utf-8")
    out = tmp_path / "slates.pdf"
    assert cli.run(["slate", str(tmp_path / "team.csv"), "--out", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["people"] == 2
    data = out.read_bytes()
    assert data.startswith(b"%PDF") and data.count(b"/Type /Page\n") == 2
    (tmp_path / "empty.csv").write_text("name\n", "utf-8")
    assert cli.run(["slate", str(tmp_path / "empty.csv")]) == 12
