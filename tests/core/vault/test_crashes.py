"""Processes that die, and processes that work at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from headshots.core.vault.sealed import SealedVault

pytestmark = pytest.mark.slow

KILLS = 300
TOGETHER = """
import sys
from pathlib import Path
from headshots.core.vault.sealed import SealedVault

folder, own = Path(sys.argv[1]), sys.argv[2]
vault = SealedVault(folder / "vault.sqlite3", folder / "keys", "file")
for number in range(25):
    data = f"{own} {number} ".encode() * 500
    vault.put(f"{own} {number}", "identity", data)
    assert vault.get(f"{own} {number}", "identity") == data
    vault.put("Shared", own.lower(), data, version=vault.read("Shared", own.lower()).version)
    assert f"{own} {number}" in vault.sitters()
    if number % 5 == 4:
        vault.forget(f"{own} {number}")
"""


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


def test_several_processes_at_once(tmp_path: Path) -> None:
    """They write their own sitters and a shared one, and forget, which changes the master."""
    owns = ("Server", "Plugin", "Line")
    running = [
        subprocess.Popen(
            [sys.executable, "-c", TOGETHER, str(tmp_path), own], stderr=subprocess.PIPE, text=True
        )
        for own in owns
    ]
    for process in running:
        assert process.wait() == 0, process.stderr and process.stderr.read()
    vault = SealedVault(tmp_path / "vault.sqlite3", tmp_path / "keys", "file")
    expected = {f"{own} {number}" for own in owns for number in range(25) if number % 5 != 4}
    assert set(vault.sitters()) == expected | {"Shared"}
    for own in owns:
        assert vault.get("Shared", own.lower()) == f"{own} 24 ".encode() * 500
        assert vault.get(f"{own} 23", "identity") == f"{own} 23 ".encode() * 500
