"""Processes that have keys and faces in memory: nobody dumps or reads it."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

from headshots.core.vault import open_vault

_PR_CAPBSET_DROP, _CAP_SYS_PTRACE = 24, 19


@pytest.mark.skipif(sys.platform == "win32", reason="dumps are POSIX's")
def test_a_process_with_the_vault_open_leaves_no_dump(home: Path) -> None:
    import resource

    open_vault()
    assert resource.getrlimit(resource.RLIMIT_CORE)[0] == 0


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
@pytest.mark.parametrize("begins", ["open_vault()", "vault_elsewhere()"])
def test_no_other_process_of_the_user_reads_its_memory(home: Path, begins: str) -> None:
    """Nor does the system pipe it to a program when it crashes, as it does whatever the limit."""
    program = (
        "import sys\nfrom headshots.core.vault import open_vault, vault_elsewhere\n"
        f"{begins}\nprint('open', flush=True)\nsys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        preexec_fn=_without_privilege,
    )
    assert holder.stdout is not None and holder.stdout.readline() == b"open\n"
    reading = subprocess.run(
        [sys.executable, "-c", f"open('/proc/{holder.pid}/mem', 'rb')"],
        capture_output=True,
        preexec_fn=_without_privilege,
    )
    holder.communicate(timeout=15)
    assert b"PermissionError" in reading.stderr


def _without_privilege() -> None:
    """Give up what lets root read every process, where this is root."""
    ctypes.CDLL(None).prctl(_PR_CAPBSET_DROP, _CAP_SYS_PTRACE, 0, 0, 0)
