"""The step that frames a team of stored sitters, and who is asked for it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from headshots.core import cli
from headshots.core.errors import ConsentWithheld, IdentityNotFound, InputError
from headshots.core.generation import LOOKS, Look
from headshots.core.identity.identity import Identity
from headshots.core.recipes.actions.teams import fingerprint
from headshots.core.recipes.anonymise import anonymise
from headshots.core.recipes.graph import build
from headshots.core.recipes.runner import run
from headshots.core.server.limits import Limits
from headshots.core.server.orders import ordered
from headshots.core.server.schemas import NewJob
from headshots.core.server.state import ServerState
from headshots.core.vault import key_of, open_vault
from headshots.core.vault.consent import agreed
from headshots.core.vault.ids import id_of

from ...outlines import ending
from ...stored import put

OWN = LOOKS["team-neutral"]


def named(sitter: Identity, name: str, **room: float) -> Identity:
    """A sitter of that name whose photos leave that room; see `ending`."""
    photos = tuple(
        replace(each, outline=each.outline and ending(each.outline, **room))
        for each in sitter.photos
    )
    return replace(sitter, name=name, photos=photos, consent=agreed(name, "yes", days=30))


@pytest.fixture
def team(sitter: Identity, home: Path) -> None:
    """Ada's photos have room, Bob's end below the shoulders, Cut's at the chin."""
    put(named(sitter, "Ada"))
    put(named(sitter, "Bob", below=0.42))
    put(named(sitter, "Cut", below=0.04))


def recipe(sitters: str) -> dict[str, Any]:
    return {
        "1": {
            "class_type": "HeadshotsChooseLook",
            "inputs": {"looks": {"__value__": ["team-neutral"]}},
        },
        "2": {
            "class_type": "HeadshotsTeamFraming",
            "inputs": {"looks": ["1", 0], "sitters": sitters},
        },
    }


def framed(*sitters: str) -> tuple[Look, list[str]]:
    results = run(build(recipe("\n".join(sitters)), wanted=["2"]))
    (look,) = results.get("2", "looks")
    return look, results.get("2", "notes").split("\n")


@pytest.mark.usefixtures("team")
def test_the_look_gets_the_framing_that_all_can_carry() -> None:
    look, notes = framed("Ada", "Bob")
    assert look.framing.head > 1.05 * OWN.framing.head
    assert replace(look, framing=OWN.framing) == OWN
    assert notes == [
        f"Team neutral: head {look.framing.head:.1%} of the height, eye line "
        f"{look.framing.eyes:.1%} from the top; the photos of all can carry it"
    ]
    assert framed("Ada") == framed("ada", " Ada ") and framed("Ada")[0] == OWN


@pytest.mark.usefixtures("team")
def test_it_is_the_same_whoever_is_named_first_and_by_id() -> None:
    assert framed("Ada", "Bob", "Cut")[0] == framed("Cut", id_of("Bob"), "Ada")[0]


@pytest.mark.usefixtures("team")
def test_who_cannot_carry_it_is_named_with_the_photo_to_take() -> None:
    look, notes = framed("Ada", "Cut", "Bob")
    assert look == framed("Ada", "Bob")[0]
    assert "the photos of 2 of 3 can" in notes[0]
    assert len(notes) == 2 and notes[1].startswith("Cut: no photo has the room")
    assert "both shoulders" in notes[1]


@pytest.mark.usefixtures("team")
def test_everybody_read_must_have_agreed(sitter: Identity) -> None:
    bob = named(sitter, "Bob")
    put(replace(bob, consent=agreed("Bob", "yes to deliver", days=30)))
    with pytest.raises(ConsentWithheld, match="'Bob'"):
        framed("Ada", "Bob")
    with pytest.raises(IdentityNotFound, match="Nobody"):
        framed("Ada", "Nobody")
    with pytest.raises(InputError, match="No sitter"):
        framed(" ")


@pytest.mark.usefixtures("team")
def test_it_is_made_anew_when_one_of_them_is_enrolled_anew(sitter: Identity) -> None:
    before = fingerprint("Ada\nBob")
    assert fingerprint("Ada\nBob") == before
    put(named(sitter, "Bob"))
    assert fingerprint("Ada\nBob") != before


@pytest.mark.usefixtures("team")
def test_a_server_job_is_about_all_of_them() -> None:
    wanted = NewJob(recipe=recipe("Ada\n" + id_of("Bob")), wanted=["2"])
    job = ordered(wanted, ServerState.fresh(Limits()))
    assert job.sitters == {key_of("Ada"), key_of("Bob")}


def test_no_picture_tells_who_else_is_in_the_team() -> None:
    assert "Ada" not in json.dumps(anonymise(recipe("Ada\nBob"), "2"))


@pytest.mark.slow
def test_on_the_command_line(
    sitter: Identity, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(named(sitter, "Ada"))
    put(named(sitter, "Bob", below=0.42))
    options = ["--look", "team-neutral", "--count", "1", "--width", "256", "--least-percentile=0"]
    out = ["--out", str(home / "out"), "--json"]
    assert cli.run(["generate", "Ada", "--team", "Bob", *options, *out]) in (0, 9)
    told = json.loads(capsys.readouterr().out)
    assert "the photos of all can carry it" in told["notes"][0]
    (picture,) = told["pictures"]
    assert picture["name"] == "01"
    open_vault().forget("Bob")
    assert cli.run(["generate", "Ada", "--team", "Bob", *options, *out]) == 4
    assert cli.run(["generate", "Ada", "--head", "0.2", *options, *out]) == 2
    assert "Ask for 0.4 to 1.1" in capsys.readouterr().err
