"""GIMP with the plug-in's folder as it is downloaded, and no headshots installed."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from ...serving import folders
from .prepare import ROOT, Gimp


def unpack(profile: Path, folder: Path) -> None:
    """Make the zip file in `folder`, and unpack it into a profile as a person's program does."""
    packed = folder / "folder.zip"
    script = ROOT / "scripts" / "gimp_folder.py"
    subprocess.run([sys.executable, str(script), str(packed)], check=True)
    with zipfile.ZipFile(packed) as archive:
        for entry in archive.infolist():
            path = Path(archive.extract(entry, profile / "plug-ins"))
            path.chmod(entry.external_attr >> 16)


def variables(gimp: Gimp, folder: Path, weights: Path) -> dict[str, str]:
    """What GIMP is started with: folders of a server's own, these weights, and pip's settings."""
    machine = "/machine" if gimp.root else ""
    pip = {
        name: f"{machine}{value}" if value.startswith("/") else value
        for name, value in os.environ.items()
        if name.startswith("PIP_")
    }
    return {**folders(folder), "HEADSHOTS_WEIGHTS_DIR": f"{machine}{weights}", **pip}
