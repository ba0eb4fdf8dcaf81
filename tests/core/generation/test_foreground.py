"""Colours without the background: what becomes of the threads of others."""

from __future__ import annotations

import os
import subprocess
import sys

_ESTIMATED = """
import numpy as np, torch
before = torch.get_num_threads()
from headshots.core.generation.studio.compose.foreground import foreground_and_background
grey = np.full((32, 32, 3), 0.5, np.float32)
front, back = foreground_and_background(grey, grey[..., 0])
assert front.shape == back.shape == grey.shape and abs(front - 0.5).max() < 0.02
print(before, torch.get_num_threads())
"""


def test_torch_keeps_its_threads() -> None:
    # numba sets them for the thread that imports it. A process of its own: here it is imported.
    ran = subprocess.run(
        [sys.executable, "-c", _ESTIMATED],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        timeout=300,
    )
    assert ran.stdout.split() == ["1", "1"], ran.stderr
