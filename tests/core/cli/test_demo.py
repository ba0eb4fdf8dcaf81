"""The first thing that anybody runs gives pictures that are kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from headshots.core import cli

pytestmark = pytest.mark.slow


def test_the_demo_keeps_most_of_its_pictures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its sitter wears what no other photo shows, so that a rule may go wrong on them alone."""
    assert cli.run(["demo", "--out", str(tmp_path / "demo")]) == 0
    assert "reject" not in capsys.readouterr().out
    assert len(list((tmp_path / "demo").glob("[0-9][0-9].jpg"))) >= 6
