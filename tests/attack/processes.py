"""Three processes at once on one vault, ten thousand operations each, and a log of each of them."""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from .homes import NAMES, Home
from .tally import Tally

PROCESSES = 3
OPERATIONS = 10_000
_SHARED = "Everybody's Sitter"
_SUM = "sum"  # what of theirs all write, each after having read it
_KINDS = ("identity", "candidate", "tuned-x")
_SIZES = (10, 3_000, 60_000)
_SLOWEST = 60.0  # seconds that one operation may take, waiting for others included
_CHOICES = {
    "get": 40, "put": 24, "kinds": 8, "until": 6, "share": 8, "showing": 4, "sitters": 3,
    "log": 3, "remove": 2, "forget": 1.2, "secret": 0.5, "audit": 0.1,
}  # fmt: skip


def attack(tally: Tally, folder: Path, share: float) -> None:
    """Run them, and compare what each of them knows with what the vault holds then."""
    home = Home(folder / "home")
    count = round(OPERATIONS * share)
    workers = [_Worker(home, folder, number, tally.seed, count) for number in range(PROCESSES)]
    children = [home.begin(worker.run) for worker in workers]
    # They share one log: what is in it is a traceback of one of them.
    for child in children:
        outcome = child.wait(3600)
        if outcome.trace or outcome.code:
            tally.fail("traceback", f"a process ended with {outcome.code}: {outcome.trace}")
    for worker in workers:
        if not worker.report.exists():
            tally.fail("lost", f"process {worker.number} reports nothing")
            continue
        report = json.loads(worker.report.read_text())
        for what, times in report["counts"].items():
            tally.count(what, times)
        for kind, text in report["failures"]:
            tally.fail(kind, f"process {worker.number}, {text}")
        worker.expected = report["expected"]
        worker.events = report["events"]
        worker.added = report["added"]
    _compare(tally, home, workers, folder)
    for fault in home.faults():
        tally.fail("damaged", fault)
    for leak in home.plain():
        tally.fail("plain", leak)


def _compare(tally: Tally, home: Home, workers: list[_Worker], folder: Path) -> None:
    told = folder / "compared.json"

    def look() -> int:
        from headshots.core.vault import open_vault

        vault = open_vault()
        held = {
            name: {kind: vault.fingerprint(name, kind) for kind in vault.kinds(name)}
            for name in vault.sitters()
        }
        entries = Counter(each.event for each in vault.audit())
        told.write_text(json.dumps([held, entries]))
        return 0

    outcome = home.begin(look).wait()
    if not told.exists():
        tally.fail("damaged", f"can't be opened: {outcome.said[-500:]!r}")
        return
    held, entries = json.loads(told.read_text())
    expected: dict[str, dict[str, str]] = {}
    for worker in workers:
        for name, kinds in worker.expected.items():
            expected.setdefault(name, {}).update(kinds)
    if added := sum(worker.added for worker in workers):
        expected[_SHARED][_SUM] = hashlib.sha256(b"%d" % added).hexdigest()
    for name in expected.keys() | held.keys():
        if expected.get(name) != held.get(name):
            tally.fail("lost", f"{name}: {held.get(name)} is held, not {expected.get(name)}")
    events = sum((Counter(worker.events) for worker in workers), Counter[str]())
    for event, times in events.items():
        if entries.get(event, 0) != times:
            tally.fail("lost", f"the log has {entries.get(event, 0)} of {times} times {event!r}")


