"""Packs the plug-in for GIMP as one folder to download, headshots and pip in it as wheels.

    .venv/bin/python scripts/gimp_folder.py headshots-for-gimp.zip

Unpacked into GIMP's plug-ins, it installs what it needs at a person's word (docs/gimp.md).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "gimp_plugin" / "headshots"
_STARTED = "headshots.py"  # GIMP ignores it unless it may be executed


def pack(target: Path, wheel: Path | None = None) -> None:
    """Write the folder as a zip file.

    wheel: of headshots; default: made of this tree.

    Raises:
        CalledProcessError: a wheel can't be made or fetched.
    """
    with tempfile.TemporaryDirectory() as folder:
        if wheel is None:
            _pip("wheel", "--no-deps", "--wheel-dir", folder, str(ROOT))
            (wheel,) = Path(folder).glob("headshots-*.whl")
        _pip("download", "--no-deps", "--dest", folder, "pip")
        (pip,) = Path(folder).glob("pip-*.whl")
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
            for path in (*sorted(SOURCE.glob("*.py")), wheel, pip):
                entry = zipfile.ZipInfo(f"{SOURCE.name}/{path.name}")
                mode = 0o755 if path.name == _STARTED else 0o644
                entry.external_attr = mode << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                packed.writestr(entry, path.read_bytes())


def _pip(*arguments: str) -> None:
    quiet = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*quiet, *arguments], check=True)


if __name__ == "__main__":
    pack(Path(sys.argv[1]))
