"""The folder of somebody who is through: whole, or not there."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from headshots.core.batch.outcome import Outcome, Results
from headshots.core.batch.report import write_report
from headshots.core.batch.wire import (
    result_from_bytes,
    result_to_bytes,
    task_from_bytes,
    task_to_bytes,
)
from headshots.core.batch.work import Task, WorkResult
from headshots.core.errors import WriteFailed
from headshots.core.framing import PORTRAIT
from headshots.core.framing.common import prices
from headshots.core.identity.identity import Identity

ADA = Outcome("Ada", "Ada", "delivered", "hash", ("Ada.jpg",), figures={"eye-line": [0.4]})


def test_what_was_put_is_found_again(tmp_path: Path) -> None:
    results = Results(tmp_path)
    assert not results.any() and results.outcome("Ada") is None
    results.put(ADA, {"Ada.jpg": b"picture"})
    again = Results(tmp_path)
    assert again.any() and again.outcome("Ada") == ADA
    assert (tmp_path / "people/Ada/Ada.jpg").read_bytes() == b"picture"


def test_outcome_and_task_survive_the_wire() -> None:
    made = WorkResult(ADA, {"Ada.jpg": b"picture", "empty": b""}, b"who")
    assert result_from_bytes(result_to_bytes(made)) == made
    task = Task({"1": {"class_type": "x"}}, "Ada", "Ada", "yes", "hash", [("ä.jpg", b"photo")])
    assert task_from_bytes(task_to_bytes(task)) == task
    assert task_from_bytes(task_to_bytes(asking := replace(task, only_room=True))) == asking


def test_what_photos_can_carry_survives_the_wire(sitter: Identity) -> None:
    outlines = [each.outline for each in sitter.photos if each.outline]
    rooms = (prices(outlines, PORTRAIT), prices([], PORTRAIT))
    waiting = Outcome("Ada", "Ada", "waiting")
    back = result_from_bytes(result_to_bytes(WorkResult(waiting, {"a": b"b"}, rooms=rooms)))
    assert back.outcome == waiting and back.files == {"a": b"b"}
    assert [each.tolist() for each in back.rooms] == [each.tolist() for each in rooms]


def test_what_is_put_again_replaces_all_of_it(tmp_path: Path) -> None:
    results = Results(tmp_path)
    results.put(ADA, {"Ada.jpg": b"old", "more.jpg": b"old"})
    results.put(replace(ADA, state="rejected", files=()), {"contact-sheet.html": b"new"})
    results.finish()
    assert {path.name for path in (tmp_path / "people/Ada").iterdir()} == {
        "outcome.json",
        "contact-sheet.html",
    }
    assert [path.name for path in tmp_path.iterdir()] == ["people"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_what_is_not_handed_on_is_its_owners(tmp_path: Path) -> None:
    Results(tmp_path).put(ADA, {"Ada.jpg": b"picture", "contact-sheet.html": b"sheet"})
    write_report([ADA], tmp_path, "All")
    modes = {p.name: p.stat().st_mode & 0o077 for p in tmp_path.rglob("*") if p.is_file()}
    private = {name for name, mode in modes.items() if not mode}
    assert private == {"outcome.json", "contact-sheet.html", "report.html", "report.csv"}


def test_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    results = Results(tmp_path)
    results.put(ADA, {"Ada.jpg": b"old"})
    with pytest.raises(WriteFailed, match="Ada"):
        results.put(ADA, {"a/b.jpg": b"new"})
    assert (tmp_path / "people/Ada/Ada.jpg").read_bytes() == b"old"


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"name": 1}', b"\xff"])
def test_record_that_cant_be_read_counts_as_none(tmp_path: Path, content: bytes) -> None:
    results = Results(tmp_path)
    (tmp_path / "people/Ada").mkdir()
    (tmp_path / "people/Ada/outcome.json").write_bytes(content)
    assert results.outcome("Ada") is None


def test_only_the_machines_own_failures_are_tried_again() -> None:
    failed = replace(ADA, state="failed")
    assert replace(failed, code="consent.missing").final
    assert replace(failed, code="identity.wrong-person").final
    assert not replace(failed, code="weights.missing").final
    assert not replace(failed, code="batch.worker-lost").final
    assert not Outcome("Ada", "Ada", "waiting").final
