"""What has to be installed, and the commands that are said to do it, wherever headshots stands."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

from headshots.core import installation
from headshots.core.errors import ExtraMissing
from headshots.core.generation.diffusion.models.libraries import require_packages

from .test_tree import ROOT, tracked

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
# On an index the name is somebody else's, so only a file or a folder of ours may be named.
BY_NAME = re.compile(
    r"pip3? install(?:\s+-{1,2}[\w-]+)*\s+[\"'`]?headshots(?![\w.-]*\.whl)|\bheadshots\[[a-z, ]+\]"
)
# What the commands of one host each import, beside what everything here needs.
FIRST_HOUR = ("typer", "rich", "fastapi", "uvicorn", "sse_starlette", "starlette", "filelock")
FIRST_HOUR += ("pillow_heif", "rawpy", "httpx", "websockets")


def test_nothing_says_to_install_from_an_index_by_our_name() -> None:
    texts = [path for path in tracked() if path.parts[len(ROOT.parts)] != "tests"]
    saying = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in texts
        if (found := BY_NAME.search(path.read_text("utf-8")))
    ]
    assert saying == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('pip install "headshots[cli]"', True),
        ("pip install headshots", True),
        ("pip install --upgrade headshots", True),
        ("needs headshots[diffusion]", True),
        ("pip install headshots-0.1.0-py3-none-any.whl", False),
        (".venv/bin/pip install -e '.[diffusion]'", False),
    ],
)
def test_the_search_finds_what_it_is_for(text: str, named: bool) -> None:
    assert bool(BY_NAME.search(text)) == named


def test_only_the_large_packages_are_extras() -> None:
    assert set(EXTRAS) == {"diffusion", "cluster"}
    core = {re.split(r"[^\w-]", each)[0].replace("-", "_") for each in PROJECT["dependencies"]}
    assert set(FIRST_HOUR) - core == set()


def test_requirements_are_those_of_the_project_without_markers() -> None:
    assert installation.requirements() == PROJECT["dependencies"]
    assert installation.requirements("cluster") == ["ray>=2.40"]


@pytest.mark.parametrize("extra", EXTRAS)
def test_the_command_for_an_extra_runs_as_it_is_said(extra: str, tmp_path: Path) -> None:
    said = installation.adding(extra)
    # All of it is installed beside the tests, so that nothing has to be fetched.
    ran = subprocess.run(
        f"{said} --no-index --disable-pip-version-check",
        shell=True,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert "Successfully installed" not in ran.stdout


def test_a_torch_that_is_here_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not any(
        word.startswith("torch") for word in shlex.split(installation.adding("diffusion"))
    )
    monkeypatch.setattr(installation, "find_spec", lambda name: None if name == "torch" else 1)
    assert "torch>=2.6" in shlex.split(installation.adding("diffusion"))


def test_without_pip_it_is_uv_that_installs(monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = {"pip", "ray"}
    monkeypatch.setattr(
        installation, "find_spec", lambda name: None if name in hidden else find_spec(name)
    )
    words = shlex.split(installation.adding("cluster"))
    assert words == ["uv", "pip", "install", "--python", sys.executable, "ray>=2.40"]


def test_words_for_windows_are_quoted_its_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "name", "nt")
    line = installation.line("C:\\My Python\\python.exe", "-m", "pip", "torch>=2.6")
    assert line == '"C:\\My Python\\python.exe" -m pip "torch>=2.6"'


def test_a_missing_package_is_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(ExtraMissing, match="peft") as raised:
        require_packages()
    assert raised.value.remedy == f"Run `{installation.adding('diffusion')}`."


PACK = """
import importlib.util, json, sys
from pathlib import Path

root = sys.argv[1]
name = root.replace(".", "_x_")
spec = importlib.util.spec_from_file_location(name, Path(root) / "__init__.py")
pack = importlib.util.module_from_spec(spec)
sys.modules[name] = pack
spec.loader.exec_module(pack)
installation = importlib.import_module(name + ".core.installation")
print(json.dumps([installation.running("looks", "--json"), installation.adding("cluster")]))
"""


def test_a_pack_in_custom_nodes_says_commands_that_run_there(tmp_path: Path) -> None:
    folder = tmp_path / "Comfy UI" / "custom_nodes"
    folder.mkdir(parents=True)
    (folder / "comfyui-headshots").symlink_to(ROOT, target_is_directory=True)
    # -P -s: as a host runs it, and without what is installed for tests under our name.
    said = subprocess.run(
        [sys.executable, "-P", "-c", PACK, str(folder / "comfyui-headshots")],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    ).stdout
    running, adding = json.loads(said)
    assert str(folder / "comfyui-headshots") in shlex.split(running)
    # -I keeps the current folder and PYTHONPATH out, as the Python of the portable ComfyUI does.
    isolated = running.replace(sys.executable, f"{sys.executable} -I", 1)
    ran = subprocess.run(isolated, shell=True, capture_output=True, text=True, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert len(json.loads(ran.stdout)) >= 6
    assert adding == installation.adding("cluster")