class _Worker:
    """One process: its own sitters, whom nobody else touches, and one that all share."""

    def __init__(self, home: Home, folder: Path, number: int, seed: int, count: int) -> None:
        self.home, self.number, self._count = home, number, count
        self.report = folder / f"worker-{number}.json"
        self.expected: dict[str, Any] = {}
        self.events: dict[str, int] = {}
        self.added = 0
        self._dice = random.Random(seed * 31 + number)
        self._names = [f"{NAMES[number]} {each}" for each in range(4)]
        self._held: dict[str, dict[str, bytes]] = {}
        self._shared = b""
        self._added = 0
        self._files: dict[str, set[Path]] = {}
        self._counts: Counter[str] = Counter()
        self._events: Counter[str] = Counter()
        self._failures: list[tuple[str, str]] = []

    def run(self) -> int:
        """Do all of it, and write the report."""
        from headshots.core.vault import open_vault

        vault = open_vault()
        for turn in range(self._count):
            what = self._dice.choices(list(_CHOICES), list(_CHOICES.values()))[0]
            name = self._dice.choice(self._names)
            began = time.monotonic()
            action: Callable[[Any, str], None] = getattr(self, f"_{what}")
            action(vault, name)
            if (took := time.monotonic() - began) > _SLOWEST:
                self._failures.append(("slow", f"turn {turn}: {what} took {took:.0f} s"))
            self._counts[what] += 1
        digests = {
            name: {kind: hashlib.sha256(data).hexdigest() for kind, data in kinds.items()}
            for name, kinds in self._held.items()
        }
        if self._shared:
            own = hashlib.sha256(self._shared).hexdigest()
            digests[_SHARED] = {f"of-{self.number}": own}
        self.report.write_text(
            json.dumps(
                {
                    "counts": self._counts,
                    "failures": self._failures,
                    "expected": digests,
                    "events": self._events,
                    "added": self._added,
                }
            )
        )
        return 0

    def _wrong(self, what: str) -> None:
        self._failures.append(("lost", what))

    def _data(self) -> bytes:
        return self._dice.randbytes(self._dice.choice(_SIZES))

    def _put(self, vault: Any, name: str) -> None:
        kind, data = self._dice.choice(_KINDS), self._data()
        vault.put(name, kind, data, version=vault.read(name, kind).version)
        self._held.setdefault(name, {})[kind] = data
        self._events["stored"] += 1

    def _get(self, vault: Any, name: str) -> None:
        for kind, data in self._held.get(name, {}).items():
            if vault.get(name, kind) != data:
                self._wrong(f"{kind} of {name} is not what was put")

    def _kinds(self, vault: Any, name: str) -> None:
        if set(vault.kinds(name)) != set(self._held.get(name, {})):
            self._wrong(f"{name} has {vault.kinds(name)}")

    def _until(self, vault: Any, name: str) -> None:
        if name in self._held:
            vault.until(name)

    def _sitters(self, vault: Any, name: str) -> None:
        own = {each for each in vault.sitters() if each.startswith(NAMES[self.number])}
        if own != set(self._held):
            self._wrong(f"{own} are stored")

    def _add(self, vault: Any) -> None:
        """One more in a sum that all add to: nothing is written over what another one wrote."""
        from headshots.core.errors import IdentityExists, SitterChanged

        while True:
            stored = vault.read(_SHARED, _SUM)
            data = b"%d" % (int(stored.data or b"0") + 1)
            with suppress(SitterChanged, IdentityExists):
                vault.put(_SHARED, _SUM, data, version=stored.version)
                break
        self._added += 1
        self._events["stored"] += 1

    def _log(self, vault: Any, name: str) -> None:
        vault.log("renewed", name, "attacked")
        self._events["renewed"] += 1

    def _remove(self, vault: Any, name: str) -> None:
        kinds = self._held.get(name, {})
        if len(kinds) > 1:
            kind = self._dice.choice(sorted(kinds))
            vault.remove(name, kind)
            del kinds[kind]
            self._events["removed"] += 1

    def _secret(self, vault: Any, name: str) -> None:
        if vault.secret("attack") != vault.secret("attack"):
            self._wrong("the secret changed")

    def _audit(self, vault: Any, name: str) -> None:
        vault.audit()

    def _showing(self, vault: Any, name: str) -> None:
        if name not in self._held:
            return
        from headshots.core.files import write_whole

        # What shows nobody: no picture is decoded here.
        path = self.home.out / f"{self.number}-{self._dice.randrange(10)}-{self._counts['put']}.bin"
        with vault.showing([name], [path], handed="delivered"):
            write_whole(path, b"whole")
        self._files.setdefault(name, set()).add(path)
        self._events["delivered"] += 1

    def _forget(self, vault: Any, name: str) -> None:
        from headshots.core.vault.erasure import forget

        if name not in self._held:
            return
        forget(vault, name, delivered=True)
        del self._held[name]
        self._events["forgotten"] += 1
        if left := [each for each in self._files.pop(name, ()) if each.exists()]:
            self._failures.append(("leftover", f"{len(left)} files of {name} are left"))

    def _share(self, vault: Any, name: str) -> None:
        """Write one's own part of a sitter that all write, and read the parts of others."""
        data = self._data()
        self._shared = hashlib.sha256(data).digest() + data
        own = f"of-{self.number}"
        vault.put(_SHARED, own, self._shared, version=vault.read(_SHARED, own).version)
        self._events["stored"] += 1
        self._add(vault)
        for kind in set(vault.kinds(_SHARED)) - {_SUM}:
            whole = vault.get(_SHARED, kind)
            if hashlib.sha256(whole[32:]).digest() != whole[:32]:
                self._wrong(f"{kind} of the shared sitter is torn")
