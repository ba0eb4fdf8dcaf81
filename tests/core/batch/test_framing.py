"""A matched batch has one framing: settled before anybody is made, kept, and told."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from headshots.core.batch.batch import run_batch
from headshots.core.batch.framing import FILE, Choice, kept_choices
from headshots.core.batch.local import Processes
from headshots.core.batch.people import read_people
from headshots.core.batch.work import task_for, work
from headshots.core.generation import LOOKS
from headshots.core.recipes.documents import built_in

from ...cropped import cropped
from .conftest import QUICK, Hire, Plan, plan

OWN = LOOKS["team-neutral"].framing


@pytest.fixture
def hire_near(hire: Hire, photos: Path) -> Callable[..., None]:
    """Adds somebody with one photo that ends near the head; see `cropped`."""

    def hire_near(name: str, photo: str, **room: float) -> None:
        folder = hire(name, photo)
        (folder / photo).unlink()
        (folder / "near.png").write_bytes(cropped(photos / photo, **room))

    return hire_near


def test_only_a_matched_look_without_figures_of_its_own_is_framed() -> None:
    assert plan().unframed == ("team-neutral",)
    assert plan(head=0.5).unframed == plan(eye_line=0.4).unframed == ()
    document = built_in("one_of_a_team")
    document["4"]["inputs"]["matched"] = False
    assert Plan.of(document, QUICK).unframed == ()


def test_the_choice_goes_into_the_recipe() -> None:
    framed = plan().with_framings({"team-neutral": (0.6, 0.42)})
    inputs = framed.recipe.nodes["3"].inputs
    assert (inputs["head"], inputs["eye_line"]) == (0.6, 0.42) and framed.unframed == ()


def test_photos_are_asked_for_their_room_and_nothing_is_made(hire: Hire, tmp_path: Path) -> None:
    hire("Ada", "obama.jpg")
    hire("Refusing", "obama.jpg", consent="yes to deliver, in person")
    hire("Several", "group1.jpg")
    results = {
        person.name: work(task_for(person, plan(), only_room=True))
        for person in read_people(tmp_path / "team")
    }
    assert [len(results[name].rooms) for name in ("Ada", "Refusing", "Several")] == [1, 0, 0]
    assert all(not each.files and not each.identity for each in results.values())
    assert {each.outcome.state for each in results.values()} == {"waiting"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"team-neutral": 1}',
        '{"team-neutral": {"own": [0.1, 0.2], "head": 0.5, "eye_line": 0.4, "said": ""}}',
        '{"team-neutral": {"own": [0.47, 0.405], "head": NaN, "eye_line": 0.4, "said": ""}}',
        '{"team-neutral": {"own": [0.47, 0.405], "head": 7, "eye_line": 0.4, "said": ""}}',
        '{"team-neutral": {"own": [0.47], "head": 0.5, "eye_line": 0.4, "said": ""}}',
    ],
)
def test_a_record_that_does_not_fit_is_no_choice(tmp_path: Path, text: str) -> None:
    assert kept_choices(plan(), tmp_path) is None
    (tmp_path / FILE).write_text(text)
    assert kept_choices(plan(), tmp_path) is None


@pytest.mark.slow
def test_a_team_is_framed_alike_also_who_joins_later(
    hire: Hire, hire_near: Callable[..., None], tmp_path: Path
) -> None:
    hire("Ada", "obama.jpg")
    hire_near("Low", "biden.jpg", below=0.45)
    out, one = tmp_path / "out", Processes(1)

    def resumed() -> dict[str, tuple[float, float]]:
        made = run_batch(read_people(tmp_path / "team"), plan(), out, one, resume=True)
        figures = {each.name: each.figures for each in made if each.state == "delivered"}
        return {
            name: (each["head-height"][0], each["eye-line"][0])  # type: ignore[index]
            for name, each in figures.items()
        }

    first = resumed()
    choices = kept_choices(plan(), out)
    assert choices is not None
    choice = choices["team-neutral"]
    assert choice.head > 1.1 * OWN.head and "the photos of all can carry it" in choice.said
    assert set(first) == {"Ada", "Low"}
    for head, eyes in first.values():
        assert head == pytest.approx(choice.head, abs=0.015)
        assert eyes == pytest.approx(choice.eye_line, abs=0.01)
    assert set(json.loads((out / FILE).read_text())["team-neutral"]) == set(Choice.__annotations__)
    if os.name != "nt":
        assert (out / FILE).stat().st_mode & 0o077 == 0
    assert choice.said in (out / "report.html").read_text("utf-8")
    # Alone the newcomer would have the look's own framing.
    kept, times = (out / FILE).read_bytes(), (out / "people/Ada/outcome.json").stat().st_mtime_ns
    hire("New", "obama3.jpg")
    hire_near("Bald", "astronaut.png", above=0.25)
    again = resumed()
    assert (out / FILE).read_bytes() == kept
    assert (out / "people/Ada/outcome.json").stat().st_mtime_ns == times
    assert again["New"][0] == pytest.approx(choice.head, abs=0.015)
    needs = {
        name: " ".join(json.loads((out / f"people/{name}/outcome.json").read_text())["needs"])
        for name in ("Ada", "Low", "New", "Bald")
    }
    assert [name for name in needs if "the team's framing" in needs[name]] == ["Bald"]
