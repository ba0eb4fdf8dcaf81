"""Clocks that go wrong: back, ahead, far ahead, and about the hour at which a sitter expires."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from .forked import Outcome
from .homes import NAMES, Home, Stored, lost
from .tally import Tally

TIMES = 120
# Set for the whole section by whoever starts it; see `preloaded`.
_LIBRARY = "usr/lib/*/faketime/libfaketime.so.1"
_DAYS = (2, 6, 20, 29)  # for which the sitters are kept


def preloaded() -> dict[str, str]:
    """The variables that give a process a clock of its own; empty where libfaketime is missing."""
    found = sorted(Path("/").glob(_LIBRARY))
    return {
        "LD_PRELOAD": str(found[0]),
        "FAKETIME": "+0",
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DISABLE_SHM": "1",  # whose lock outlives those who are killed
    } if found else {}  # fmt: skip


def attack(tally: Tally, folder: Path, share: float) -> None:
    """Run commands under wrong clocks, put them right, and see who is still there."""
    if "LD_PRELOAD" not in os.environ:
        tally.notes.append("left out: libfaketime is missing (on Debian: apt-get install faketime)")
        return
    dice = random.Random(tally.seed)
    skews = (_back, _ahead, _far_ahead, _about_expiry, _enrolled_elsewhen, _signed_elsewhen)
    for number in range(max(len(skews), round(TIMES * share))):
        skew = skews[number % len(skews)]
        home = Home(folder / f"home-{number}")
        for name, days in zip(NAMES, _DAYS, strict=False):
            home.plant(name, days=days)
        before = home.stored()
        assert isinstance(before, Stored), before
        tally.count(skew.__name__.strip("_").replace("_", " "))
        skew(tally, home, before, dice)
        home.clock = 0
        for fault in home.faults():
            tally.fail("damaged", f"{skew.__name__}, number {number}: {fault}")
        home.clear()


def _commands(home: Home, dice: random.Random) -> list[Outcome]:
    """What anybody may run without thinking of the clock."""
    choices = (
        ("identities",),
        ("retention",),
        ("audit",),
        ("export", NAMES[3], "--out", str(home.out / "export.zip")),
        ("generate", "Nobody Here"),
    )
    return [home.command(*each).wait() for each in dice.sample(choices, 2)]


def _at(home: Home, seconds: float, dice: random.Random) -> list[Outcome]:
    """Commands under a clock that is off by so many seconds."""
    home.clock = seconds
    ended = _commands(home, dice)
    home.clock = 0
    return ended


def _look(
    tally: Tally, home: Home, before: Stored, ended: list[Outcome], where: str, gone: set[str]
) -> None:
    for each in ended:
        if each.trace or each.timed_out:
            tally.fail("traceback", f"{where}: {each.trace or 'it hangs'}")
    after = home.stored()
    if isinstance(after, Outcome):
        tally.fail("damaged", f"{where}: can't be opened: {after.said[-400:]!r}")
        return
    if left := lost(before, after, gone):
        tally.fail("lost", f"{where}: {left} are not as they were")
    if still := gone & set(after.sitters):
        tally.fail("wrong", f"{where}: {still} are still there")
    if after.receipts != before.receipts + len(gone):
        tally.fail("wrong", f"{where}: {after.receipts} receipts for {len(gone)}")


def _back(tally: Tally, home: Home, before: Stored, dice: random.Random) -> None:
    seconds = -dice.choice((60, 3_600, 86_400, 86_400 * 400, 86_400 * 3_650))
    ended = _at(home, seconds, dice)
    _look(tally, home, before, ended, f"clock back {-seconds} s", set())


def _ahead(tally: Tally, home: Home, before: Stored, dice: random.Random) -> None:
    """By days: who expires in these goes, which is told, and nobody else goes."""
    days = dice.choice((1, 3, 8))
    ended = _at(home, 86_400 * days, dice)
    home.clock = 86_400 * days  # which is told by name once, and where it isn't a log
    ended.append(home.command("retention").wait())
    home.clock = 0
    gone = {name for name, kept in zip(NAMES, _DAYS, strict=False) if kept < days}
    where = f"clock ahead {days} days"
    said = b"".join(each.said for each in ended)
    # `retention` says it in full, and then it is said; others say how many, with the code.
    if gone and b"vault.expired" not in said and b"was forgotten on" not in said:
        tally.fail("wrong", f"{where}: {gone} expired, and nothing says so: {said[-200:]!r}")
    said += home.command("retention").wait().said  # which names them, once
    for name in gone:
        if name.encode() not in said:
            tally.fail("wrong", f"{where}: {name} expired, and is not told: {said[-200:]!r}")
    _look(tally, home, before, ended, where, gone)


def _far_ahead(tally: Tally, home: Home, before: Stored, dice: random.Random) -> None:
    """By years, as after an empty battery: nobody is erased unless that is confirmed."""
    years = dice.choice((1, 2, 10, 25))
    ended = _at(home, 86_400 * 365 * years, dice)
    if not any(b"clock" in each.said for each in ended):
        tally.fail("wrong", f"clock ahead {years} years: nothing says so")
    _look(tally, home, before, ended, f"clock ahead {years} years", set())


def _about_expiry(tally: Tally, home: Home, before: Stored, dice: random.Random) -> None:
    """Within seconds of the end of the last day, UTC."""
    now = datetime.now(UTC)
    midnight = datetime.combine(now.date() + timedelta(days=_DAYS[0] + 1), datetime.min.time(), UTC)
    off = dice.choice((-90, 30))
    ended = _at(home, (midnight - now).total_seconds() + off, dice)
    gone = {NAMES[0]} if off > 0 else set()
    _look(tally, home, before, ended, f"{off} s from expiry", gone)


def _enrolled_elsewhen(tally: Tally, home: Home, before: Stored, dice: random.Random) -> None:
    """Somebody is enrolled under a wrong clock, and it is put right."""
    from .homes import photo

    days = dice.choice((-400, -1, 1, 1.5))
    home.clock = 86_400 * days
    ended = [home.command("enroll", NAMES[4], photo("photo-obama"), "--consent", "yes").wait()]
    home.clock = 0
    ended += _commands(home, dice)
    gone = set(NAMES[4:5]) if days < -30 else set()
    where = f"enrolled {days} days off"
    for each in ended:
        if each.trace:
            tally.fail("traceback", f"{where}: {each.trace}")
    after = home.stored()
    if isinstance(after, Outcome):
        tally.fail("damaged", f"{where}: can't be opened: {after.said[-400:]!r}")
    elif left := lost(before, after, ()):
        tally.fail("lost", f"{where}: {left} are not as they were")
    elif (NAMES[4] in after.sitters) == bool(gone):
        tally.fail("wrong", f"{where}: {sorted(after.sitters)} are stored")


def _signed_elsewhen(tally: Tally, home: Home, before: Stored, dice: random.Random) -> None:
    """A picture delivered under a wrong clock: signed, or refused by name."""
    from .homes import photo

    years = dice.choice((-30, -1, 11, 30))
    picture = photo("photo-obama")
    if dice.random() < 0.5:  # the signing identity is made under the right clock
        home.command("deliver", picture, "--out", str(home.out)).wait()
    home.clock = 86_400 * 365 * years
    ended = [home.command("deliver", picture, "--out", str(home.out)).wait()]
    home.clock = 0
    files = [str(each) for each in home.out.glob("*.jpg")]
    ended += [home.command("inspect", *files).wait()] if files else []
    _look(tally, home, before, ended, f"signed {years} years off", set())
    for fault in home.torn():
        tally.fail("leftover", f"signed {years} years off: {fault}")
