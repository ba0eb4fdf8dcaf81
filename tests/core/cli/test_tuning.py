"""`headshots tune`: from a stored sitter to a LoRA as a file, and its end with the sitter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from safetensors.torch import load_file

from headshots.core import cli
from headshots.core.generation.diffusion.tuning import tuner
from headshots.core.identity.codec import to_bytes
from headshots.core.identity.identity import Identity
from headshots.core.settings import settings
from headshots.core.vault import open_vault
from headshots.core.vault.vault import Written

pytestmark = pytest.mark.slow

NAME = "Tuned Sitter"
TUNE = ["tune", NAME, "--model", "klein", "--rank", "8", "--json"]


@pytest.fixture(autouse=True)
def _sitter(
    tmp_path_factory: pytest.TempPathFactory, sitter: Identity, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A tiny model that learns in a few steps, and a stored sitter who agreed to it."""
    from ...tiny.models import klein

    folder = tmp_path_factory.mktemp("tuned")
    klein(folder / "klein")
    monkeypatch.setenv("HEADSHOTS_MODELS_DIR", str(folder))
    quick = partial(tuner.Tuning, anybody=1, made_in=1, judged=10, rate=1e-2)
    monkeypatch.setattr(tuner, "Tuning", quick)
    settings.cache_clear()
    assert sitter.consent is not None
    consent = replace(sitter.consent, who=NAME, uses=("generate", "tune"))
    open_vault().put(NAME, "identity", to_bytes(replace(sitter, name=NAME, consent=consent)))
    yield
    if NAME in open_vault().sitters():
        open_vault().forget(NAME)
    monkeypatch.undo()
    settings.cache_clear()


def test_a_model_is_tuned_by_command_and_its_file_goes_with_the_sitter(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sitter.safetensors"
    assert cli.run([*TUNE, "--steps", "20", "--out", str(file)]) == 0
    report = json.loads(capsys.readouterr().out)["report"]
    assert report[0].startswith(f"klein is tuned to {NAME}") and str(file) in report[-1]
    assert {name.split(".")[0] for name in load_file(file)} == {"diffusion_model"}
    assert open_vault().written(NAME) == (Written(file, delivered=False),)
    assert open_vault().kinds(NAME) == ("identity", "realism-klein", "tuned-klein")

    assert cli.run(["forget", NAME, "--yes", "--json"]) == 0
    gone = json.loads(capsys.readouterr().out)
    assert not file.exists() and gone["left"] == []
    receipt = json.loads(Path(gone["receipt"]).read_text("utf-8"))
    (told,) = receipt["files"]
    assert told["destroyed"] and told["size"] > 0 and not told["delivered"]
    assert "tuned-klein" in {each["kind"] for each in receipt["stored"]}


def test_where_nothing_was_learnt_nothing_is_written_and_it_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    unmoved = partial(tuner.Tuning, anybody=1, made_in=1, judged=1, rate=0.0)
    monkeypatch.setattr(tuner, "Tuning", unmoved)
    file = tmp_path / "sitter.safetensors"
    assert cli.run([*TUNE, "--steps", "1", "--out", str(file)]) == 0
    report = json.loads(capsys.readouterr().out)["report"]
    assert report[0].startswith("Nothing was kept") and report[-1].startswith("Nothing was written")
    assert not file.exists() and open_vault().kinds(NAME) == ("identity",)
