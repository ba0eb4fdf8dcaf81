"""A sitter by their id: wherever a stored one is named, so that the name stays in the vault."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from headshots.core import cli
from headshots.core.errors import IdentityNotFound, InputError
from headshots.core.identity.identity import Identity
from headshots.core.identity.stored import stored_sitter
from headshots.core.recipes.cache import Cache
from headshots.core.recipes.graph import build
from headshots.core.recipes.runner import run as run_recipe
from headshots.core.server.limits import Limits
from headshots.core.server.orders import ordered
from headshots.core.server.schemas import NewJob
from headshots.core.server.state import ServerState
from headshots.core.vault import check_name, key_of, open_vault
from headshots.core.vault.consent import agreed
from headshots.core.vault.ids import id_of, name_of

from ...stored import put

NAME = "Zyxara Quillfeather"
Run = Callable[..., Any]


@pytest.fixture(autouse=True)
def id(sitter: Identity, home: Path) -> str:
    put(replace(sitter, name=NAME, consent=agreed(NAME, "yes", days=9)))
    return id_of(NAME)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*arguments: object) -> Any:
        assert cli.run([*map(str, arguments), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return command


def test_it_says_nothing_of_the_sitter_and_isnt_the_same_twice(id: str, sitter: Identity) -> None:
    assert len(id) == 13 and id.startswith("id:") and int(id[3:], 16) >= 0
    assert id_of(NAME.upper()) == id and name_of(id) == name_of(f" {id.upper()} ") == NAME
    put(replace(sitter, name=NAME))  # replaced, and still the same sitter
    assert id_of(NAME) == id
    open_vault().forget(NAME)
    with pytest.raises(IdentityNotFound):
        id_of(NAME)
    with pytest.raises(IdentityNotFound, match=id):
        name_of(id)
    put(replace(sitter, name=NAME))
    assert id_of(NAME) != id


def test_what_is_no_id_is_a_name() -> None:
    assert name_of("Ada") == "Ada" and name_of("id:xyz") == "id:xyz"


def test_nobody_is_called_like_an_id(id: str) -> None:
    with pytest.raises(InputError, match="id"):
        check_name(id)


def test_commands_take_it(id: str, run: Run, tmp_path: Path, photos: Path) -> None:
    (listed,) = run("identities")
    assert (listed["name"], listed["id"]) == (NAME, id)
    (card,) = run("score", id, photos / "obama.jpg")
    assert card["sitter"] == NAME
    assert run("retention", id)[0]["name"] == NAME
    assert run("retention", id, "--days", 3)[0]["days_left"] == 3
    assert run("export", id, "--out", tmp_path / "all.zip")["holds"]
    retouch = ["retouch", photos / "obama.jpg", "--sitter", id, "--out", tmp_path / "out"]
    assert run(*retouch, "--skin", "0")["files"]
    assert run("forget", id, "--yes")["forgotten"] == NAME
    assert open_vault().sitters() == ()


def test_recipes_take_it(id: str, sitter: Identity) -> None:
    recipe = build(
        {"1": {"class_type": "HeadshotsLoadSitter", "inputs": {"name": id}}}, wanted=["1"]
    )
    cache = Cache()
    loaded = run_recipe(recipe, cache=cache).get("1", "identity")
    assert loaded.name == NAME and len(loaded.photos) == len(sitter.photos)
    assert id in run_recipe(recipe, cache=cache).get("1", "clock")
    open_vault().forget(NAME)
    with pytest.raises(IdentityNotFound):
        run_recipe(recipe, cache=cache)


def test_a_job_by_id_is_known_to_be_about_the_sitter(id: str) -> None:
    """So that it is stopped when they are forgotten."""
    for said in (id, NAME):
        job = ordered(
            NewJob(recipe="generate", inputs={"Sitter.name": said}), ServerState.fresh(Limits())
        )
        assert job.sitters == {key_of(NAME)}


def test_a_name_is_read_from_standard_input(
    run: Run, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{NAME}\n"))
    (card,) = run("score", "-", photos / "obama.jpg")
    assert card["sitter"] == NAME


def command_lines() -> str:
    """What `ps` shows of every process that runs now."""
    told: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        for file in ("cmdline", "comm"):
            with suppress(OSError, UnicodeDecodeError):
                told.append((process / file).read_bytes().replace(b"\0", b" ").decode())
    return "\n".join(told)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc")
def test_no_process_shows_the_name(id: str, home: Path, photos: Path) -> None:
    """Enrolling by standard input, and a whole run by id: neither it nor its children tell."""
    company = home / "company" / NAME
    company.mkdir(parents=True)
    (company / "1.jpg").write_bytes((photos / "obama.jpg").read_bytes())
    (company / "consent.txt").write_text("yes")
    enroll = ["enroll", "-", str(photos / "obama.jpg"), "--consent", "yes", "--replace"]
    generate = ["generate", id, "--count", "1", "--width", "256", "--out", str(home / "out")]
    batch = ["batch", str(home / "company"), "--workers", "2", "--out", str(home / "all")]
    batch += ["--set", "count=1", "--set", "width=256"]
    for arguments in (enroll, generate, batch):
        process = subprocess.Popen(
            [sys.executable, "-c", "from headshots.core.cli import main; main()", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdin
        process.stdin.write(f"{NAME}\n".encode())
        process.stdin.close()
        looked = 0
        while process.poll() is None:
            assert NAME not in command_lines()
            looked += 1
            time.sleep(0.02)
        assert looked > 10 and process.returncode in (0, 9, 12), arguments
    assert stored_sitter(NAME, "any").photos[0].name == "obama.jpg"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_what_shows_a_sitter_is_its_owners_until_it_is_handed_on(
    id: str, home: Path, run: Run, photos: Path
) -> None:
    """Contact sheets and cards are for the photographer; what is delivered is for others."""
    made = home / "made"
    run("generate", id, "--count", "1", "--width", "512", "--cards", "--least-percentile", "0",
        "--out", made)  # fmt: skip
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in made.iterdir()}
    private = {name for name, mode in modes.items() if not mode & 0o077}
    assert {"contact-sheet.png", "contact-sheet.html"} <= private
    assert all(name in private for name in modes if "-card." in name)
    assert any("-card." in name for name in modes), modes
    assert {path.name for path in made.glob("*.jpg")}.isdisjoint(private)
    listed = {each.path.name for each in open_vault().written(NAME)}
    assert listed == set(modes)
