"""Installs, updates and removes the plug-in in every GIMP 3 of this user."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from .. import __version__
from .errors import GimpNotFound, GimpUnwritable
from .settings import settings

SOURCE = Path(__file__).parents[1] / "gimp_plugin" / "headshots"
NAME, STARTED, RECORD = "headshots", "headshots.py", "installation.json"
# GIMP's Python may be another than ours: -E keeps its settings, -P the current folder, out.
_COMMAND = ("-E", "-P", "-c", "from headshots.core.cli import main; main()")
# Patterns of GIMP's user folders below the home folder, each with the sandbox that GIMP runs in.
_LINUX = (
    (".config/GIMP", ""),
    (".var/app/org.gimp.GIMP/config/GIMP", "Flatpak"),
    ("snap/gimp/current/GIMP", "Snap"),
    ("snap/gimp/current/.config/GIMP", "Snap"),
)
_MACOS = (("Library/Application Support/GIMP", ""),)
_WINDOWS = (("AppData/Roaming/GIMP", ""),)


class State(StrEnum):
    """The state of the plug-in in one GIMP."""

    MISSING = "missing"
    OUTDATED = "outdated"
    PRESENT = "present"


@dataclass(frozen=True)
class Gimp:
    """One GIMP's folder of a user.

    version: such as "3.0".
    sandbox: "", "Flatpak" or "Snap".
    """

    folder: Path
    version: str
    sandbox: str = ""

    @property
    def plug_in(self) -> Path:
        """The folder of the plug-in."""
        return self.folder / "plug-ins" / NAME

    @property
    def state(self) -> State:
        """Whether the plug-in is installed, complete and of this installation."""
        if not self.plug_in.is_dir():
            return State.MISSING
        return State.PRESENT if _contents(self.plug_in) == _wanted() else State.OUTDATED


def installed_gimps(
    home: Path | None = None,
    environment: Mapping[str, str] = os.environ,
    system: str = sys.platform,
) -> list[Gimp]:
    """Every GIMP 3 that was started at least once, as GIMP then makes its folder.

    Args:
        home: default: the user's.
        system: as `sys.platform`.
    """
    home = home or Path.home()
    places = {"win32": _WINDOWS, "darwin": _MACOS}.get(system, _LINUX)
    bases = [(home / place, sandbox) for place, sandbox in places]
    variable = {"win32": "APPDATA", "linux": "XDG_CONFIG_HOME"}.get(system, "")
    if environment.get(variable):
        bases[0] = (Path(environment[variable]) / "GIMP", "")
    gimps = {
        folder.resolve(): Gimp(folder, folder.name, sandbox)
        for base, sandbox in bases
        for folder in sorted(base.glob("3.*"))
        if re.fullmatch(r"3\.\d+", folder.name) and folder.is_dir()
    }
    if own := environment.get("GIMP3_DIRECTORY"):
        gimps.setdefault(Path(own).resolve(), Gimp(Path(own), "3"))
    return list(gimps.values())


def chosen(folder: Path | None) -> list[Gimp]:
    """The GIMP whose folder is `folder`, or every one that is found.

    Raises:
        GimpNotFound: there is none.
    """
    gimps = [Gimp(folder, folder.name)] if folder else installed_gimps()
    if not gimps or (folder and not folder.is_dir()):
        raise GimpNotFound(
            f"No folder of a GIMP 3 {f'is at {folder}' if folder else 'was found'}",
            "Start GIMP 3 once, so that it makes its folder, then run this again. GIMP 2.10 is "
            "too old for the plug-in. Where the folder is elsewhere, name it with --folder; GIMP "
            "shows it in Edit > Preferences > Folders > Plug-ins.",
        )
    return gimps


def install(gimp: Gimp) -> bool:
    """Install the plug-in; False if it was there already.

    Raises:
        GimpUnwritable: the folder can't be written; an older plug-in stays.
    """
    if gimp.state is State.PRESENT and os.access(gimp.plug_in / STARTED, os.X_OK):
        return False
    # GIMP starts only NAME/NAME.py, so it ignores a folder that is only half written.
    part = gimp.plug_in.with_name(f"{NAME}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        for name, content in _wanted().items():
            (part / name).write_bytes(content)
        (part / STARTED).chmod(0o755)  # or GIMP silently ignores it
        if gimp.plug_in.is_dir():
            shutil.rmtree(gimp.plug_in)
        part.rename(gimp.plug_in)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise _unwritable(gimp, error) from error
    return True


def uninstall(gimp: Gimp) -> bool:
    """Remove the plug-in; False if there was none.

    Raises:
        GimpUnwritable: the folder can't be written.
    """
    if gimp.state is State.MISSING:
        return False
    try:
        shutil.rmtree(gimp.plug_in)
    except OSError as error:
        raise _unwritable(gimp, error) from error
    return True


def remedies(gimps: list[Gimp]) -> Iterator[str]:
    """What to do about plug-ins that don't fit this installation."""
    outdated = [str(gimp.folder) for gimp in gimps if gimp.state is State.OUTDATED]
    if outdated:
        yield (
            f"The plug-in in {', '.join(outdated)} is of another installation of headshots: run "
            "`headshots gimp-install`."
        )


def _wanted() -> dict[str, bytes]:
    """The plug-in's files by name, with the record that tells it where this headshots is."""
    files = {path.name: path.read_bytes() for path in sorted(SOURCE.glob("*.py"))}
    record = {
        "command": [sys.executable, *_COMMAND],
        "runtime": str(settings().runtime),
        "version": __version__,
    }
    return {**files, RECORD: json.dumps(record, indent=1).encode()}


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def _unwritable(gimp: Gimp, error: OSError) -> GimpUnwritable:
    return GimpUnwritable(
        f"{gimp.plug_in} can't be written: {error.strerror}",
        "Close GIMP, mend the folder's permissions, and try again.",
    )
