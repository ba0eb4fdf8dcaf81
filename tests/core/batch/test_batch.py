"""A small company from folders to pictures and report, in real processes."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from headshots.core.batch.batch import run_batch
from headshots.core.batch.local import Processes
from headshots.core.batch.outcome import Outcome
from headshots.core.batch.people import read_people
from headshots.core.delivery.xmp import read_xmp
from headshots.core.errors import BatchStarted, Cancelled
from headshots.core.progress import Progress

from .conftest import OBAMA, plan

pytestmark = pytest.mark.slow

PEOPLE = ("Ada", "Bob", "Nocons", "Wrong")


@pytest.fixture(scope="module")
def team(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ada has a damaged photo too; Wrong has a colleague among their photos."""
    folder = tmp_path_factory.mktemp("company") / "team"
    for name in PEOPLE:
        (folder / name).mkdir(parents=True)
        for each in OBAMA if name == "Wrong" else OBAMA[:2]:
            shutil.copy(photos / each, folder / name / each)
        if name != "Nocons":
            (folder / name / "consent.txt").write_text("yes, by signed form")
    (folder / "Ada" / "aaa.jpg").write_bytes(b"no picture")
    shutil.copy(photos / "biden.jpg", folder / "Wrong")
    return folder


@pytest.fixture(scope="module")
def done(team: Path) -> tuple[Path, list[Outcome], list[str]]:
    """The folder, what became of everybody, and what the progress said."""
    notes: list[str] = []
    out = team.parent / "out"
    progress = Progress(lambda share, note, preview: notes.append(note))
    return out, run_batch(read_people(team), plan(), out, Processes(2), progress=progress), notes


def test_everybody_who_can_be_is_delivered_and_the_others_say_why(
    done: tuple[Path, list[Outcome], list[str]],
) -> None:
    out, outcomes, _ = done
    ada, bob, nocons, wrong = outcomes
    assert [each.state for each in outcomes] == ["delivered", "delivered", "failed", "failed"]
    assert nocons.code == "consent.missing" and not nocons.needs
    assert wrong.code == "identity.wrong-person" and "biden.jpg" in wrong.what
    assert any(need.startswith("biden.jpg") for need in wrong.needs)
    assert any(need.startswith("aaa.jpg") for need in ada.needs)
    for each in (ada, bob):
        (file,) = each.files
        assert file == f"{each.name}.jpg"
        delivered = read_xmp((out / "people" / each.folder / file).read_bytes())
        assert delivered["source_type"] == "compositeSynthetic"
        assert (out / "people" / each.folder / "contact-sheet.html").exists()
        assert each.likeness and each.figures
    assert {path.name for path in out.iterdir()} == {
        *("people", "report.html", "report.csv"),
        "framing.json",
    }


def test_report_has_a_row_a_person_and_says_how_alike_they_are(
    done: tuple[Path, list[Outcome], list[str]],
) -> None:
    out = done[0]
    page = (out / "report.html").read_text("utf-8")
    assert "4 people" in page and "2 delivered" in page and "2 not made" in page
    assert page.index("To be done (2)") < page.index("Nocons") < page.index("Delivered (2)")
    assert "people/Ada/Ada.jpg" in page and "people/Ada/contact-sheet.html" in page
    assert "Side by side" in page and "Eye line from the top" in page
    rows = list(csv.DictReader((out / "report.csv").read_text("utf-8-sig").splitlines()))
    assert {row["name"]: row["state"] for row in rows} == {
        "Ada": "delivered",
        "Bob": "delivered",
        "Nocons": "not made",
        "Wrong": "not made",
    }


def test_progress_tells_the_time_left(done: tuple[Path, list[Outcome], list[str]]) -> None:
    notes = done[2]
    assert notes[-1] == "4 of 4 people"
    assert any(note.endswith("s left") for note in notes)


def test_nothing_of_a_face_is_kept_beside_the_pictures(
    done: tuple[Path, list[Outcome], list[str]],
) -> None:
    for record in done[0].glob("people/*/outcome.json"):
        told = json.loads(record.read_text())
        assert not {"embedding", "photos", "identity", "consent"} & set(told)


def test_batch_in_the_same_folder_is_refused_and_resume_does_only_what_changed(
    team: Path, done: tuple[Path, list[Outcome], list[str]]
) -> None:
    out, before, _ = done
    with pytest.raises(BatchStarted, match="--resume"):
        run_batch(read_people(team), plan(), out, Processes(1))
    (team / "Nocons" / "consent.txt").write_text("yes")
    times = {path: path.stat().st_mtime_ns for path in out.glob("people/*/outcome.json")}
    after = run_batch(read_people(team), plan(), out, Processes(1), resume=True)
    assert [each.state for each in after] == ["delivered", "delivered", "delivered", "failed"]
    assert after[:2] == before[:2] and after[3] == before[3]
    again = {path.parent.name for path in times if path.stat().st_mtime_ns != times[path]}
    assert again == {"Nocons"}


def test_stop_ends_it_with_a_report_of_what_is_done(team: Path, tmp_path: Path) -> None:
    done = 0

    def stopped() -> bool:
        return done > 0

    def report(share: float, note: str, preview: object) -> None:
        nonlocal done
        done += note.startswith("2 of")  # Nocons at once, and one that was worked on

    with pytest.raises(Cancelled):
        run_batch(
            [each for each in read_people(team) if each.name != "Wrong"],
            plan(),
            tmp_path,
            Processes(1),
            progress=Progress(report, stopped),
        )
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "1 not yet" in page or "2 not yet" in page
    assert not (tmp_path / ".unfinished").exists()
