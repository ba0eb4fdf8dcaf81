"""The sdist and the wheel of this tree, built without a network, and installed for a host."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
_SDIST = "import sys; from setuptools import build_meta; print(build_meta.build_sdist(sys.argv[1]))"
_SITE = "import sysconfig; print(sysconfig.get_path('purelib'))"


def own_files() -> list[Path]:
    """Every file of the tree that git tracks or would track, relative to the root."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return sorted({Path(line) for line in listed.stdout.splitlines() if (ROOT / line).is_file()})


def sources(folder: Path) -> Path:
    """A copy of the tree in `folder`, so that building leaves nothing in the tree itself."""
    for path in own_files():
        (folder / path.parent).mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, folder / path)
    return folder


def sdist(source: Path, folder: Path) -> Path:
    """The sdist of the tree `source`, put into `folder`."""
    subprocess.run(
        [sys.executable, "-c", _SDIST, str(folder)], cwd=source, check=True, capture_output=True
    )
    (built,) = folder.glob("*.tar.gz")
    return built


def wheel(source: Path, folder: Path) -> Path:
    """The wheel of a tree or an sdist, put into `folder`."""
    _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(source))
    (built,) = folder.glob("*.whl")
    return built


def installed(wheel: Path, python: Path, folder: Path) -> Path:
    """A new environment in `folder` with the wheel in it; its folder of programs.

    What the wheel needs comes from the environment that `python` belongs to, as it is there.
    """
    subprocess.run([str(python), "-m", "venv", "--without-pip", str(folder)], check=True)
    programs = folder / ("Scripts" if sys.platform == "win32" else "bin")
    own = str(programs / "python")
    _pip("--python", own, "install", "--no-deps", "--no-index", str(wheel))
    # Only after that, so that pip sees no other headshots. A folder that is named like this comes
    # last, and an editable installation in it has no effect.
    (_site(own) / "beneath.pth").write_text(f"{_site(str(python))}\n", "utf-8")
    return programs


def _site(python: str) -> Path:
    ran = subprocess.run([python, "-c", _SITE], capture_output=True, text=True, check=True)
    return Path(ran.stdout.strip())


def _pip(*arguments: str) -> None:
    quiet = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*quiet, *arguments], check=True)
