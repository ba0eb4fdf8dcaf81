"""People of a batch who are stored: their files go with them, and so does their work."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Collection, Generator, Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from headshots.core.batch import batch, outcome
from headshots.core.batch.batch import run_batch
from headshots.core.batch.outcome import Outcome
from headshots.core.batch.people import read_people
from headshots.core.batch.plan import Plan
from headshots.core.batch.stored import ErasedPeople
from headshots.core.batch.work import Task, WorkResult
from headshots.core.identity.codec import to_bytes
from headshots.core.identity.identity import Identity
from headshots.core.recipes.documents import built_in
from headshots.core.vault import _opened, open_vault
from headshots.core.vault.erasure import forget

from .conftest import Hire, plan

pytestmark = pytest.mark.slow

# So that nobody's photos are asked for their room before.
FRAMED = {"head": 0.47}


class Handing:
    """An engine that hands out pictures; who is called Late is forgotten while it works."""

    count = 1

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def run(
        self, tasks: Iterable[Task], check: Callable[[], Collection[str]]
    ) -> Generator[WorkResult]:
        """See `Engine.run`."""
        for task in tasks:
            if task.name == "Late":
                forget(open_vault(), "Late")
            check()
            name = f"{task.folder}.jpg"
            outcome = Outcome(task.name, task.folder, "delivered", task.inputs, (name,))
            who = to_bytes(replace(self._identity, name=task.name)) if task.handing_back else b""
            yield WorkResult(outcome, {name: b"picture", "contact-sheet.html": b"sheet"}, who)


def test_who_is_stored_by_the_recipe_is_forgotten_with_what_was_delivered(
    hire: Hire, sitter: Identity, home: Path
) -> None:
    hire("Ada")
    document = built_in("one_of_a_team")
    document["9 save"] = {"class_type": "HeadshotsSaveSitter", "inputs": {"identity": ["2", 0]}}
    out = home / "out"
    run_batch(read_people(home / "team"), Plan.of(document, FRAMED), out, Handing(sitter))
    assert open_vault().sitters() == ("Ada",)
    assert (out / "people/Ada/Ada.jpg").exists()
    other = Handing(replace(sitter, created="2020-01-01T00:00:00+00:00"))
    (again,) = run_batch(
        read_people(home / "team"), Plan.of(document, FRAMED), home / "more", other
    )
    assert again.code == "identity.exists" and not again.files
    forget(open_vault(), "Ada", delivered=True)
    assert [path.name for path in (out / "people/Ada").iterdir()] == []
    assert not (out / "report.html").exists()


def test_who_is_forgotten_meanwhile_gets_nothing(hire: Hire, sitter: Identity, home: Path) -> None:
    for name in ("Early", "Late", "Never"):
        hire(name)
        open_vault().put(name, "identity", b"stored before")
    out = home / "out"
    outcomes = run_batch(read_people(home / "team"), plan(**FRAMED), out, Handing(sitter))
    assert [each.state for each in outcomes] == ["delivered", "failed", "delivered"]
    assert outcomes[1].code == "consent.withheld" and outcomes[1].final
    assert [path.name for path in (out / "people/Late").iterdir()] == ["outcome.json"]


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("recipe", ["one_of_a_team", "saving"])
def test_who_is_forgotten_after_the_last_look_gets_nothing(
    hire: Hire, sitter: Identity, home: Path, monkeypatch: pytest.MonkeyPatch, recipe: str
) -> None:
    """Nobody knows of it until the files are to be written."""
    document = built_in("one_of_a_team")
    if recipe == "saving":
        identity = {"identity": ["2", 0], "replace": True}
        document["9 save"] = {"class_type": "HeadshotsSaveSitter", "inputs": identity}
    hire("Last")
    hire("Never")
    open_vault().put("Last", "identity", b"stored before")
    looked = ErasedPeople.now

    def now(self: ErasedPeople, *, at_once: bool = False) -> Collection[str]:
        found = set(looked(self, at_once=at_once))
        if at_once and "Last" in open_vault().sitters():
            open_vault().forget("Last")
        return found

    monkeypatch.setattr(ErasedPeople, "now", now)
    out = home / "out"
    people, made = read_people(home / "team"), Plan.of(document, FRAMED)
    last, never = run_batch(people, made, out, Handing(sitter))
    assert never.state == "delivered"
    assert last.code == "consent.withheld" and "forgotten" in last.what
    assert files_in(out / "people/Last") == ["outcome.json"]
    assert "Last" not in open_vault().sitters()
    assert "was forgotten while the batch ran" in (out / "report.html").read_text("utf-8")


@pytest.mark.skipif(os.name != "posix", reason="processes are forked")
@pytest.mark.parametrize("killed", [False, True])
def test_a_forgetting_elsewhere_amid_a_folder_leaves_nothing_in_it(
    hire: Hire, sitter: Identity, home: Path, monkeypatch: pytest.MonkeyPatch, killed: bool
) -> None:
    """It waits for who writes the folder, and removes what one who was killed amid it wrote."""
    hire("Ada")
    open_vault().put("Ada", "identity", b"stored before")
    out, told, go = home / "out", os.pipe(), os.pipe()
    people, work = read_people(home / "team"), Handing.run

    def run(*given: Any) -> Generator[WorkResult]:
        yield from work(*given)
        os.read(go[0], 1)

    if not (pid := os.fork()):
        _opened.cache_clear()
        settle = outcome._settle

        def amid(folder: Path) -> None:
            if folder.name == "Ada":
                os.write(told[1], b"1")
                time.sleep(0.3)
                if killed:
                    os.kill(os.getpid(), signal.SIGKILL)
            settle(folder)

        monkeypatch.setattr(outcome, "_settle", amid)
        monkeypatch.setattr(Handing, "run", run)
        run_batch(people, plan(**FRAMED), out, Handing(sitter))
        os._exit(0)
    os.read(told[0], 1)
    forget(open_vault(), "Ada", delivered=True)
    os.write(go[1], b"1")
    _, status = os.waitpid(pid, 0)
    if killed:
        assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL and files_in(out) == []
        return
    assert os.waitstatus_to_exitcode(status) == 0
    assert files_in(out) == ["outcome.json", "report.csv", "report.html"]
    assert "was forgotten while the batch ran" in (out / "report.html").read_text("utf-8")


@pytest.mark.skipif(os.name != "posix", reason="processes are forked")
def test_what_a_killed_batch_had_begun_goes_when_a_program_starts(
    hire: Hire, sitter: Identity, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hire("Ada")
    open_vault().put("Ada", "identity", b"stored before")
    out, people = home / "out", read_people(home / "team")
    if not (pid := os.fork()):
        _opened.cache_clear()
        monkeypatch.setattr(outcome, "_settle", lambda _: os.kill(os.getpid(), signal.SIGKILL))
        with suppress(BaseException):
            run_batch(people, plan(**FRAMED), out, Handing(sitter))
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    assert len(files_in(out / ".unfinished/Ada")) > 1
    _opened.cache_clear()
    assert open_vault().sitters() == ("Ada",)
    assert list((out / ".unfinished").iterdir()) == []


def test_nobody_is_forgotten_while_the_report_is_written(
    hire: Hire, sitter: Identity, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names everybody, and would be there again without being known of."""
    hire("Ada")
    open_vault().put("Ada", "identity", b"stored before")
    write, held = batch.write_report, list[bool]()

    def writing(
        outcomes: Sequence[Outcome], folder: Path, title: str, framing: Sequence[str]
    ) -> None:
        with closing(sqlite3.connect(open_vault().file, timeout=0)) as db:
            try:
                db.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                held.append(True)
        write(outcomes, folder, title, framing)

    monkeypatch.setattr(batch, "write_report", writing)
    run_batch(read_people(home / "team"), plan(**FRAMED), home / "out", Handing(sitter))
    assert held == [True]
    forget(open_vault(), "Ada")
    assert files_in(home / "out") == ["Ada.jpg"]  # delivered, and not asked to go


def test_a_name_that_is_none_stops_nobody_else(hire: Hire, sitter: Identity, home: Path) -> None:
    hire("Ada")
    hire("B\x01ob")
    ada, bob = run_batch(read_people(home / "team"), plan(**FRAMED), home / "out", Handing(sitter))
    assert ada.state == "delivered" and bob.state == "failed" and "control" in bob.what
