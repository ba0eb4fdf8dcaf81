"""Files are whole or not there, whenever the process that writes them is killed."""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from headshots.core import files
from headshots.core.files import parts_of, write_new, write_whole

# A process that is killed by SIGKILL when its data are on the disk and not yet under a name.
_KILLED = """
import os, signal, sys
from pathlib import Path
from headshots.core import files
os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)
getattr(files, sys.argv[1])(Path(sys.argv[2]), b"new" * 100_000)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a part is left, which has a name")
@pytest.mark.parametrize("writer", ["write_whole", "write_new"])
@pytest.mark.parametrize("before", [None, b"old"])
def test_a_killed_process_leaves_no_part(tmp_path: Path, writer: str, before: bytes | None) -> None:
    file = tmp_path / "portrait.jpg"
    if before is not None:
        file.write_bytes(before)
    killed = subprocess.run([sys.executable, "-c", _KILLED, writer, str(file)])
    assert killed.returncode == -signal.SIGKILL
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == (
        {} if before is None else {file.name: before}
    )


@pytest.mark.parametrize("unnamed", [True, False])
def test_it_is_written_whole_with_its_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unnamed: bool
) -> None:
    """Also where the file system has no files without names."""
    if not unnamed:
        monkeypatch.setattr(files, "_UNNAMED", None)
    file = tmp_path / "ümläut *?[a].json"
    write_whole(file, b"one", mode=0o600)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    write_whole(file, b"two")
    write_new(file, b"three")
    assert file.read_bytes() == b"two"
    write_new(tmp_path / "another", b"four")
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(["another", file.name])
    assert not parts_of(file)
