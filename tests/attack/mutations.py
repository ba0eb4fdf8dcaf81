"""Thousands of changed inputs for every reader: each gives a value or a named error, and soon."""

from __future__ import annotations

import os
import random
import resource
import select
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from . import mutators
from .forked import Child, Outcome
from .homes import Home
from .readers import Reader, readers
from .samples import make
from .serving import Client
from .tally import Tally

_MOST_CPU, _MOST_SECONDS = 10.0, 120.0  # that one input may take
_MOST_MEMORY = 3_000_000_000  # bytes that reading may take, beyond what the process has
_EACH = 12  # of so many inputs one is a piece repeated a great many times
_READ, _REFUSED, _FAULT = b"r", b"e", b"f"
_TICK = 1 / os.sysconf("SC_CLK_TCK")


def attack(tally: Tally, folder: Path, share: float) -> None:
    """Feed every reader with its share of changed inputs."""
    home = Home(folder / "home")
    for each in ("vault", "failures", "work"):
        (folder / each).mkdir()
    with Client(home) as server:
        port = server.http.base_url.port
        token = server.http.headers["Authorization"].removeprefix("Bearer ")
        os.environ |= {"ATTACK_PORT": str(port), "ATTACK_TOKEN": token}
        other = Home(folder / "reading")
        os.environ |= other.environment  # what is made here is made there
        from headshots.core.settings import settings

        settings.cache_clear()
        samples = make(folder / "vault", port or 0, token)
        os.environ["ATTACK_KEYS"] = str(folder / "vault" / "keys")
        os.environ["ATTACK_VAULT"] = str(folder / "vault" / "vault.sqlite3")
        for reader in readers(samples):
            name, _, number = tally.only.partition(":")
            if number and name == reader.name:
                _feed(tally, other, reader, int(number) + 1, folder, first=int(number))
            elif name in ("", reader.name):
                _feed(tally, other, reader, max(1, round(reader.inputs * share)), folder)
        _check_server(tally, server)


def changed(reader: Reader, seed: int, number: int) -> bytes:
    """The input of that number; always the same for the same seed."""
    dice = random.Random(f"{seed} {reader.name} {number}")
    mutate = mutators.repeated if number % _EACH == _EACH - 1 else reader.mutate
    return mutate(dice.choice(reader.samples), dice)


def _feed(
    tally: Tally, home: Home, reader: Reader, count: int, folder: Path, *, first: int = 0
) -> None:
    done = first
    while done < count:
        results, ended = _some(home, reader, tally.seed, done, count, folder / "work")
        for result in results:
            tally.count(reader.name)
            if result == _FAULT:
                _report(tally, reader, done, "traceback", ended)
            done += 1
        if done < count:  # it ended amid the next one
            tally.count(reader.name)
            kind = "slow" if ended.timed_out else "traceback"
            _report(tally, reader, done, kind, ended)
            done += 1


def _report(tally: Tally, reader: Reader, number: int, kind: str, ended: Outcome) -> None:
    said = ended.said.decode(errors="replace")
    mark = f"--- {number}\n"
    detail = said.partition(mark)[2].partition("--- ")[0] if mark in said else said
    gist = detail.strip().splitlines()[-1:] or [f"it ended with {ended.code}"]
    at = [line.strip() for line in detail.splitlines() if "/core/" in line][-1:]
    tally.fail(kind, f"{reader.name}:{number}, seed {tally.seed}: {gist[0][:200]!r} {' '.join(at)}")


def _some(
    home: Home, reader: Reader, seed: int, first: int, count: int, work: Path
) -> tuple[list[bytes], Outcome]:
    """Read the inputs from `first` on in a child, until one ends it; a letter for each."""
    reading, writing = os.pipe()

    def read_all() -> int:
        os.close(reading)
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + _MOST_MEMORY, used + _MOST_MEMORY))
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)  # what a command says is of no matter here
        for number in range(first, count):
            data = changed(reader, seed, number)
            os.write(writing, _outcome(lambda data=data: reader.read(data, work), number))
        return 0

    child = home.begin(read_all)
    os.close(writing)
    results: list[bytes] = []
    ended = _watch(child, reading, results)
    os.close(reading)
    return results, ended


def _outcome(read: Callable[[], object], number: int) -> bytes:
    from headshots.core.errors import HeadshotsError

    try:
        read()
    except HeadshotsError as error:
        if error.what and error.remedy:
            return _REFUSED
        os.write(2, f"--- {number}\nno remedy: {error!r}\n".encode(errors="replace"))
        return _FAULT
    except (Exception, SystemExit):
        os.write(2, f"--- {number}\n{traceback.format_exc()}\n".encode(errors="replace"))
        return _FAULT
    return _READ


def _watch(child: Child, reading: int, results: list[bytes]) -> Outcome:
    """Take the letters until there are no more; end a child that takes too long for one."""
    began, used = time.monotonic(), _cpu(child.pid)
    while True:
        ready, _, _ = select.select([reading], [], [], 0.5)
        if ready:
            letters = os.read(reading, 65_536)
            if not letters:
                return child.wait()
            results += [letters[i : i + 1] for i in range(len(letters))]
            began, used = time.monotonic(), _cpu(child.pid)
        elif _cpu(child.pid) - used > _MOST_CPU or time.monotonic() - began > _MOST_SECONDS:
            return child.wait(0)


def _cpu(pid: int) -> float:
    """Seconds of processor time that the process has had."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) * _TICK


def _check_server(tally: Tally, server: Client) -> None:
    """It still answers, no job failed by a fault of ours, and it said nothing of one."""
    answer = server.http.get("/v1/health")
    if answer.status_code != 200:
        tally.fail("wrong", f"the server answers {answer.status_code} afterwards")
    for job in server.http.get("/v1/jobs").json():
        if "internal" in str(job.get("error")):
            tally.fail("traceback", f"a job: {job['error']}")
    ended = server.child.kill_after(0)
    if ended.trace:
        tally.fail("traceback", f"the server said: {ended.trace}")
