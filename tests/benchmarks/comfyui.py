"""What headshots adds to ComfyUI's start, as Markdown.

    .venv/bin/python tests/benchmarks/comfyui.py [ROUNDS]

ComfyUI with its own nodes is loaded in a fresh process each round, then the pack, and the pack
alone is timed, its nodes' schemas included. Python's compiled files are there, as after the first
start. The goal is 0.3 s.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMFYUI = ROOT / "tests" / "hosts" / "comfyui"
sys.path.insert(0, str(COMFYUI))

from prepare import prepare  # noqa: E402


def main(rounds: int) -> None:
    environment = prepare()
    with tempfile.TemporaryDirectory() as base:
        nodes = Path(base) / "custom_nodes"
        nodes.mkdir()
        (nodes / "headshots").symlink_to(ROOT, target_is_directory=True)
        inside = COMFYUI / "inside.py"
        command = [environment.python, "-s", inside, environment.engine, base, "headshots"]
        found = [_round([str(part) for part in command]) for _ in range(rounds + 1)][1:]
    lines = ["| Loading headshots in ComfyUI 0.3.75 | median | worst |", "|---|---|---|"]
    for key, label in (("seconds", "seconds"), ("cpu", "CPU seconds")):
        values = [each[key] for each in found]
        lines.append(f"| {label} | {statistics.median(values):.3f} | {max(values):.3f} |")
    sys.stdout.write("\n".join(lines) + "\n")


def _round(command: list[str]) -> dict[str, float]:
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(ran.stdout.splitlines()[-1])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
