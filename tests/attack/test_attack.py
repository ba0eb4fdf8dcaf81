"""A seed of the attack suite; `make attack` is the whole. See CONTRIBUTING.md."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from .__main__ import SECTIONS, run

pytestmark = pytest.mark.slow

pytestmark = pytest.mark.slow

SEED = 1
SHARE = 0.01  # which begins each operation, feeds each reader and turns each clock at least once


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked and cut off by Linux")
def test_a_seed_of_the_attack(tmp_path: Path) -> None:
    """Nothing lost, no traceback, nothing in plain, nothing sent outside."""
    tallies = run(SECTIONS, SEED, SHARE, tmp_path)
    examples = [f"{each.section}: {text}" for each in tallies for text in each.examples]
    assert not any(each.failed.total() for each in tallies), "\n".join(examples)
    assert all(each.tried.total() >= 6 or each.notes for each in tallies)
