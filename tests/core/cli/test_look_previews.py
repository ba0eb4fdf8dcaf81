"""`headshots looks`: one small picture of each look, and what is wrong with the user's files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image as Pillow

from headshots.core import cli
from headshots.core.cli import machine
from headshots.core.generation import LOOKS
from headshots.core.settings import settings


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Path]:
    """The folder of the user's looks, for one test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADSHOTS_CONFIG_DIR", str(tmp_path))
        settings.cache_clear()
        (tmp_path / "looks").mkdir()
        yield tmp_path / "looks"
    settings.cache_clear()


def test_each_look_gets_a_small_picture_that_says_what_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "PREVIEW_WIDTH", 256)
    folder = tmp_path / "new" / "previews"
    assert cli.run(["looks", "--previews", str(folder), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in told] == list(LOOKS)
    for row in told:
        path = Path(row["preview"])
        assert path.parent == folder and path.stem == row["name"]
        with Pillow.open(path) as picture:
            assert picture.width == 256
        assert b"compositeSynthetic" in path.read_bytes()
    assert len(list(folder.iterdir())) == len(LOOKS)


def test_a_faulty_file_is_named_after_the_list(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (own / "mine.toml").write_text("[mine]\ntitle = 3\n", "utf-8")
    assert cli.run(["looks", "--json"]) == 6
    said = capsys.readouterr()
    assert [row["name"] for row in json.loads(said.out)] == list(LOOKS.built_in)
    assert said.err.startswith("generation.look-unreadable:") and "mine.toml" in said.err
