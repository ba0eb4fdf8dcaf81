"""The nodes of an installed headshots, linked into a ComfyUI."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from headshots.core import node_pack
from headshots.core.cli import run
from headshots.core.errors import SetupError
from headshots.core.installation import ROOT


@pytest.fixture
def comfyui(tmp_path: Path) -> Path:
    """A folder of a ComfyUI as far as it matters here."""
    (tmp_path / "ComfyUI" / "custom_nodes").mkdir(parents=True)
    return tmp_path / "ComfyUI"


def test_it_is_linked_once(comfyui: Path, capsys: pytest.CaptureFixture[str]) -> None:
    link = comfyui / "custom_nodes" / "headshots"
    assert run(["comfyui-install", str(comfyui)]) == 0
    assert f"now in {link}" in capsys.readouterr().out
    assert link.samefile(ROOT) and (link / "__init__.py").is_file()
    assert run(["comfyui-install", str(comfyui), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"folder": str(link), "changed": False}


def test_a_link_to_an_installation_that_is_gone_is_mended(comfyui: Path, tmp_path: Path) -> None:
    link = comfyui / "custom_nodes" / "headshots"
    link.symlink_to(tmp_path / "gone", target_is_directory=True)
    assert node_pack.install(comfyui) and link.samefile(ROOT)


def test_a_clone_that_lies_there_stays(comfyui: Path) -> None:
    file = comfyui / "custom_nodes" / "headshots" / "__init__.py"
    file.parent.mkdir()
    file.write_text("# a clone")
    with pytest.raises(SetupError, match="is there already"):
        node_pack.install(comfyui)
    assert file.read_text() == "# a clone"


def test_another_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["comfyui-install", str(tmp_path)]) == 5
    said = capsys.readouterr().err
    assert said.startswith("setup.error: ") and "has no folder custom_nodes" in said
    assert not any(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written(comfyui: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(link: Path) -> None:  # root, whom the tests may run as, is refused by no folder
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(link))

    monkeypatch.setattr(node_pack, "_link", refuse)
    with pytest.raises(SetupError, match="can't be written"):
        node_pack.install(comfyui)
