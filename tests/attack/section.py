"""One section, in a process of its own: `section NAME SEED SHARE FILE ONLY`."""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
from pathlib import Path

# Before anything of ours is imported, which would read them.
for _name in [name for name in os.environ if name.startswith("HEADSHOTS_")]:
    if _name != "HEADSHOTS_WEIGHTS_DIR":
        del os.environ[_name]

from . import sandbox, warm  # noqa: E402
from .tally import Tally  # noqa: E402


def main(name: str, seed: int, share: float, file: Path, only: str = "") -> None:
    """Run the section `name`, and write its tally into `file`."""
    warm.up()
    tally = Tally(name, seed, only)
    box = sandbox.enter()
    with tempfile.TemporaryDirectory(prefix="attack-") as folder:
        if box.mounts and Path("/dev/shm").is_dir():
            sandbox.mount_memory(Path("/dev/shm"), 2_000_000_000)  # others' files are not ours
        if box.network:
            before = sandbox.strayed()
            sandbox.stray()
            if sandbox.strayed() != before + 1:
                tally.fail("wrong", "a datagram to the outside was not counted")
            before += 1
        try:
            importlib.import_module(f".{name}", __package__).attack(tally, Path(folder), share)
        finally:
            if box.network:
                if times := sandbox.strayed() - before:
                    tally.fail("socket", f"{times} tries to reach what is not loopback", times)
            else:
                tally.notes.append(f"sockets were not watched: {box.why}")
            tally.write(file)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4]), *sys.argv[5:])
