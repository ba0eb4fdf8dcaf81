"""Commands run as a person would run them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from headshots.core import cli

Run = Callable[..., Any]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command with --json and gives its value; any exit code but `code` fails."""

    def command(*arguments: object, code: int = 0) -> Any:
        ended = cli.run([*map(str, arguments), "--json"])
        said = capsys.readouterr()
        assert ended == code, said.err
        return json.loads(said.out) if said.out else said.err.splitlines()[-1]

    return command
