"""What the plug-in finds on a machine, and what stays where headshots can't be installed."""

from __future__ import annotations

import sys
from pathlib import Path
from threading import Event

import installing
import pytest
from core_client import Problem


@pytest.fixture
def plug_in(tmp_path: Path) -> Path:
    """A plug-in's folder with wheels in it that are none."""
    folder = tmp_path / "plug-in"
    folder.mkdir()
    (folder / "headshots-0.1.0-py3-none-any.whl").write_bytes(b"none")
    (folder / "pip-99-py3-none-any.whl").write_bytes(b"none")
    return folder


def test_wheels_come_along_or_nothing_is_offered(plug_in: Path) -> None:
    assert [each.name[:4] for each in installing.bundled(plug_in)] == ["head", "pip-"]
    next(plug_in.glob("pip-*")).unlink()
    assert installing.bundled(plug_in) is None


@pytest.mark.skipif(sys.platform == "win32", reason="the folders of Linux")
def test_a_program_at_a_usual_place_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert installing.programs(tmp_path) == []
    program = tmp_path / ".local/bin/headshots"
    program.parent.mkdir(parents=True)
    program.touch()
    assert installing.programs(tmp_path) == [str(program)]


def test_a_failed_installation_says_why_and_leaves_nothing(
    plug_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path))
    told: list[float] = []
    with pytest.raises(Problem, match="wasn't installed"):
        installing.install(plug_in, tmp_path, lambda share, note: told.append(share), Event())
    assert told[-1] >= 0.05 and not installing.target().exists()


def test_a_machine_without_python_is_told_where_to_get_it(
    plug_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", "/usr/bin/gimp")
    with pytest.raises(Problem, match=r"python\.org"):
        installing.install(plug_in, tmp_path, lambda share, note: None, Event())
    assert not installing.target().exists()
