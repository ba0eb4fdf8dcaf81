"""Modules: each imports, and the light ones stay light."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from importlib import import_module

import pytest

import headshots.core

HEAVY = (
    *("torch", "onnxruntime", "ai_edge_litert", "dlib", "ncnn", "fastapi", "diffusers", "numba"),
    *("pymatting", "scipy", "rawpy", "insightface", "transformers"),
)
# What hosts import to list steps, looks and back ends before any work is asked for.
LIGHT = (
    "headshots",
    "headshots.core.errors",
    "headshots.core.faces",
    "headshots.core.generation",
    "headshots.core.identity.identity",
    "headshots.core.recipes.steps",
    "headshots.core.refinement",
    "headshots.core.scorecard",
    "headshots.core.settings",
    "headshots.core.vault",
    "headshots.core.weights.catalogue",
    "headshots.core.weights.store",
)

MODULES = [each.name for each in pkgutil.walk_packages(headshots.core.__path__, "headshots.core.")]


@pytest.mark.parametrize("name", MODULES)
def test_every_module_imports(name: str) -> None:
    import_module(name)


def test_what_hosts_list_loads_nothing_heavy() -> None:
    program = (
        f"import sys, importlib\n"
        f"for name in {LIGHT!r}: importlib.import_module(name)\n"
        f"print(*sorted(set({HEAVY!r}) & set(sys.modules)))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == []


def test_import_headshots_alone_loads_nothing_of_the_core() -> None:
    program = (
        "import headshots, sys; print(*(m for m in sys.modules if m.startswith('headshots.')))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == []


def test_each_module_of_the_vault_may_be_imported_first() -> None:
    """What two modules need of each other shows only in the order that nobody has tried."""
    names = [name for name in MODULES if name.startswith("headshots.core.vault.")]
    program = (
        "import importlib, sys\n"
        f"for name in {names!r}:\n"
        "    for each in [each for each in sys.modules if each.startswith('headshots')]:\n"
        "        del sys.modules[each]\n"
        "    importlib.import_module(name)\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
