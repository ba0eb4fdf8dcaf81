"""A real GIMP 3 for tests, with a screen to show it on, made once and kept.

    .venv/bin/python tests/hosts/gimp/prepare.py

Where the system's packages hold a GIMP 3 (Debian 13), that one is installed. Where they hold an
older one (Debian 12), a Debian 13 is put into a folder of the tests' cache, GIMP in it, and GIMP is
run inside that folder; this machine's own files it sees at their usual places.

GIMP_TEST_SUITE names another Debian to take GIMP from, in a folder always: forky holds GIMP 3.2.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[3]))
    from tests.hosts.debian import alone, apt, cache, can_install
else:
    from ..debian import alone, apt, cache, can_install

ASKED = os.environ.get("GIMP_TEST_SUITE")
SUITE = ASKED or "trixie"  # Debian 13
# xdotool and openbox drive the windows, ImageMagick takes pictures of the screen.
PACKAGES = (
    *("gimp", "xvfb", "openbox", "xdotool", "imagemagick"),
    *("fonts-dejavu-core", "adwaita-icon-theme"),
)
ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Gimp:
    """A GIMP that can be run. root: the folder that it lives in, or None where it is installed."""

    root: Path | None

    def command(self, *arguments: str, environment: dict[str, str] | None = None) -> list[str]:
        """The command line that runs `arguments` where GIMP is, with nothing of our environment.

        Inside a root, the checkout, the weights' folder and the temporary folder are where they
        are outside, and this machine's own root is at /machine: `chroot /machine` leads back.
        """
        clean = ["env", "-i", "LANG=C.UTF-8", "NO_AT_BRIDGE=1"]
        clean += [f"{name}={value}" for name, value in (environment or {}).items()]
        if self.root is None:
            return [*clean, f"PATH={os.environ['PATH']}", *arguments]
        shared = [str(ROOT), tempfile.gettempdir()]
        path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin"
        return [
            *("unshare", "--mount", "--propagation", "private", "sh", "-euc", _ENTER, "enter"),
            *(str(self.root), str(len(shared)), *shared, *clean, path, *arguments),
        ]

    def version(self) -> str:
        """Such as "3.0.4"."""
        ran = subprocess.run(
            self.command("gimp-console", "--version"), capture_output=True, text=True, check=True
        )
        return re.findall(r"\d+\.\d+\.\d+", ran.stdout)[-1]


# Enters the root: what it needs of this machine is mounted for this one command alone.
_ENTER = """
root=$1 shared=$2; shift 2
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mkdir -p "$root/machine"; mount --rbind / "$root/machine"
while [ "$shared" -gt 0 ]; do
    mkdir -p "$root$1"; mount --bind "$1" "$root$1"; shift; shared=$((shared - 1))
done
exec chroot "$root" "$@"
"""


def prepare() -> Gimp:
    """A GIMP 3, brought if it isn't there.

    Two that ask at once get the same one: the second waits for the first.

    Raises:
        RuntimeError: there is none, and none can be brought here.
        subprocess.CalledProcessError: a package can't be fetched.
    """
    if not ASKED and _installed():
        return Gimp(None)
    root = cache() / f"gimp-{SUITE}"
    if _complete(root):
        return Gimp(root)
    if not can_install():
        raise RuntimeError(
            "The tests need GIMP 3, which is not installed. On Debian 13: sudo apt-get install "
            + " ".join(PACKAGES)
        )
    with alone("apt"):
        apt("update")
        if not ASKED and _candidate() >= (3,):
            apt("install", *PACKAGES)
            return Gimp(None)
        if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode:
            raise RuntimeError("This container may not mount, which a GIMP in a folder needs.")
        if not shutil.which("debootstrap"):
            apt("install", "debootstrap")
    with alone("gimp"):
        if not _complete(root):
            _make(root)
    return Gimp(root)


def _installed() -> bool:
    programs = ("gimp-console", "Xvfb", "openbox", "xdotool", "import")
    if not all(map(shutil.which, programs)):
        return False
    said = subprocess.run(["gimp-console", "--version"], capture_output=True, text=True)
    return re.search(r"version 3\.", said.stdout) is not None


def _candidate() -> tuple[int, ...]:
    said = subprocess.run(
        ["apt-cache", "policy", "gimp"], capture_output=True, text=True, check=True
    )
    found = re.search(r"Candidate: (?:\d+:)?(\d+)\.(\d+)", said.stdout)
    return tuple(map(int, found.groups())) if found else (0,)


def _complete(root: Path) -> bool:
    stamp = root / "complete"
    return stamp.exists() and stamp.read_text() == " ".join(PACKAGES)


def _make(root: Path) -> None:
    part = root.with_suffix(".part")
    for old in (root, part):
        shutil.rmtree(old, ignore_errors=True)
    _settings(part)
    keys = "/usr/share/keyrings/debian-archive-keyring.gpg"
    # The script of sid serves every suite that this machine's debootstrap is too old to know.
    script = "/usr/share/debootstrap/scripts/sid"
    _run("debootstrap", "--variant=minbase", f"--keyring={keys}", SUITE, part, _mirror(), script)
    policy = part / "usr/sbin/policy-rc.d"  # nothing that is installed may start a service
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    _run("chroot", part, "apt-get", "-qq", "update")
    _run("chroot", part, "apt-get", "-qq", "-y", "install", *PACKAGES)
    _run("chroot", part, "apt-get", "clean")
    shutil.rmtree(part / "var/lib/apt/lists")
    (part / "complete").write_text(" ".join(PACKAGES))
    part.rename(root)


def _settings(root: Path) -> None:
    """Settings for a quick and small installation, and this machine's for reaching its mirror."""
    dpkg, own = root / "etc/dpkg/dpkg.cfg.d/tests", root / "etc/apt/apt.conf.d"
    dpkg.parent.mkdir(parents=True)
    own.mkdir(parents=True)
    left_out = [f"path-exclude=/usr/share/{each}/*\n" for each in ("doc", "man", "locale")]
    dpkg.write_text("force-unsafe-io\n" + "".join(left_out))
    (own / "99tests").write_text(
        'APT::Install-Recommends "0";\nAcquire::Languages "none";\nAcquire::Retries "3";\n'
    )
    for file in Path("/etc/apt/apt.conf.d").iterdir():
        if re.search(r"^Acquire::(http|Check)", file.read_text(), re.MULTILINE):
            shutil.copy(file, own)


def _mirror() -> str:
    """The Debian mirror that this machine installs from."""
    lists = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*")]
    for file in filter(Path.is_file, lists):
        lines = re.sub(r"#.*", "", file.read_text())
        if found := re.search(r"https?://\S+/debian/?(?=\s)", lines):
            return found[0]
    raise RuntimeError("No Debian mirror stands in this machine's apt sources")


def _run(*command: object) -> None:
    ran = subprocess.run(
        [str(each) for each in command],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if ran.returncode:
        raise RuntimeError(f"{command[0]} failed: {ran.stdout[-2000:]}")


if __name__ == "__main__":
    try:
        made = prepare()
    except RuntimeError as error:
        sys.stderr.write(f"The tests in GIMP will be skipped. {error}\n")
    else:
        sys.stdout.write(f"GIMP {made.version()} {made.root or ''}\n")
