"""A real ComfyUI with this checkout in it, started once for all tests of this folder."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from headshots.core.files import write_file
from headshots.core.identity.codec import to_bytes
from headshots.core.identity.identity import Identity
from headshots.core.photos import read_photo
from headshots.core.photos.writing import encode
from headshots.core.vault import open_vault

from ... import packing
from .prepare import ROOT, Environment, prepare
from .server import Server, serving

PROBE = Path(__file__).with_name("probe_nodes.py")
QWEN = Path(__file__).with_name("probe_qwen.py")
# As the recipes call their sitters.
STORED = ("Ada Lovelace", "Grace Hopper", "Katherine Johnson")
ASTRONAUT = "Astronaut"


@pytest.fixture(scope="session")
def comfyui(request: pytest.FixtureRequest) -> Environment:
    """A ComfyUI that can be started: 0.3.75, or the folder of `--engine` in the same Python."""
    other: Path | None = request.config.getoption("--engine")
    return replace(prepare(), other=other.resolve() if other else None)


@pytest.fixture(scope="session")
def packed(
    comfyui: Environment, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Environment:
    """The ComfyUI, in whose Python the wheel is installed."""
    wheel: Path = request.getfixturevalue("wheel")
    folder = tmp_path_factory.mktemp("packed") / "python"
    packing.installed(wheel, comfyui.python, folder)
    for part in (comfyui.engine, comfyui.folder / "newest"):
        (folder / part.name).symlink_to(part, target_is_directory=True)
    return Environment(folder)


@pytest.fixture(scope="session")
def server(
    from_wheel: bool,
    photos: Path,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    """A running server with the nodes of probe_nodes.py and probe_qwen.py.

    In its input folder lie the photos (see the fixture `photos`), and what the recipes name:
    the folder photos with those of one person, and picture.jpg.
    """
    base = tmp_path_factory.mktemp("comfyui")
    lay_out(photos, base / "input")
    packs = {PROBE.name: PROBE, QWEN.name: QWEN}
    environment: Environment = request.getfixturevalue("packed" if from_wheel else "comfyui")
    if from_wheel:
        (base / "custom_nodes").mkdir()
        command = [str(environment.python), "-m", "headshots", "comfyui-install", str(base)]
        subprocess.run(command, check=True, cwd=base, stdout=subprocess.DEVNULL)
        pack = (base / "custom_nodes" / "headshots").resolve()
        assert pack.is_relative_to(environment.folder.resolve())
    else:
        packs["headshots"] = ROOT
    with serving(environment, base, packs=packs) as running:
        yield running


@pytest.fixture(scope="session")
def ada(sitter: Identity, astronaut: Identity, data_dir: Path) -> str:
    """Name of a sitter who is stored, for this process and the server alike; more are."""
    for name, identity in {**dict.fromkeys(STORED, sitter), ASTRONAUT: astronaut}.items():
        open_vault().put(name, "identity", to_bytes(replace(identity, name=name)))
    return STORED[0]


def lay_out(photos: Path, folder: Path) -> None:
    """Lay the photos into `folder`, with what the recipes name."""
    shutil.copytree(photos, folder, dirs_exist_ok=True)
    for named in ("photos", "pictures"):
        (folder / named).mkdir()
        for name in ("obama.jpg", "obama2.jpg", "obama3.jpg"):
            shutil.copy(photos / name, folder / named)
    (folder / "team").mkdir()
    for name in ("obama.jpg", "biden.jpg"):
        shutil.copy(photos / name, folder / "team")
    shutil.copy(photos / "obama2.jpg", folder / "picture.jpg")
    small = read_photo(photos / "astronaut.png", longest=256).image
    write_file(folder / "small.png", encode(small, "png"))
