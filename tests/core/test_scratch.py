"""The folder in memory: gone with its block, and with a process that was killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from headshots.core.scratch import scratch
from headshots.core.vault import open_vault

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes are asked for as on POSIX")

_KILLED = """
import os
from pathlib import Path
from headshots.core.scratch import scratch
with scratch() as folder:
    (Path(folder) / "face.jpg").write_bytes(b"picture")
    print(folder, flush=True)
    os.kill(os.getpid(), 9)
"""


def test_what_a_killed_process_left_goes_and_a_living_ones_stays() -> None:
    ran = subprocess.run([sys.executable, "-c", _KILLED], capture_output=True, text=True)
    left = Path(ran.stdout.strip())
    assert (left / "face.jpg").exists()
    with scratch() as own:
        assert not left.exists()
        with scratch():
            assert Path(own).exists()
    assert not Path(own).exists()


def test_whoever_opens_the_vault_removes_what_a_killed_batch_left(home: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", _KILLED], capture_output=True, text=True)
    left = Path(ran.stdout.strip())
    assert (left / "face.jpg").exists()
    open_vault()
    assert not left.exists()
