"""Kills processes that use a vault, at random moments, and looks at what they left.

`python crashing.py FOLDER TIMES SEED` prints how many were killed amid each operation.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path

from headshots.core.errors import IdentityNotFound
from headshots.core.files import parts_of, write_whole
from headshots.core.vault import key_of
from headshots.core.vault.erasure import forget, sweep
from headshots.core.vault.receipts import is_of, own_key, read
from headshots.core.vault.sealed import SealedVault

NAMES = tuple(f"Sitter {number}" for number in range(6))
OPERATIONS = ("enrol", "generate", "move key", "forget")
# What a sitter has, by kind; absent: nothing.
State = dict[str, dict[str, bytes]]


def opened(folder: Path) -> SealedVault:
    return SealedVault(folder / "vault.sqlite3", folder / "keys", "file")


def apart(folder: Path) -> Path:
    """Where the key is at times, outside of the data folder."""
    return folder.with_name(f"{folder.name}-apart")


def operations(seed: int) -> Iterator[tuple[str, str, bytes]]:
    """What a process does: operation, sitter, bytes; the same for the same seed."""
    dice = random.Random(seed)
    while True:
        what = dice.choices(OPERATIONS, (3, 3, 2, 3))[0]
        yield what, dice.choice(NAMES), dice.randbytes(dice.choice((10, 3_001, 60_000)))


def do(folder: Path, what: str, name: str, data: bytes) -> None:
    vault = opened(folder)
    match what:
        case "enrol":
            put(vault, name, "identity", data)
        case "generate":
            put(vault, name, "candidate", data)
            picture = folder / "out" / f"{key_of(name)}-{sha256(data).hexdigest()[:8]}.png"
            picture.parent.mkdir(exist_ok=True)
            with vault.showing([name], [picture]):
                write_whole(picture, data)
        case "move key":
            vault.move_key("file", apart(folder) if len(data) % 2 else None)
        case _:
            with suppress(IdentityNotFound):
                forget(vault, name)


def put(vault: SealedVault, name: str, kind: str, data: bytes) -> None:
    """Store `data` in place of what is stored."""
    vault.put(name, kind, data, version=vault.read(name, kind).version)


def after(state: State, what: str, name: str, data: bytes) -> State:
    """What the vault holds once that was done."""
    kinds = dict(state.get(name, {}))
    match what:
        case "enrol":
            kinds["identity"] = data
        case "generate":
            kinds["candidate"] = data
        case "move key":
            pass
        case _:
            kinds = {}
    rest = {each: kept for each, kept in state.items() if each != name}
    return {**rest, **({name: kinds} if kinds else {})}


def held(folder: Path) -> State:
    """What the vault does hold, once it has ended what was begun, as opening does."""
    vault = opened(folder)
    sweep(vault)
    return {
        name: {kind: vault.get(name, kind) for kind in vault.kinds(name)}
        for name in vault.sitters()
    }


def child(folder: Path, seed: int, told: int) -> None:
    for what, name, data in operations(seed):
        os.write(told, b"<")
        do(folder, what, name, data)
        os.write(told, b">")


def kill_one(folder: Path, seed: int, state: State, forgotten: Counter[str]) -> tuple[State, str]:
    """Have a process work on the vault, kill it, check; the state since, and what was cut off.

    forgotten: how often each sitter was; counted on.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            child(folder, seed, writing)
        finally:
            traceback.print_exc()
            os._exit(1)
    os.close(writing)
    os.read(reading, 1)  # it has begun
    time.sleep(random.Random(~seed).uniform(0, 0.04))
    os.kill(pid, signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    log = b"<"
    while part := os.read(reading, 10_000):
        log += part
    os.close(reading)

    done = operations(seed)
    for _ in range(log.count(b">")):
        what, name, data = next(done)
        forgotten[name] += what == "forget" and name in state
        state = after(state, what, name, data)
    allowed, cut_off = [state], "nothing"
    if log.endswith(b"<"):
        cut_off, name, data = next(done)
        allowed.append(after(state, cut_off, name, data))
    found = held(folder)
    assert found in allowed, (seed, cut_off, sorted(found), sorted(state))
    if cut_off == "forget":
        forgotten[name] += name in state and name not in found
    check_files(folder, forgotten)
    return found, cut_off


def check_files(folder: Path, forgotten: Counter[str]) -> None:
    """The database is whole, no picture shows one who is forgotten, each of these has a receipt."""
    with closing(sqlite3.connect(folder / "vault.sqlite3")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        assert db.execute("SELECT count(*) FROM sitters WHERE key IS NULL").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM pending_erasures").fetchone() == (0,)
    names = {path.name for path in folder.iterdir()}
    assert names <= {
        *("vault.sqlite3", "vault.sqlite3-wal", "vault.sqlite3-shm", "keys"),
        *("out", "receipts"),
    }
    vault = opened(folder)
    listed = {each.path for name in vault.sitters() for each in vault.written(name)}
    known = listed | {part for path in listed for part in parts_of(path)}
    assert set((folder / "out").glob("*")) <= known
    assert {each.suffix for each in (folder / "keys").glob("*")} <= {".key", ".part"}
    assert {each.suffix for each in apart(folder).glob("*")} <= {".key", ".part", ".TAG"}
    receipts = list((folder / "receipts").glob("*"))
    assert len(receipts) == forgotten.total() and {each.suffix for each in receipts} <= {".json"}


def main(folder: Path, times: int, seed: int) -> None:
    state: State = {}
    counts: Counter[str] = Counter()
    forgotten: Counter[str] = Counter()
    for number in range(times):
        state, cut_off = kill_one(folder, seed + number, state, forgotten)
        counts[cut_off] += 1
    for name in opened(folder).sitters():
        forget(opened(folder), name)
        forgotten[name] += 1
    assert held(folder) == {} and list((folder / "out").glob("*")) == []
    known = own_key(opened(folder)) or ""
    receipts = [read(file, known) for file in (folder / "receipts").glob("*.json")]
    for name in NAMES:
        assert sum(is_of(each, name) for each in receipts) == forgotten[name]
    # One who dies amid making the vault can leave a key that opens nothing: under an id of its own.
    with closing(sqlite3.connect(folder / "vault.sqlite3")) as db:
        (id,) = db.execute("SELECT value FROM facts WHERE name = 'vault'").fetchone()
    # One who dies amid moving it leaves one that opens nothing, until it is moved there again.
    opened(folder).move_key("file", apart(folder))
    opened(folder).move_key("file")
    keys = [
        file for place in (folder / "keys", apart(folder)) for file in place.glob(f"{id}-*.key")
    ]
    assert len(keys) == 1 and parts_of(keys[0]) == []
    print(json.dumps(counts))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
