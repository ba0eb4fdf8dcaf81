"""Everything imported once, so that a child does what a command does in a tenth of the time.

Models are loaded by each child: they hold threads, which no child inherits.
"""

from __future__ import annotations

import importlib
import os
import pkgutil

# onnxruntime is left to the children: what it starts when it is imported, no fork has.
# Before anything is imported: pools of threads don't outlast a fork.
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_BACKENDS = (
    *("ai_edge_litert.interpreter", "ncnn", "c2pa", "cv2", "rawpy", "pillow_heif"),
    *("scipy.ndimage", "scipy.optimize", "scipy.spatial", "tifffile", "uvicorn", "httpx"),
    *("rich.table", "rich.progress", "jinja2", "cryptography.x509", "pymatting"),
)
_TOO_HEAVY = ("diffusion", "cluster", "tuning", "painting")


def up() -> None:
    """Import the package and what it leans on; but for diffusion and the cluster."""
    os.environ |= dict.fromkeys(_ONE_THREAD, "1")
    os.environ["NUMBA_THREADING_LAYER"] = "workqueue"  # the one that a fork doesn't break
    import headshots.core

    for module in pkgutil.walk_packages(headshots.core.__path__, "headshots.core."):
        # A package may hold a __main__, which is run by importing it.
        if not any(each in module.name for each in (*_TOO_HEAVY, "__main__")):
            importlib.import_module(module.name)
    for name in _BACKENDS:
        importlib.import_module(name)
