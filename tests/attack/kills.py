"""Programs killed at random moments, amid every operation that writes."""

from __future__ import annotations

import random
import signal
from pathlib import Path

from . import stores
from .forked import Outcome
from .homes import NAMES, Home, Stored, lost
from .operations import OPERATIONS, Operation, setting_up
from .tally import Tally

KILLS = 520
_PER_HOME = 40
# Seconds that an operation last took to its end here: machines differ.
_took: dict[str, float] = {}
_AGAIN = 0.25  # how often what was cut off is done again, to its end


def attack(tally: Tally, folder: Path, share: float) -> None:
    """Kill `share` of `KILLS`, at least one an operation; count what is found afterwards."""
    dice = random.Random(tally.seed)
    weights = [each.weight for each in OPERATIONS]
    waiting = list(OPERATIONS)
    dice.shuffle(waiting)
    wanted = max(len(OPERATIONS), round(KILLS * share))
    turn = killed = 0
    while killed < wanted:
        home = Home(folder / f"home-{turn}")
        setting_up(home)
        state = home.stored()
        assert isinstance(state, Stored), state
        for _ in range(_PER_HOME):
            operation = waiting[-1] if waiting else dice.choices(OPERATIONS, weights)[0]
            seed = dice.randrange(1 << 32)
            state, cut_off = _kill(tally, home, operation, state, seed)
            killed += cut_off
            if cut_off and waiting:
                waiting.pop()
            if killed == wanted:
                break
        turn += 1
        home.clear()


def _kill(
    tally: Tally, home: Home, operation: Operation, before: Stored, seed: int
) -> tuple[Stored, bool]:
    """Begin the operation, kill it, and look at what it left.

    Returns:
        The state since, and whether it was killed before it ended by itself.
    """
    dice = random.Random(seed)
    name = _sitter(home, operation, before, dice)
    if name not in before.sitters and not operation.new:
        home.plant(name)
        planted = home.stored()
        assert isinstance(planted, Stored), planted
        before = planted
    child = operation.begin(home, name, dice)
    # Evenly, and often near the end, where the writing is.
    moment = _longest(operation) * dice.random() ** dice.choice((0.4, 1.0))
    ended = child.kill_after(moment, group=operation.group)
    where = f"kill seed {seed}, {operation.name}, after {moment:.3f} s"
    killed = ended.code == -signal.SIGKILL
    tally.count(operation.name if killed else f"{operation.name}, to its end")
    if not killed:
        _took[operation.name] = ended.seconds
    if ended.trace:
        tally.fail("traceback", f"{where}: {ended.trace}")
    if orphans := child.orphans():
        tally.fail("leftover", f"{where}: {len(orphans)} processes of it go on")
    after = home.stored()
    if isinstance(after, Outcome):
        tally.fail("damaged", f"{where}: can't be opened: {after.said[-500:]!r}")
        return before, killed
    _check(tally, home, operation, before, after, name, where)
    if dice.random() < _AGAIN:
        again = operation.begin(home, name, dice)
        if operation.name == "server's job":
            again.kill_after(1.0)
        else:
            done = again.wait()
            if done.trace or done.timed_out:
                tally.fail("traceback", f"{where}, done again: {done.trace or 'it hangs'}")
            _took[operation.name] = done.seconds
            tally.count("done again")
        latest = home.stored()
        if isinstance(latest, Stored):
            if gone := lost(after, latest, [name]):
                tally.fail("lost", f"{where}, done again: {gone} are not as they were")
            return latest, killed
    return after, killed


def _longest(operation: Operation) -> float:
    """Seconds within which it is killed: those that it takes here, as far as is known."""
    took = _took.get(operation.name)
    return operation.longest if took is None else min(took, operation.longest * 4)


def _sitter(home: Home, operation: Operation, state: Stored, dice: random.Random) -> str:
    if not operation.new:
        return dice.choice(NAMES[:4])
    name = dice.choice(NAMES[4:])
    if name in state.sitters:
        home.command("forget", name, "--yes").wait()
    return name


def _check(
    tally: Tally,
    home: Home,
    operation: Operation,
    before: Stored,
    after: Stored,
    name: str,
    where: str,
) -> None:
    if gone := lost(before, after, [name]):
        tally.fail("lost", f"{where}: {gone} are not as they were")
    if operation.new and name in before.sitters:
        before.sitters.pop(name)
    if not operation.allowed(before, after, name):
        kind = "lost" if name in before.sitters and name not in after.sitters else "damaged"
        tally.fail(kind, f"{where}: {_told(before, name)} became {_told(after, name)}")
    for fault in home.faults():
        tally.fail("damaged", f"{where}: {fault}")
    for fault in home.torn():
        tally.fail("leftover", f"{where}: {fault}")
        _remove(home, fault)
    for fault in stores.torn(home):
        tally.fail("leftover", f"{where}: {fault}")
    for leak in home.plain():
        tally.fail("plain", f"{where}: {leak}")


def _told(state: Stored, name: str) -> str:
    kinds = {kind: value[:8] for kind, value in state.sitters.get(name, {}).items()}
    return f"{kinds or 'nobody'} with {state.receipts} receipts, policy {state.policy}"


def _remove(home: Home, fault: str) -> None:
    """Take away what was reported, so that it is reported once."""
    file = fault.partition(":")[0]
    for path in home.out.rglob(file):
        path.unlink()
