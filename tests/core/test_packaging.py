"""The repository root is the package: it installs, it loads by path, and it says what it needs."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from .. import packing
from ..packing import own_files

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
# Folders of the root that are no part of the product.
OUTSIDE = {"tests", "demo", "build", "dist", "docs", "scripts"}
PARTS = {"core", "comfy_nodes", "darktable_plugin", "docs", "gimp_plugin", "locales"}
PARTS |= {"subgraphs", "workflows"}
AT_THE_TOP = {"__init__.py", "__main__.py", "py.typed", "pyproject.toml", "requirements.txt"}


def canonical(requirement: str) -> str:
    """The normalised distribution name of a requirement."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found.group()).lower()


def test_requirements_say_what_pyproject_says() -> None:
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    assert lines == PROJECT["project"]["dependencies"]
    assert not any(canonical(line) == "torch" for line in lines)


def test_every_dependency_has_a_lower_bound() -> None:
    groups = PROJECT["project"]["optional-dependencies"]
    listed = [*PROJECT["project"]["dependencies"]]
    listed += [each for group in groups.values() for each in group]
    assert [each for each in listed if ">=" not in each] == []


def test_the_packages_list_holds_every_package() -> None:
    found = {
        ".".join(("headshots", *path.parent.parts))
        for path in own_files()
        if path.name == "__init__.py" and path.parts[0] not in OUTSIDE
    }
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == found


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    imported: set[str] = set()
    for path in own_files():
        if path.parts[0] == "core" and path.suffix == ".py":
            for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8"))):
                if isinstance(node, ast.Import):
                    imported |= {each.name.partition(".")[0] for each in node.names}
                elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                    imported.add(node.module.partition(".")[0])
                elif (  # a module imported by its name, where it has no types
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Name)
                    and node.func.id == "import_module"
                    and isinstance(node.args[0], ast.Constant)
                ):
                    imported.add(node.args[0].value.partition(".")[0])
    imported -= set(sys.stdlib_module_names)
    places = metadata.packages_distributions()
    used = {canonical(places[module][0]) for module in imported}

    required = {canonical(each) for each in PROJECT["project"]["dependencies"]}
    optional = {
        canonical(each)
        for group in PROJECT["project"]["optional-dependencies"].values()
        for each in group
    }
    # What comes with a declared package by its own declaration.
    carried = {"pydantic": "pydantic-settings", "click": "typer"}
    used = {carried.get(name, name) for name in used}
    assert used - required - optional == set()
    assert required - used == set()


def expected() -> set[str]:
    """What belongs into the wheel: the product, with all that its hosts show or its texts name."""
    return {
        f"headshots/{path.as_posix()}"
        for path in own_files()
        if path.parts[0] in PARTS or path.as_posix() in AT_THE_TOP
        # What the locales are made from serves their making alone.
        if path.parts[:2] != ("comfy_nodes", "words")
    }


def held(wheel: Path) -> list[str]:
    return sorted(zipfile.ZipFile(wheel).namelist())


@pytest.mark.slow
def test_the_wheel_holds_the_product_and_nothing_else(wheel: Path) -> None:
    names = held(wheel)
    assert {name for name in names if ".dist-info/" not in name} == expected()
    (licence,) = [name for name in names if name.endswith(".dist-info/licenses/LICENSE")]
    assert zipfile.ZipFile(wheel).read(licence) == (ROOT / "LICENSE").read_bytes()


@pytest.mark.slow
def test_the_sdist_gives_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    tree = packing.sources(tmp_path / "tree")
    archive = packing.sdist(tree, tmp_path)
    assert held(packing.wheel(archive, tmp_path / "from sdist")) == held(wheel)
    with tarfile.open(archive) as opened:
        tops = {Path(name).parts[1] for name in opened.getnames() if len(Path(name).parts) > 1}
    assert "LICENSE" in tops and not tops & {"tests", "scripts", ".ci", "demo"}


@pytest.mark.slow
def test_what_the_wheel_installs_works_by_itself(wheel: Path, tmp_path: Path) -> None:
    programs = packing.installed(wheel, Path(sys.executable), tmp_path / "venv")
    program = (
        "import headshots, pathlib, sys\n"
        "from headshots.core import installation\n"
        "from headshots.core.generation import LOOKS\n"
        "from headshots.core.gimp import SOURCE\n"
        "assert str(pathlib.Path(headshots.__file__)).startswith(sys.prefix) and len(LOOKS) >= 6\n"
        "assert (SOURCE / 'headshots.py').is_file()  # what gimp-install puts in place\n"
        "print(installation.adding('cluster'))\n"
    )
    said = output([str(programs / "python"), "-P", "-c", program], tmp_path)
    assert "pip" in said and said.endswith("'ray>=2.40'\n")  # its packages, not our name
    assert "executive" in output([str(programs / "headshots"), "looks"], tmp_path)
    assert "executive" in output([str(programs / "python"), "-m", "headshots", "looks"], tmp_path)


def output(command: list[str], folder: Path) -> str:
    return subprocess.run(command, check=True, cwd=folder, capture_output=True, text=True).stdout


LOADER = """
import importlib.util, sys
from pathlib import Path

rival, root = sys.argv[1:]
sys.path.insert(0, rival)
import core, tests, comfy_nodes  # another pack's, already loaded under these names

# A host names a pack after its path, with what can't be in a module's name replaced.
name = root.replace(".", "_x_")
spec = importlib.util.spec_from_file_location(name, Path(root) / "__init__.py")
pack = importlib.util.module_from_spec(spec)
sys.modules[name] = pack
spec.loader.exec_module(pack)
assert not hasattr(pack, "NODE_CLASS_MAPPINGS")

looks = importlib.import_module(name + ".core.generation").LOOKS
steps = importlib.import_module(name + ".core.recipes.steps")
errors = importlib.import_module(name + ".core.errors")
assert len(looks) >= 6 and steps
assert errors.NoFace.code == "face.none"

assert core.RIVAL == tests.RIVAL == comfy_nodes.RIVAL == 1
# Had anything been imported by its absolute name there would be a second copy of it.
assert not [module for module in sys.modules if module.partition(".")[0] == "headshots"]
"""


def test_it_loads_by_path_beside_a_pack_with_its_own_core(tmp_path: Path) -> None:
    rival = tmp_path / "rival"
    for name in ("core", "tests", "comfy_nodes"):
        (rival / name).mkdir(parents=True)
        (rival / name / "__init__.py").write_text("RIVAL = 1\n")
    subprocess.run([sys.executable, "-c", LOADER, str(rival), str(ROOT)], check=True, cwd=tmp_path)
