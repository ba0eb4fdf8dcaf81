"""Comfy's own command line, made once outside the repository: what the registry checks with.

It has an environment to itself, and nothing of it is imported here. It is run without network and
without telling anybody.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

COMFY_CLI = "comfy-cli==1.23.0"

_CONVERT = """
import json, sys
from comfy_cli.workflow_to_api import convert_ui_to_api
graphs, info = json.load(sys.stdin)
json.dump({name: convert_ui_to_api(graph, info) for name, graph in graphs.items()}, sys.stdout)
"""


@dataclass(frozen=True)
class ComfyCli:
    """An environment with comfy-cli in it."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")

    def run(self, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
        """`comfy ...`, run in `folder`."""
        command = [str(self.python), "-m", "comfy_cli", "--skip-prompt", *arguments]
        return self._run(command, folder)

    def converted(self, graphs: dict[str, Any], info: dict[str, Any]) -> dict[str, Any]:
        """Graphs of the editor in the API format, by name; `info` is a server's /object_info."""
        command = [str(self.python), "-c", _CONVERT]
        done = self._run(command, self.folder, json.dumps([graphs, info]))
        if done.returncode:
            raise RuntimeError(done.stderr[-4000:])
        return json.loads(done.stdout)

    def _run(
        self, command: list[str], folder: Path, given: str = ""
    ) -> subprocess.CompletedProcess[str]:
        home = self.folder / "home"  # it writes settings there
        home.mkdir(exist_ok=True)
        variables = {name: value for name, value in os.environ.items() if "PYTHON" not in name}
        quiet = {"DO_NOT_TRACK": "1", "NO_COLOR": "1", "COLUMNS": "200", "PYTHONUTF8": "1"}
        homes = dict.fromkeys(("HOME", "USERPROFILE", "XDG_CONFIG_HOME"), str(home))
        return subprocess.run(
            command,
            cwd=folder,
            env={**variables, **quiet, **homes},
            input=given,
            capture_output=True,
            encoding="utf-8",
        )


def prepare_comfy_cli() -> ComfyCli:
    """The environment for this interpreter, made and filled if it isn't there.

    Raises:
        subprocess.CalledProcessError: pip can't fetch a package.
    """
    cache = user_cache_path("headshots", appauthor=False, ensure_exists=True) / "tests"
    cache.mkdir(exist_ok=True)
    key = hashlib.sha256(f"{sys.version} {COMFY_CLI}".encode()).hexdigest()[:12]
    made = ComfyCli(cache / f"comfy-cli-{key}")
    complete = made.folder / "complete"
    # As in prepare.py: two that ask at once get the same one.
    with closing(sqlite3.connect(cache / "lock", timeout=1800, isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        if not complete.exists():
            shutil.rmtree(made.folder, ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", str(made.folder)], check=True)
            install = ("install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:")
            subprocess.run([str(made.python), "-m", "pip", *install, COMFY_CLI], check=True)
            complete.touch()
    return made
