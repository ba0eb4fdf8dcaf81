"""Painted headshots by command, with a tiny model: found, licensed, scored, delivered."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from headshots.core import cli
from headshots.core.identity.codec import to_bytes
from headshots.core.identity.identity import Identity
from headshots.core.settings import settings
from headshots.core.vault import open_vault

pytestmark = pytest.mark.slow

Run = Callable[..., Any]
NAME = "Paula"  # forgotten at the end: not one whom other tests know


@pytest.fixture(scope="module", autouse=True)
def model(
    tmp_path_factory: pytest.TempPathFactory, sitter: Identity, data_dir: Path
) -> Iterator[Path]:
    """A tiny model whose card forbids commercial work, and a stored sitter."""
    from ...tiny.models import sd15

    folder = tmp_path_factory.mktemp("licensed")
    card = sd15(folder / "narrow") / "README.md"
    card.write_text("---\nlicense: cc-by-nc-4.0\n---\n", "utf-8")
    open_vault().put(NAME, "identity", to_bytes(replace(sitter, name=NAME)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADSHOTS_MODELS_DIR", str(folder))
        settings.cache_clear()
        yield folder
    settings.cache_clear()
    open_vault().forget(NAME)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command with --json and gives its exit code and its value, or what it complained."""

    def command(*arguments: object) -> tuple[int, Any]:
        ended = cli.run([*map(str, arguments), "--json"])
        said = capsys.readouterr()
        return ended, json.loads(said.out) if said.out else said.err.splitlines()[-1]

    return command


def test_models_are_listed_with_what_their_licences_allow(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    _, found = run("models")
    (model,) = found["models"]
    assert (model["name"], model["family"], model["commercial"]) == ("narrow", "sd15", False)
    assert model["licence"] == "cc-by-nc-4.0" and found["faults"] == []
    assert cli.run(["models"]) == 0
    said = capsys.readouterr().out
    assert "narrow" in said and "not allowed" in said


def test_a_licence_is_accepted_by_word_and_every_scorecard_says_so(
    run: Run, tmp_path: Path
) -> None:
    asked = ["generate", NAME, "--generator", "diffusion", "--model", "narrow", "--steps", "2"]
    asked += ["--count", "1", "--width", "256", "--text", "in a suit", "--out", str(tmp_path)]
    ended, said = run(*asked)
    assert ended != 0 and "licence" in said and "--accept-licence" in said
    ended, _ = run(*asked, "--accept-licence")
    # A network of chance paints nothing worth keeping, but the sheet shows it, and from what.
    sheet = (tmp_path / "contact-sheet.html").read_text("utf-8")
    assert "cc-by-nc-4.0" in sheet and "in a suit" in sheet
    assert "licences accepted cc-by-nc-4.0" in sheet.casefold()


def test_the_same_recipe_changes_its_generator_by_one_input(tmp_path: Path) -> None:
    from headshots.core.recipes.documents import built_in
    from headshots.core.recipes.graph import build, with_inputs
    from headshots.core.recipes.runner import run as run_recipe
    from headshots.core.recipes.steps import STUDIO

    document = built_in("generate")
    painting = {"model": "narrow", "steps": 1, "accept_licence": True}
    document["p"] = {"class_type": "HeadshotsPainting", "inputs": painting}
    document["3"]["inputs"]["painting"] = ["p", 0]
    small: dict[str, Any] = {"Sitter.name": NAME, "Studio.count": 1, "Studio.width": 256}
    small |= {"Deliver.folder": str(tmp_path), "Contact sheet.folder": str(tmp_path)}
    made: dict[str, Any] = {}
    for generator in ("studio", "diffusion"):
        recipe = with_inputs(build(document), {**small, "Studio.generator": generator})
        results = run_recipe(recipe)
        (made[generator],) = results.get(next(results.of(STUDIO.id)), "pictures")
        assert made[generator].provenance.generator == generator
    one, two = (made[each].image for each in ("studio", "diffusion"))
    assert one.shape == two.shape and (one != two).any()
