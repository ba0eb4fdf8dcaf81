"""What this installation needs, and the commands that run and complete it where it stands.

One rule serves a clone with its `.venv`, a pack in ComfyUI's custom_nodes and an installed wheel:
the Python that runs now is named by its path, packages by their own names, headshots by its folder.
None asks an index for `headshots`, as the name is somebody else's there.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

# Not resolved: a pack that was linked in is named by the place where its host has it.
ROOT = Path(__file__).parents[1]


def requirements(extra: str | None = None) -> list[str]:
    """The packages that headshots needs, or those of an extra, as pip takes them; no markers.

    Raises:
        KeyError: pyproject.toml has no such extra.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    listed = project["optional-dependencies"][extra] if extra else project["dependencies"]
    return [each.partition(";")[0].strip() for each in listed]


def adding(extra: str) -> str:
    """The command line that installs an extra for the Python that runs now.

    A torch that is here already is left out: it was built for this machine's card, and another
    one may break the host that it belongs to.
    """
    wanted = requirements(extra)
    if find_spec("torch") is not None:
        wanted = [each for each in wanted if not re.match(r"torch\b", each)]
    return installing(*wanted)


def completing(*, again: bool = False) -> str:
    """The command line that installs all that headshots needs.

    Args:
        again: reinstall what is installed already.
    """
    anew = ("--force-reinstall",) if again else ()
    return installing(*anew, "-r", str(ROOT / "requirements.txt"))


def installing(*packages: str) -> str:
    """The command line that installs packages, with options of pip among them."""
    if find_spec("pip") is None:  # as in the environments that uv makes
        return line("uv", "pip", "install", "--python", sys.executable, *packages)
    return line(sys.executable, "-m", "pip", "install", *packages)


def running(*arguments: str) -> str:
    """The command line that runs the command line of this very headshots, installed or not."""
    return line(sys.executable, str(ROOT), *arguments)


def line(*words: str) -> str:
    """The words as one line for this system's shell."""
    if os.name != "nt":
        return shlex.join(words)
    return " ".join(word if re.fullmatch(r"[\w.:/\\-]+", word) else f'"{word}"' for word in words)
