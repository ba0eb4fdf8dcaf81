"""The writing operations: each is begun on a machine, and says what it may have changed."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .forked import Child
from .homes import NAMES, PHOTOS, Home, Stored, photo
from .serving import serving_job
from .stores import fetching

# What an operation may leave of its sitter: told by the state before and after.
Allowed = Callable[[Stored, Stored, str], bool]


@dataclass(frozen=True)
class Operation:
    """One way to write.

    begin: starts it on a machine for a sitter; dice choose the rest.
    allowed: whether the sitter may be so afterwards; default: as before.
    weight: how often it is chosen, out of the sum of all.
    longest: seconds within which it is killed, at most.
    group: whether its own children are killed with it.
    new: it is about somebody who isn't stored yet.
    """

    name: str
    begin: Callable[[Home, str, random.Random], Child]
    allowed: Allowed
    weight: int
    longest: float
    group: bool = False
    new: bool = False


def _same(before: Stored, after: Stored, name: str) -> bool:
    return after.sitters.get(name) == before.sitters.get(name) and (
        after.receipts == before.receipts
    )


def _there(before: Stored, after: Stored, name: str) -> bool:
    return after.sitters.get(name, {}).keys() >= {"identity"}


def _enrolled(before: Stored, after: Stored, name: str) -> bool:
    return name not in after.sitters or after.sitters[name].keys() == {"identity"}


def _gone_or_not(before: Stored, after: Stored, name: str) -> bool:
    if name in after.sitters:
        return _same(before, after, name)
    return after.receipts == before.receipts + 1


def _policy(before: Stored, after: Stored, name: str) -> bool:
    return after.policy in {before.policy, *range(5, 31)} and _same(before, after, name)


def _command(*arguments: str) -> Callable[[Home, str, random.Random], Child]:
    """`headshots` with these arguments, in which {name}, {out} and {photo} are filled in."""

    def begin(home: Home, name: str, dice: random.Random) -> Child:
        values = {
            "name": name,
            "out": str(home.out),
            "photo": photo(dice.choice(PHOTOS)),
            "days": str(dice.randint(5, 15)),
            "zip": str(home.out / f"{dice.randrange(4)}.zip"),
            "cards": str(home.out / "cards"),
            "format": dice.choice(("jpeg", "png", "tiff")),
            "size": dice.choice(("linkedin", "full", "web")),
            "gimp": str(home.folder / "gimp"),
            "receipt": _receipt(home),
        }
        (home.folder / "gimp").mkdir(exist_ok=True)
        return home.command(*(each.format_map(values) for each in arguments))

    return begin


def _receipt(home: Home) -> str:
    receipts = sorted((home.data / "receipts").glob("*.json"))
    return str(receipts[0]) if receipts else "none.json"


def _batch(home: Home, name: str, dice: random.Random) -> Child:
    team = home.folder / "team"
    shutil.rmtree(team, ignore_errors=True)
    shutil.rmtree(home.out / "batch", ignore_errors=True)
    for each in (name, "Somebody Else"):
        folder = team / each
        folder.mkdir(parents=True)
        shutil.copy(photo(PHOTOS[0]), folder / "one.jpg")
        (folder / "consent.txt").write_text("yes")
    quick = ("--set", "count=1", "--set", "width=256", "--workers", "1")
    return home.command("batch", str(team), *quick, "--out", str(home.out / "batch"))


def _signing(home: Home, name: str, dice: random.Random) -> Child:
    """The machine's own identity, made anew."""

    def make() -> int:
        from headshots.core.delivery.signing import signer

        signer()
        return 0

    if dice.random() < 0.7:
        (home.config / "signing.pem").unlink(missing_ok=True)
    return home.begin(make)


OPERATIONS = (
    Operation(
        "enrol", _command("enroll", "{name}", "{photo}", "--consent", "yes"),
        _enrolled, 60, 1.6, new=True,
    ),
    Operation(
        "enrol again",
        _command("enroll", "{name}", "{photo}", "--consent", "yes", "--replace"),
        _there, 25, 1.6,
    ),
    Operation(
        "generate, contact sheet",
        _command("generate", "{name}", "-n", "1", "--width", "256", "--out", "{out}",
                 "--least-percentile", "0", "--format", "{format}"),
        _same, 35, 4.5,
    ),
    Operation(
        "deliver",
        _command("deliver", "{photo}", "--out", "{out}", "--size", "{size}",
                 "--format", "{format}"),
        _same, 40, 0.6,
    ),
    Operation("card", _command("card", "{name}", "{photo}", "--out", "{cards}"), _same, 20, 5),
    Operation("export", _command("export", "{name}", "--out", "{zip}"), _same, 60, 0.25),
    Operation("retention of one", _command("retention", "{name}", "--days", "{days}"),
              _there, 55, 0.2),
    Operation("retention of all", _command("retention", "--days", "{days}"), _policy, 25, 0.15),
    Operation("forget", _command("forget", "{name}", "--yes"), _gone_or_not, 70, 0.3),
    Operation("forget and what was delivered", _command("forget", "{name}", "--yes", "--delivered"),
              _gone_or_not, 40, 0.3),
    Operation("receipt", _command("receipt", "verify", "{receipt}"), _same, 15, 0.15),
    Operation("GIMP's plug-in", _command("gimp-install", "--folder", "{gimp}"), _same, 25, 0.12),
    Operation("signing identity", _signing, _same, 25, 0.08),
    Operation("weights", fetching, _same, 20, 0.4),
    Operation("previews of looks", _command("looks", "--previews", "{out}"), _same, 5, 3),
    Operation("batch", _batch, _same, 10, 14),
    Operation("server's job", serving_job, _same, 15, 4),
)  # fmt: skip


def setting_up(home: Home) -> None:
    """The machine as it is before the first of them: sitters, one of them forgotten."""
    home.plant(*NAMES[:4], "Nobody Anymore")
    outcome = home.command("forget", "Nobody Anymore", "--yes").wait()
    assert outcome.code == 0, outcome.said


def remove(folder: Path) -> None:
    """Take a folder away, if it is there."""
    shutil.rmtree(folder, ignore_errors=True)
