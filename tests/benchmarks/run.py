"""`make bench`: how fast and how large, beside what people use otherwise, in the same run.

Each participant works in a process of its own; round by round they take turns, so that a slow
spell of the machine hits all. Goals are compared, not asserted: the table says which were missed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import machine
import peer_environment
import table
from PIL import Image

from headshots.core.errors import HeadshotsError
from headshots.core.weights.store import weight_path

HERE = Path(__file__).resolve().parent
REPORTS = HERE.parent.parent / "build" / "benchmarks"
SITTER = "demo-photo"
PHOTOS = ("demo-photo", "photo-obama", "photo-obama2", "photo-obama3", "photo-biden")
ONE_PERSON = ("photo-obama", "photo-obama2", "photo-obama3")
MEGAPIXELS = 12.0
TASKS = ("enrol", "analyse", "prepare", "first", "next", "score", "score-many")
# Tasks in processes of their own, so that the peak of their memory is theirs and not the sum of
# what the others hold: name of the peak, tasks, and threads where they are counted.
ALONE = (
    ("", ("whole",), None),
    ("4096 first", ("large-first",), None),
    ("4096", ("large-next",), None),
    ("1 thread", ("eight",), 1),
    ("2 threads", ("eight",), 2),
)


class Participant:
    """A worker process and what it measured: seconds by task, and the peak of its memory.

    cpu_seconds: of all its threads; they vary less than the clock when the machine is busy.
    """

    def __init__(
        self, name: str, python: Path, module: str, folder: Path, threads: int | None = None
    ) -> None:
        self.name = name
        self.seconds: dict[str, list[float]] = {}
        self.cpu_seconds: dict[str, list[float]] = {}
        self.peak: float | None = None
        self._process = subprocess.Popen(
            [str(python), str(HERE / "worker.py"), module, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **({"HEADSHOTS_THREADS": str(threads)} if threads else {})},
        )

    def __enter__(self) -> Participant:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        self._process.wait()

    def take_turn(self, task: str) -> None:
        """Run `task` once, if this participant has it."""
        self._process.stdin.write(f"{task}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} broke down at {task}; its error is printed above.")
        answer = json.loads(line)
        self.peak = answer["peak"]
        if answer["known"]:
            self.seconds.setdefault(task, []).append(answer["seconds"])
            self.cpu_seconds.setdefault(task, []).append(answer["cpu_seconds"])


def prepare(folder: Path) -> None:
    """The photos as they are, one person's enlarged to 12 megapixels as JPEG, and MODNet."""
    (folder / "photos").mkdir()
    (folder / "large").mkdir()
    for name in PHOTOS:
        source = weight_path(name)
        shutil.copy(source, folder / "photos" / source.name)
        if name in ONE_PERSON:
            photo = Image.open(source).convert("RGB")
            factor = (MEGAPIXELS * 1e6 / (photo.width * photo.height)) ** 0.5
            size = round(photo.width * factor), round(photo.height * factor)
            large = photo.resize(size, Image.Resampling.LANCZOS)
            large.save(folder / "large" / f"{source.stem}.jpg", quality=92)
    shutil.copy(weight_path(SITTER), folder / "sitter.png")
    shutil.copy(weight_path("modnet"), folder / "modnet.onnx")


def cold_start(python: Path, module: str) -> float:
    """Seconds that a new interpreter takes to import `module`."""
    code = f"import time; start = time.perf_counter(); import {module}\n"
    code += "print(time.perf_counter() - start)"
    command = [str(python), "-c", code]
    # Elsewhere than here, so that nothing of this folder is imported instead.
    return float(subprocess.check_output(command, cwd=tempfile.gettempdir(), text=True))


def measure(rounds: int, peers: bool) -> dict[str, object]:
    """All figures of a run, as they are written to JSON."""
    own = Path(sys.executable)
    imports = {
        "headshots": (own, "headshots"),
        "its command line": (own, "headshots.core.cli"),
    }
    described = machine.describe()
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as stack:
        folder = Path(temporary)
        prepare(folder)
        participants = [Participant("headshots", own, "ours", folder)]
        if peers:
            with_dlib = peer_environment.python_with_face_recognition()
            imports["face-recognition"] = (with_dlib, "face_recognition")
            participants += [
                Participant("face-recognition", with_dlib, "dlib_peer", folder),
                Participant("MODNet + Pillow", own, "cutout_peer", folder),
            ]
        for each in participants:
            stack.enter_context(each)
        starts: dict[str, list[float]] = {name: [] for name in imports}
        for turn in range(rounds):
            for task in TASKS:
                for each in participants:
                    _tell(f"round {turn + 1} of {rounds}: {task}, {each.name}")
                    each.take_turn(task)
            for name, (python, module) in imports.items():
                starts[name].append(cold_start(python, module))
        peaks = {each.name: each.peak for each in participants}
        for name, tasks, threads in ALONE:
            with Participant("headshots", own, "ours", folder, threads) as alone:
                for turn, task in product(range(min(3, rounds)), tasks):
                    _tell(f"alone, {turn + 1} of {min(3, rounds)}: {task} {name}")
                    alone.take_turn(task)
            ending = f", {name}" if threads else ""
            for all_, own_ in (
                (participants[0].seconds, alone.seconds),
                (participants[0].cpu_seconds, alone.cpu_seconds),
            ):
                all_ |= {f"{task}{ending}": seconds for task, seconds in own_.items()}
            peaks[f"headshots {name}".rstrip()] = alone.peak
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": described,
        "rounds": rounds,
        "seconds": {each.name: each.seconds for each in participants},
        "cpu_seconds": {each.name: each.cpu_seconds for each in participants},
        "import_seconds": starts,
        "peak_megabytes": peaks,
    }


def _tell(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="turns each participant takes")
    parser.add_argument("--no-peers", action="store_true", help="measure headshots alone")
    parser.add_argument("--json", type=Path, default=REPORTS / "benchmarks.json")
    parser.add_argument("--markdown", type=Path, default=REPORTS / "benchmarks.md")
    asked = parser.parse_args()
    try:
        result = measure(max(2, asked.rounds), not asked.no_peers)
    except HeadshotsError as error:
        raise SystemExit(f"{error.code}: {error}") from error
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"{error}\nWithout the peers: bench.py --no-peers") from error
    _tell("")
    page = table.page(result)
    for path, text in ((asked.json, json.dumps(result, indent=1) + "\n"), (asked.markdown, page)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    sys.stdout.write(page)


if __name__ == "__main__":
    main()
