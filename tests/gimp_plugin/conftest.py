"""The parts of the plug-in that know no GIMP, under the names that they have inside GIMP."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from ..serving import Running, begin

PLUG_IN = Path(__file__).parents[2] / "gimp_plugin" / "headshots"

PURE = (
    *(
        "actions",
        "child_process",
        "connection",
        "core_client",
        "faces",
        "german",
        "head_preview",
        "inputs",
    ),
    *("installing", "look_pictures", "recipes", "samples", "visits", "words"),
)

# The folder doesn't stay: processes that tests start would take its headshots.py for the package.
sys.path.append(str(PLUG_IN))
for _name in PURE:
    import_module(_name)
sys.path.remove(str(PLUG_IN))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, data_dir: Path) -> Iterator[Running]:
    """A running server with a data folder of its own."""
    running = begin(tmp_path_factory.mktemp("server"))
    yield running
    running.process.kill()
    running.process.wait(15)


@pytest.fixture(scope="module")
def steps(running: Running) -> dict[str, Any]:
    """The steps' declarations by class, as the server sends them."""
    return {each["id"]: each for each in running.client.get("/v1/steps").json()}
