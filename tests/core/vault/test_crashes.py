"""Processes that die amid what they do with a vault; tests/attack has several at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

KILLS = 300


@pytest.mark.skipif(os.name != "posix", reason="processes are forked")
def test_killed_at_any_point_nothing_is_lost_and_nothing_half_written(tmp_path: Path) -> None:
    program = Path(__file__).with_name("crashing.py")
    ran = subprocess.run(
        [sys.executable, str(program), str(tmp_path), str(KILLS), "1"],
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    counts = json.loads(ran.stdout)
    assert sum(counts.values()) == KILLS
    assert set(counts) >= {"enrol", "generate", "move key", "forget"}, counts
