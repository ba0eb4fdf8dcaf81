"""A process that tunes and is killed in the middle: VAULT KEYS MODELS SITTER STEP."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from headshots.core.generation.diffusion.tuning.tuner import Tuning, tune
from headshots.core.identity.codec import from_bytes
from headshots.core.progress import Progress
from headshots.core.vault.sealed import SealedVault

TINY = Tuning("klein", steps=20, rank=8, rate=1e-2, anybody=1, made_in=1, judged=5)

if __name__ == "__main__":
    file, keys, sitter, step = sys.argv[1:]
    vault = SealedVault(Path(file), Path(keys), "file")

    def report(share: float, note: str, preview: object) -> None:
        if note.startswith(f"Step {step} "):
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))

    identity = from_bytes(vault.get(sitter, "identity"))
    tune(identity, TINY, vault, progress=Progress(report))
