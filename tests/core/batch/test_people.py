"""Who is in a folder or a CSV file, whatever is wrong with them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headshots.core.batch.people import read_people
from headshots.core.errors import BatchUnreadable

from .conftest import Hire


def test_each_folder_is_a_person(hire: Hire, tmp_path: Path) -> None:
    hire("bob", "obama.jpg", "obama2.jpg")
    (hire("Ada  Lovelace", consent="") / "consent.json").write_text('{"who": "Ada Lovelace"}')
    hire(".hidden")
    (tmp_path / "team" / "notes.txt").write_text("nobody")
    ada, bob = read_people(tmp_path / "team")
    assert (ada.name, ada.consent) == ("Ada Lovelace", '{"who": "Ada Lovelace"}')
    assert [path.name for path in bob.photos] == ["obama.jpg", "obama2.jpg"]
    assert ada.fault is None and bob.fault is None


def test_nobody_with_a_fault_is_passed_over(hire: Hire, tmp_path: Path) -> None:
    hire("No consent", consent="")
    for path in hire("No photos").glob("*.jpg"):
        path.unlink()
    (hire("Unreadable") / "consent.txt").write_bytes(b"\xff\xfe\x00yes")
    hire("x" * 201)
    faults = {each.name: each.fault for each in read_people(tmp_path / "team")}
    codes = {name: fault.code if fault else "" for name, fault in faults.items()}
    assert codes == {
        "No consent": "consent.missing",
        "No photos": "photo.not-found",
        "Unreadable": "consent.missing",
        "x" * 201: "input.invalid",
    }


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_each_line_is_a_person(hire: Hire, tmp_path: Path, separator: str) -> None:
    folder = hire("photos of Ada")
    (tmp_path / "ada.json").write_text('{"who": "Ada"}')
    rows = [
        ["Name", "Department", "Photos", "Consent"],
        ["Ada", "Engines", "team/photos of Ada", "ada.json"],
        ["Bob", "", f"team/{folder.name}/obama2.jpg|team/{folder.name}/obama.jpg", "yes, by mail"],
        ["", "", "", ""],
        ["Lost", "", "nowhere.jpg", "yes"],
        ["ADA", "Sales", "team/photos of Ada", "yes"],
    ]
    table = tmp_path / "people.csv"
    with table.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=separator).writerows(rows)
    ada, bob, lost, second = read_people(table)
    assert ada.consent == '{"who": "Ada"}' and len(ada.photos) == 2
    assert [path.name for path in bob.photos] == ["obama2.jpg", "obama.jpg"]
    assert bob.consent == "yes, by mail"
    assert lost.fault and "nowhere.jpg" in lost.fault.what
    assert second.fault and "as well" in second.fault.what
    assert len({each.folder.casefold() for each in (ada, bob, lost, second)}) == 4


@pytest.mark.parametrize(
    "content", [b"", b"name,photos\nA,b", b"\xff\xfe", b'name,photos,consent\n"']
)
def test_what_is_no_list_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "people.csv").write_bytes(content)
    with pytest.raises(BatchUnreadable):
        read_people(tmp_path / "people.csv")
    for nothing in (tmp_path / "nowhere", tmp_path / "empty"):
        (tmp_path / "empty").mkdir(exist_ok=True)
        with pytest.raises(BatchUnreadable):
            read_people(nothing)


def _rows(text: str) -> bytes:
    return f"name,photos,consent\n{text}".encode("utf-8", "replace")


ROWS = st.text(max_size=200).map(_rows)


@given(content=st.binary(max_size=300) | ROWS)
def test_any_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    table = tmp_path_factory.getbasetemp() / "any.csv"
    table.write_bytes(content)
    try:
        people = read_people(table)
    except BatchUnreadable:
        return
    folders = [each.folder for each in people]
    assert len(set(folders)) == len(folders) and all(folders)
    assert not any(set(each) & set("/\\:\0") or each in (".", "..") for each in folders)
