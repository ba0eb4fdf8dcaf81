"""What the plug-in adds to GIMP's start, as Markdown.

    .venv/bin/python tests/benchmarks/gimp.py [ROUNDS]

GIMP asks every plug-in what it offers when it is new or changed, in a process each. GIMP starts
with a fresh profile each round, and each Python plug-in says how long its process lived, Python
and GIMP's library included; GIMP's own Python plug-ins stand beside ours. The goal is 0.3 s.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from headshots.core.gimp import Gimp, install  # noqa: E402
from tests.hosts.gimp.console import lay_out  # noqa: E402
from tests.hosts.gimp.prepare import prepare  # noqa: E402

# Python runs this by itself at its start, in every plug-in.
_WATCH = """
import atexit, os, sys, time
def told():
    ticks = int(open("/proc/self/stat").read().rpartition(")")[2].split()[19])
    lived = float(open("/proc/uptime").read().split()[0]) - ticks / os.sysconf("SC_CLK_TCK")
    with open(os.environ["HEADSHOTS_QUERIES"], "a") as out:
        print(os.path.basename(sys.argv[0]), lived, time.process_time(), file=out)
if "-query" in getattr(sys, "orig_argv", []):
    atexit.register(told)
"""


def main(rounds: int) -> None:
    gimp, found = prepare(), defaultdict(list)
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as base:
            for name, seconds, cpu in _start(gimp, Path(base)):
                found[name].append((float(seconds), float(cpu)))
    lines = [f"| Asked at the start of GIMP {gimp.version()} | median s | worst s | CPU s |"]
    lines.append("|---|---|---|---|")
    for name, values in sorted(found.items(), key=lambda each: each[0] != "headshots.py"):
        wall, cpu = [each[0] for each in values], [each[1] for each in values]
        median, worst = statistics.median(wall), max(wall)
        lines.append(f"| {name} | {median:.3f} | {worst:.3f} | {statistics.median(cpu):.3f} |")
    sys.stdout.write("\n".join(lines) + "\n")


def _start(gimp, base: Path) -> list[list[str]]:
    profile = lay_out(base / "profile", gimp.version())
    install(Gimp(profile, "3.0"))
    (base / "sitecustomize.py").write_text(_WATCH)
    environment = {
        "GIMP3_DIRECTORY": str(profile),
        "HOME": str(profile),
        "PYTHONPATH": str(base),
        "HEADSHOTS_QUERIES": str(base / "queries"),
    }
    subprocess.run(
        gimp.command("gimp-console", "-i", "-d", "-f", "--quit", environment=environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    return [line.split() for line in (base / "queries").read_text().splitlines()]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
