"""A seed of the attack suite; `make attack` is the whole. See CONTRIBUTING.md."""

from __future__ import annotations

import sys

import pytest

from . import clock
from .__main__ import run

SEED = 1
# Enough to begin each operation, feed each reader and turn each clock once.
SHARES = {"kills": 0.01, "processes": 0.01, "mutations": 0.02, "disks": 0.02, "clock": 0.01}


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked and cut off by Linux")
@pytest.mark.parametrize("section", sorted(SHARES))
def test_a_seed_of_the_attack(section: str) -> None:
    """Nothing lost, no traceback, nothing in plain, nothing sent outside."""
    if section == "clock" and not clock.preloaded():
        pytest.skip("libfaketime is missing: .venv/bin/python tests/hosts/debian.py faketime")
    (tally,) = run([section], SEED, SHARES[section])
    assert tally.failed.total() == 0, "\n".join(tally.examples)
    assert tally.tried.total() >= 6, tally.notes
