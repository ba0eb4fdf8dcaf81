"""What Comfy's registry asks of a node pack."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from urllib.parse import unquote

import pytest

from .comfy_cli import prepare_comfy_cli
from .prepare import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What would be published: the files that git knows."""
    folder = tmp_path_factory.mktemp("pack")
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def test_comfy_validates_the_pack(pack: Path) -> None:
    done = prepare_comfy_cli().run("node", "validate", folder=pack)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "All validation checks passed" in said, said
    assert "Warning" not in said


def test_the_description_is_complete() -> None:
    project, comfy = PROJECT["project"], PROJECT["tool"]["comfy"]
    assert re.fullmatch(r"[a-z][a-z-]{2,}", comfy["PublisherId"])
    assert comfy["DisplayName"] and project["description"] and project["license"]
    assert re.fullmatch(r">=\d+\.\d+\.\d+", comfy["requires-comfyui"])
    assert (ROOT / comfy["version"]["path"]).is_file()
    assert "comfy" not in project["name"]


def test_the_icon_is_the_one_in_the_repository() -> None:
    kind, _, data = PROJECT["tool"]["comfy"]["Icon"].partition(",")
    assert kind == "data:image/svg+xml"
    assert unquote(data) == (ROOT / "docs" / "pictures" / "icon.svg").read_text("utf-8").strip()
