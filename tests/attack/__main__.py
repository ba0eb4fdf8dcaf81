"""`make attack`: every section in a process of its own, then a table of what held.

    .venv/bin/python -m tests.attack [SECTION...] [--seed N] [--share 0.1] [--only "XMP:17"]

Ends with 1 where anything failed. The seed is printed: with it the same is chosen again.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import secrets
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from . import clock
from .tally import KINDS, Tally, read, table

# The longest first, as two run at once.
SECTIONS = ("kills", "processes", "mutations", "disks", "clock")
_AT_ONCE = 2
_ROOT = Path(__file__).resolve().parents[2]
REPORTS = _ROOT / "build" / "attack"


def main() -> int:
    """Run what the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    parser.add_argument("--seed", type=int, default=None, help="by chance, unless it is given")
    parser.add_argument("--share", type=float, default=1.0, help="of the tries of each section")
    parser.add_argument("--only", default="", help="a reader, or one changed input")
    chosen = parser.parse_args()
    if strange := set(chosen.sections) - set(SECTIONS):
        parser.error(f"there is no section {min(strange)!r}")
    seed = secrets.randbelow(10**6) if chosen.seed is None else chosen.seed
    sys.stdout.write(f"Seed {seed}; to repeat: make attack SEED={seed}\n")
    sys.stdout.flush()
    tallies = run(chosen.sections or SECTIONS, seed, chosen.share, only=chosen.only)
    sys.stdout.write(f"\n{table(tallies)}\n\n")
    for tally in tallies:
        for line in (*tally.notes, *tally.examples):
            sys.stdout.write(f"{tally.section}: {line}\n")
    (REPORTS / "attack.json").write_text(json.dumps(_report(tallies, seed), indent=1) + "\n")
    sys.stdout.write(f"The counts are in {REPORTS / 'attack.json'}\n")
    return int(any(each.failed.total() for each in tallies))


def run(
    sections: Sequence[str], seed: int, share: float, reports: Path = REPORTS, *, only: str = ""
) -> list[Tally]:
    """What each section counted, in the order of `SECTIONS`; in `reports` as well."""
    reports.mkdir(parents=True, exist_ok=True)
    waiting = [each for each in SECTIONS if each in sections]
    running: dict[str, subprocess.Popen[bytes]] = {}
    done: dict[str, Tally] = {}
    while waiting or running:
        while waiting and len(running) < _AT_ONCE:
            name = waiting.pop(0)
            running[name] = _begin(name, seed, share, reports, only)
        for name, process in list(running.items()):
            if process.poll() is not None:
                del running[name]
                done[name] = _ended(name, seed, process.returncode, reports)
                tally = done[name]
                sys.stdout.write(
                    f"{name}: {tally.tried.total()} tried, {tally.failed.total()} failed, "
                    f"{tally.seconds:.0f} s\n"
                )
                sys.stdout.flush()
        time.sleep(0.2)
    return [done[each] for each in SECTIONS if each in done]


def _begin(name: str, seed: int, share: float, reports: Path, only: str) -> subprocess.Popen[bytes]:
    file = reports / f"{name}.json"
    file.unlink(missing_ok=True)
    own = clock.preloaded() if name == "clock" else {}
    with (reports / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.attack.section", name, str(seed), str(share),
             str(file), only],
            cwd=_ROOT,
            env={**os.environ, **own},
            stdout=log,
            stderr=log,
        )  # fmt: skip


def _ended(name: str, seed: int, code: int, reports: Path) -> Tally:
    """Its tally; one that says so where the section itself broke."""
    try:
        tally = read(reports / f"{name}.json")
    except (OSError, ValueError):
        tally = Tally(name, seed)
    if code:
        said = (reports / f"{name}.log").read_text(errors="replace")[-2_000:]
        tally.fail("wrong", f"the section itself ended with {code}: {said}")
    return tally


def _report(tallies: list[Tally], seed: int) -> dict[str, object]:
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.platform()}, {os.cpu_count()} cores, {platform.python_version()}",
        "seed": seed,
        "tried": sum(each.tried.total() for each in tallies),
        "failed": {kind: sum(each.failed[kind] for each in tallies) for kind in KINDS},
        "sections": [vars(each) for each in tallies],
    }


if __name__ == "__main__":
    sys.exit(main())
