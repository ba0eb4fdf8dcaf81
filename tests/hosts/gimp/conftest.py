"""A real GIMP 3 with the plug-in in it, beside a real server; both started once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from headshots.core import gimp as installation

from ... import packing
from ...serving import Running, begin, folders
from ..comfyui.server import free_port
from .console import Console, console, lay_out
from .prepare import Gimp, prepare
from .screen import SIZE, Screen, gimp_on, screen

ADA = "Ada Lovelace"
FILES = ("obama.jpg", "obama2.jpg", "obama3.jpg")


@pytest.fixture(scope="session")
def gimp() -> Gimp:
    """A GIMP that can be run."""
    try:
        return prepare()
    except RuntimeError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def server_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the folders of the session's server are."""
    return tmp_path_factory.mktemp("gimp-server")


@pytest.fixture(scope="session")
def comfyui_port() -> int:
    """Where the session's server takes a ComfyUI to be."""
    return free_port()


@pytest.fixture(scope="session")
def python(
    from_wheel: bool, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """The Python whose headshots GIMP works with."""
    if not from_wheel:
        return sys.executable
    wheel: Path = request.getfixturevalue("wheel")
    folder = tmp_path_factory.mktemp("packed") / "python"
    return str(packing.installed(wheel, Path(sys.executable), folder) / "python")


@pytest.fixture(scope="session")
def server(
    server_folder: Path, data_dir: Path, comfyui_port: int, python: str
) -> Iterator[Running]:
    """A running server that the plug-in of the session's GIMP finds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADSHOTS_COMFY", f"http://127.0.0.1:{comfyui_port}")
        running = begin(server_folder, python=python)
    yield running
    running.process.kill()
    running.process.wait(15)


@pytest.fixture(scope="session")
def inside(
    gimp: Gimp,
    server: Running,
    server_folder: Path,
    python: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Console]:
    """A running GIMP without a screen, the plug-in installed in it."""
    profile = lay_out(tmp_path_factory.mktemp("gimp") / "profile", gimp.version())
    install(profile, server_folder, python)
    with console(gimp, profile) as running:
        yield running


@pytest.fixture(scope="session")
def perform(inside: Console, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Calls a procedure that has to succeed; what came of it, with the XCF at `xcf`."""

    def perform(procedure: str, **arguments: Any) -> dict[str, Any]:
        xcf = tmp_path_factory.mktemp("xcf") / "saved.xcf"
        if arguments.get("picture") or arguments.get("last"):
            arguments.setdefault("save", xcf)
        told = inside.ask("perform", procedure=f"headshots-{procedure}", **arguments)
        assert told["status"] == "success", told
        return {**told, "xcf": xcf}

    return perform


@pytest.fixture(scope="session")
def ada(perform: Callable[..., Any], photos: Path) -> str:
    """Name of a sitter whom the plug-in enrolled from three files."""
    files = [str(photos / name) for name in FILES]
    told = perform("enrol", options={"name": ADA, "consent": "in person", "files": files})
    assert told["report"].count("accepted") == 3
    return ADA


def install(profile: Path, server_folder: Path, python: str = sys.executable) -> Path:
    """Install the plug-in of `python`'s headshots into a profile; the plug-in's folder.

    It then looks for a server whose folders are in `server_folder`.
    """
    subprocess.run(
        [python, "-P", "-m", "headshots", "gimp-install", "--folder", str(profile)],
        env={**os.environ, **folders(server_folder)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return installation.Gimp(profile, "3.0").plug_in


@contextmanager
def pictured_screen(
    gimp: Gimp,
    server_folder: Path,
    python: str,
    folder: Path,
    environment: dict[str, str] | None = None,
    size: tuple[int, int] = SIZE,
    gimprc: str = "",
) -> Iterator[Screen]:
    """A screen on which a GIMP with the plug-in can be started; see `screen.screen`.

    gimprc: more lines of GIMP's settings.

    Its pictures lie in `folder`, and are kept where GIMP_TEST_PICTURES says.
    """
    profile = lay_out(folder / "profile", gimp.version())
    install(profile, server_folder, python)
    with (profile / "gimprc").open("a") as settings:
        settings.write(gimprc)
    with screen(gimp, profile, folder, environment, size) as running:
        yield running
    if kept := os.environ.get("GIMP_TEST_PICTURES"):  # to be looked at
        shutil.copytree(folder, kept, dirs_exist_ok=True, ignore=shutil.ignore_patterns("profile"))


@pytest.fixture(scope="module")
def window(shown: Screen, photos: Path) -> Iterator[str]:
    """GIMP's window, a photo open in it, on the screen `shown` of a file of tests."""
    with gimp_on(shown, photos / "obama.jpg") as window:
        yield window
