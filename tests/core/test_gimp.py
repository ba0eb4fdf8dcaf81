"""The plug-in for GIMP in homes as they are laid out on each system."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from headshots import __version__
from headshots.core.cli import run
from headshots.core.errors import GimpNotFound, GimpUnwritable
from headshots.core.gimp import (
    SOURCE,
    Gimp,
    State,
    chosen,
    install,
    installed_gimps,
    remedies,
    uninstall,
)
from headshots.core.settings import settings

LINUX, MACOS, WINDOWS = "linux", "darwin", "win32"
HOMES = {
    "one": (LINUX, {".config/GIMP/3.0": ""}),
    "two versions": (LINUX, {".config/GIMP/3.0": "", ".config/GIMP/3.2": ""}),
    "flatpak": (LINUX, {".var/app/org.gimp.GIMP/config/GIMP/3.0": "Flatpak"}),
    "snap": (LINUX, {"snap/gimp/current/GIMP/3.0": "Snap"}),
    "snap with a configuration folder": (LINUX, {"snap/gimp/current/.config/GIMP/3.2": "Snap"}),
    "all at once": (
        LINUX,
        {".config/GIMP/3.2": "", ".var/app/org.gimp.GIMP/config/GIMP/3.2": "Flatpak"},
    ),
    "macos": (MACOS, {"Library/Application Support/GIMP/3.0": ""}),
    "windows": (WINDOWS, {"AppData/Roaming/GIMP/3.0": "", "AppData/Roaming/GIMP/3.2": ""}),
}
NOT_OURS = (".config/GIMP/2.10", ".config/GIMP/2.99", ".config/GIMP/3.0-backup", ".gimp-2.8")


@pytest.fixture
def gimp(tmp_path: Path) -> Gimp:
    """A GIMP 3.0 of Linux without plug-ins."""
    folder = tmp_path / ".config/GIMP/3.0"
    folder.mkdir(parents=True)
    return Gimp(folder, "3.0")


@pytest.mark.parametrize("name", HOMES)
def test_every_gimp_3_is_found(name: str, tmp_path: Path) -> None:
    system, folders = HOMES[name]
    for folder in (*folders, *NOT_OURS):
        (tmp_path / folder).mkdir(parents=True)
    gimps = installed_gimps(tmp_path, {}, system)
    assert {gimp.folder: gimp.sandbox for gimp in gimps} == {
        tmp_path / folder: sandbox for folder, sandbox in folders.items()
    }
    assert [gimp.version for gimp in gimps] == [Path(folder).name for folder in folders]


@pytest.mark.parametrize(("system", "variable"), [(LINUX, "XDG_CONFIG_HOME"), (WINDOWS, "APPDATA")])
def test_moved_folders_are_found(system: str, variable: str, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere/GIMP/3.0"
    folder.mkdir(parents=True)
    environment = {variable: str(tmp_path / "elsewhere")}
    assert [gimp.folder for gimp in installed_gimps(tmp_path, environment, system)] == [folder]
    own = tmp_path / "my gimp"
    environment["GIMP3_DIRECTORY"] = str(own)
    assert [gimp.folder for gimp in installed_gimps(tmp_path, environment, system)] == [folder, own]


def test_installing_puts_the_whole_plug_in_and_tells_it_where_headshots_is(gimp: Gimp) -> None:
    assert gimp.state is State.MISSING
    assert install(gimp)
    assert gimp.state is State.PRESENT
    names = {path.name for path in gimp.plug_in.iterdir()}
    assert names == {path.name for path in SOURCE.glob("*.py")} | {"installation.json"}
    assert os.name == "nt" or (gimp.plug_in / "headshots.py").stat().st_mode & 0o111 == 0o111
    told = json.loads((gimp.plug_in / "installation.json").read_text())
    assert told["version"] == __version__
    assert told["runtime"] == str(settings().runtime)
    # As GIMP would: another folder, and an environment that is meant for another Python.
    said = subprocess.run(
        [*told["command"], "--version"],
        capture_output=True,
        text=True,
        check=True,
        cwd=gimp.folder,
        env={**os.environ, "PYTHONHOME": str(gimp.folder), "PYTHONPATH": str(gimp.folder)},
    )
    assert said.stdout.split() == ["headshots", __version__]


def test_installing_again_changes_nothing(gimp: Gimp) -> None:
    install(gimp)
    before = {path: path.stat().st_mtime_ns for path in gimp.plug_in.iterdir()}
    assert not install(gimp)
    assert {path: path.stat().st_mtime_ns for path in gimp.plug_in.iterdir()} == before


def test_what_is_old_damaged_or_not_to_be_started_is_mended(gimp: Gimp) -> None:
    install(gimp)
    (gimp.plug_in / "gone_since.py").write_text("old\n")
    (gimp.plug_in / "actions.py").write_text("damaged\n")
    assert gimp.state is State.OUTDATED
    assert [str(gimp.folder) in each for each in remedies([gimp])] == [True]
    assert install(gimp)
    assert gimp.state is State.PRESENT
    assert list(remedies([gimp])) == []
    if os.name == "posix":
        (gimp.plug_in / "headshots.py").chmod(0o644)
        assert install(gimp)
        assert os.access(gimp.plug_in / "headshots.py", os.X_OK)


def test_uninstalling_takes_ours_alone(gimp: Gimp) -> None:
    other = gimp.folder / "plug-ins" / "another"
    other.mkdir(parents=True)
    install(gimp)
    assert uninstall(gimp)
    assert not uninstall(gimp)
    assert [path.name for path in (gimp.folder / "plug-ins").iterdir()] == ["another"]


def test_a_folder_that_cannot_be_written_keeps_what_it_had(gimp: Gimp) -> None:
    (gimp.folder / "plug-ins").write_text("a file where the folder should be\n")
    with pytest.raises(GimpUnwritable, match="plug-ins"):
        install(gimp)
    assert [path.name for path in gimp.folder.iterdir()] == ["plug-ins"]


def test_no_gimp_is_said_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("GIMP3_DIRECTORY", raising=False)
    with pytest.raises(GimpNotFound, match=r"2\.10 is too old"):
        chosen(None)
    with pytest.raises(GimpNotFound, match="nowhere"):
        chosen(tmp_path / "nowhere")


def test_commands(gimp: Gimp, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--folder", str(gimp.folder)]
    assert run(["gimp-install", *arguments]) == 0
    assert f"now in {gimp.plug_in}" in capsys.readouterr().out
    assert run(["gimp-install", *arguments, "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert told == {"folder": str(gimp.plug_in), "version": "3.0", "changed": False}
    assert run(["gimp-uninstall", *arguments]) == 0
    assert "removed" in capsys.readouterr().out
    assert run(["gimp-install", "--folder", str(gimp.folder / "nowhere")]) == 5
    assert capsys.readouterr().err.startswith("gimp.not-found: ")


def test_doctor_says_how_the_plug_in_is(
    gimp: Gimp, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GIMP3_DIRECTORY", str(gimp.folder))
    install(gimp)
    run(["doctor", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert {"folder": str(gimp.folder), "state": "present"} in found["gimp"]
    (gimp.plug_in / "layers.py").unlink()
    assert run(["doctor"]) == 5
    assert "run `headshots gimp-install`" in capsys.readouterr().err
