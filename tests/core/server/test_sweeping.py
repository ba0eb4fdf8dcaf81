"""What a server does of itself: it forgets those whose day is over, and follows other programs."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from headshots.core.errors import VaultLocked
from headshots.core.identity.codec import to_bytes
from headshots.core.identity.identity import Identity
from headshots.core.recipes.documents import built_in
from headshots.core.recipes.graph import build
from headshots.core.server import app
from headshots.core.server.jobs import Job
from headshots.core.server.limits import Limits
from headshots.core.server.routes import sitters
from headshots.core.server.state import ServerState
from headshots.core.vault import key_of, open_vault
from headshots.core.vault.erasure import forget
from headshots.core.vault.sealed import SealedVault


def meanwhile(
    loop: Callable[..., object],
    held: ServerState,
    *happens: Callable[[], object],
    done: Callable[[], bool],
) -> None:
    """Let a loop of the server run, with a short interval, while things happen, until `done`."""

    async def work() -> None:
        task = asyncio.create_task(loop(held, 0.02))  # type: ignore[arg-type]
        for each in happens:
            await asyncio.sleep(0.1)
            await asyncio.to_thread(each)
        for _ in range(200):
            if done():
                break
            await asyncio.sleep(0.02)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(work())


def overdue(home: Path) -> None:
    with closing(sqlite3.connect(home / "data" / "vault.sqlite3", timeout=20)) as db, db:
        db.execute("UPDATE sitters SET until = '2020-01-01'")


def test_who_is_forgotten_while_the_sitters_are_listed_is_left_out(
    sitter: Identity, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("Ada", "Bea"):
        open_vault().put(name, "identity", to_bytes(replace(sitter, name=name)))
    kinds = SealedVault.kinds

    def forgotten_after(vault: SealedVault, name: str) -> tuple[str, ...]:
        answer = kinds(vault, name)
        if name == "Ada" and answer:
            forget(vault, "Ada")
        return answer

    monkeypatch.setattr(SealedVault, "kinds", forgotten_after)
    routes = {route.name: route for route in sitters.router(ServerState.fresh(Limits())).routes}
    assert [each.name for each in routes["list_identities"].endpoint()] == ["Bea"]


def job_of(held: ServerState, name: str) -> Job:
    job = Job("Headshots", build(built_in("generate")), sitters=frozenset([key_of(name)]))
    held.jobs.add(job)
    return job


def test_the_hourly_sweep_goes_on_and_on(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It forgets whoever is due at each turn, drops their jobs, and outlives a locked vault."""
    held, turns = ServerState.fresh(Limits()), list[str]()
    sweep = sitters.sweep_here

    def swept(held: ServerState) -> None:
        turns.append("turn")
        if len(turns) == 2:
            raise VaultLocked("It is locked", "Unlock it.")
        sweep(held)

    monkeypatch.setattr(sitters, "sweep_here", swept)

    def store(name: str) -> None:
        open_vault().put(name, "identity", b"1")
        job_of(held, name)
        overdue(home)

    open_vault().put("Early", "identity", b"1")
    overdue(home)
    meanwhile(
        app._sweep_sitters,
        held,
        lambda: store("Ada"),
        lambda: store("Bea"),
        done=lambda: not held.jobs.all(),
    )
    assert open_vault().sitters() == () and held.jobs.all() == [] and len(turns) > 3
    assert len(list((home / "data" / "receipts").iterdir())) == 3


def test_jobs_of_a_sitter_whom_another_program_forgets_are_stopped(home: Path) -> None:
    held = ServerState.fresh(Limits())
    vault = open_vault()
    vault.put("Ada", "identity", b"1")
    forget(vault, "Ada")  # before the server looked
    for name in ("Ada", "Bea"):
        vault.put(name, "identity", b"1")
    ada, bea = job_of(held, "Ada"), job_of(held, "Bea")
    meanwhile(
        app._follow,
        held,
        lambda: None,
        lambda: forget(open_vault(), "ada"),
        done=ada.stop.is_set,
    )
    assert ada.stop.is_set() and not bea.stop.is_set()
    assert held.jobs.all() == [bea]
