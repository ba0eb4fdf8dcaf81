"""Hashes of the pixels that fixed recipes give: to prove that a rebuilding changed no picture.

    .venv/bin/python tests/benchmarks/golden.py --write golden.json     # before
    .venv/bin/python tests/benchmarks/golden.py --compare golden.json   # after

Every picture comes from the command line, as a user would make it, from the photos of the test
suite (`headshots setup --tests`), and is read back from its PNG. Floating point differs between
machines and between versions of the libraries: compare on the machine that wrote.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[2]
HEADSHOTS = Path(sys.executable).with_name("headshots")
SITTERS = {
    "Astronaut": ("astronaut.png",),
    "Speaker": ("obama.jpg", "obama2.jpg", "obama3.jpg"),
    "Senator": ("biden.jpg",),
}
LOOKS = (
    *("studio-grey", "executive", "clean-white", "corporate-blue", "warm-canvas", "daylight"),
    *("monochrome", "dramatic"),
)
EDITS = (
    ("retouch", "--strength", "0.6"),
    ("relight", "--pattern", "rembrandt"),
    ("backdrop", "--backdrop", "office"),
    ("upscale", "--factor", "1.5"),
    ("crop", "--size", "linkedin"),
)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--compare", type=Path)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        hashes = dict(pictures(Path(folder)))
    if chosen.write:
        chosen.write.write_text(json.dumps(hashes, indent=1) + "\n")
    if not chosen.compare:
        return 0
    before: dict[str, str] = json.loads(chosen.compare.read_text())
    changed = sorted(name for name in {*before, *hashes} if before.get(name) != hashes.get(name))
    for name in changed:
        state = "missing" if name not in hashes else "new" if name not in before else "changed"
        sys.stdout.write(f"{state}: {name}\n")
    sys.stdout.write(f"{len(before) - len(changed)} of {len(before)} pictures are the same\n")
    return bool(changed)


def pictures(folder: Path) -> Iterator[tuple[str, str]]:
    """Each picture's name and the hash of its pixels."""
    environment = _environment(folder)
    photos = _photos(folder)
    for sitter, names in SITTERS.items():
        _run(environment, "enroll", sitter, *(str(photos / name) for name in names))
        made = folder / sitter
        looks = [part for look in LOOKS for part in ("--look", look)]
        size = ("--count", "16", "--keep", "16", "--seed", "11", "--width", "640")
        free = ("--format", "png", "--out", str(made))
        _run(environment, "generate", sitter, *looks, *size, *free)
        yield from _hashes(made, sitter)
        for command, *options in EDITS:
            edited = folder / f"{sitter}-{command}"
            original = str(photos / names[0])
            out = ("--format", "png", "--out", str(edited))
            _run(environment, command, original, *options, *out)
            yield from _hashes(edited, f"{sitter} {command}")


def _environment(folder: Path) -> dict[str, str]:
    from headshots.core.settings import settings

    return os.environ | {
        "HEADSHOTS_DATA_DIR": str(folder / "data"),
        "HEADSHOTS_CONFIG_DIR": str(folder / "config"),
        "HEADSHOTS_WEIGHTS_DIR": str(settings().weights),
        "HEADSHOTS_MASTER": "file",
        "HEADSHOTS_THREADS": "2",
    }


def _photos(folder: Path) -> Path:
    from headshots.core.weights.catalogue import CATALOGUE
    from headshots.core.weights.store import weight_path

    photos = folder / "photos"
    photos.mkdir()
    for weight in CATALOGUE.values():
        if weight.group != "default":
            (photos / weight.file).write_bytes(weight_path(weight.name).read_bytes())
    return photos


def _run(environment: dict[str, str], command: str, *arguments: str) -> None:
    consent = ("--consent", "yes") if command == "enroll" else ()
    done = subprocess.run(
        [HEADSHOTS, command, *arguments, *consent],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.stderr.write(f"{command}: {done.stderr}\n")


def _hashes(folder: Path, called: str) -> Iterator[tuple[str, str]]:
    for file in sorted(folder.glob("*.png")):
        with Image.open(file) as picture:
            pixels = np.asarray(picture)
        digest = hashlib.sha256(str(pixels.shape).encode() + pixels.tobytes()).hexdigest()
        yield f"{called}/{file.name}", digest


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
