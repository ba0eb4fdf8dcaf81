"""How long forgetting a sitter takes, as Markdown.

    .venv/bin/python tests/benchmarks/forgetting.py [ROUNDS]

One with 50 photos as a camera writes them, a LoRA, and 100 candidates that were written as files,
beside another as large who stays. All of it is random bytes, as the vault knows no faces. The time
runs until the receipt is there: key destroyed, rows and files gone, the vault's file compacted. The
goal is a minute.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from headshots.core.files import write_whole  # noqa: E402
from headshots.core.vault.erasure import forget  # noqa: E402
from headshots.core.vault.sealed import SealedVault  # noqa: E402


@dataclass(frozen=True)
class Sitter:
    """Numbers, and sizes in bytes."""

    photos: int = 50
    photo: int = 6_000_000
    lora: int = 13_000_000
    candidates: int = 100
    candidate: int = 2_000_000

    @property
    def stored(self) -> Mapping[str, int]:
        return {"identity": self.photos * self.photo, "tuned-sd15": self.lora}


def seconds(folder: Path, sitter: Sitter) -> tuple[float, float]:
    """Of forgetting one of two such sitters, all of whom is in `folder`: by the clock, of CPU."""
    vault = SealedVault(folder / "vault.sqlite3", folder / "keys", "file")
    (out := folder / "out").mkdir()
    for name in ("Ada", "Bea"):
        for kind, size in sitter.stored.items():
            vault.put(name, kind, os.urandom(size))
    files = [out / f"{number:03d}.png" for number in range(sitter.candidates)]
    with vault.showing(["Ada"], files, handed="delivered"):
        for file in files:
            write_whole(file, os.urandom(sitter.candidate))
    begun, worked = perf_counter(), process_time()
    gone = forget(vault, "Ada", delivered=True)
    taken = perf_counter() - begun, process_time() - worked
    assert gone.file.exists() and not list(out.iterdir()) and vault.sitters() == ("Bea",)
    return taken


def main(rounds: int, sitter: Sitter = Sitter()) -> None:
    found: list[tuple[float, float]] = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            found.append(seconds(Path(folder), sitter))
    stored = sum(sitter.stored.values()) / 1e6
    written = sitter.candidates * sitter.candidate / 1e6
    clock, worked = [each[0] for each in found], [each[1] for each in found]
    sys.stdout.write(
        "| Forgotten | MB in the vault | Files, MB | median s | worst s | CPU s |\n"
        "|---|---|---|---|---|---|\n"
        f"| {sitter.photos} photos, a LoRA, {sitter.candidates} candidates | {stored:.0f} "
        f"| {sitter.candidates}, {written:.0f} | {statistics.median(clock):.1f} "
        f"| {max(clock):.1f} | {statistics.median(worked):.1f} |\n"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
