"""Real servers, see tests/serving.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ...serving import Running, begin

Start = Callable[..., Running]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory, data_dir: Path) -> Iterator[Start]:
    """Starts a server with a data folder of its own; whatever still runs is stopped at the end."""
    running: list[Running] = []

    def start(*arguments: str, folder: Path | None = None) -> Running:
        running.append(begin(folder or tmp_path_factory.mktemp("server"), *arguments))
        return running[-1]

    yield start
    for each in running:
        each.process.kill()
        each.process.wait(15)


@pytest.fixture(scope="module")
def server(start: Start) -> Running:
    """One server for the tests of a module."""
    return start()
