"""A generated card, culled: how often the best frame is found, and how fast.

    .venv/bin/python -m tests.benchmarks.shoot FOLDER [--frames 100] [--size 6000] [--raw 0.05]

FOLDER has a folder for each person with their photos, as `tests.benchmarks.people` makes them.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from itertools import cycle
from pathlib import Path
from threading import Event, Thread

import numpy as np
import psutil

from headshots.core.culling.cull import Card as Culled
from headshots.core.culling.cull import read_card, write_verdicts
from headshots.core.culling.people import by_face, by_slate
from headshots.core.culling.slates import slate_code
from headshots.core.errors import HeadshotsError
from headshots.core.photos import read_photo

from ...shoot_card import BLINK, FOCUS, GOOD, MOTION, SLATE, Card, Portrait, Truth, portrait_of
from ..machine import describe

_TRUTH = "truth.json"
_SPOILT = (BLINK, FOCUS, MOTION)


def portraits(folder: Path, most: int = 3) -> dict[str, list[Portrait]]:
    """The photos of each person that suit bursts, at most so many each."""
    people: dict[str, list[Portrait]] = {}
    for person in sorted(each for each in folder.iterdir() if each.is_dir()):
        for path in sorted(person.iterdir()):
            try:
                portrait = portrait_of(read_photo(path).image)
            except HeadshotsError:
                continue
            if portrait is not None and len(people.setdefault(person.name, [])) < most:
                people[person.name].append(portrait)
    return {name: found for name, found in people.items() if found}


def fill(card: Card, people: dict[str, list[Portrait]], frames: int, raw: float, seed: int) -> None:
    """Write about so many frames: each person's slate, then bursts of their photos."""
    rng = np.random.default_rng(seed + 1)
    kinds: Iterator[tuple[str, ...]] = cycle([_SPOILT, (BLINK, FOCUS), (MOTION,), (BLINK,), ()])
    each = max(1, round(frames / len(people)))
    for name, photos in people.items():
        start = len(card.truth)
        if rng.random() < 0.3:
            card.wall()
        card.held(name, photos[0], slate_code(name))
        for portrait in cycle(photos):
            burst = [GOOD] * int(rng.integers(1, 3)) + list(next(kinds))
            rng.shuffle(burst)
            kind = ("pair", "alone")[int(rng.integers(2))] if rng.random() < raw else ""
            card.burst(name, portrait, burst, raw=kind)
            if len(card.truth) - start >= each or len(card.truth) >= frames:
                break
        if len(card.truth) >= frames:
            break


def figures(truth: list[Truth], culled: Culled) -> dict[str, float]:
    """How often what was said of the frames is right."""
    judged = dict(zip((each.name for each in culled.frames), culled.judged, strict=True))
    measures = dict(zip((each.name for each in culled.frames), culled.measures, strict=True))
    kinds = {each.name: each for each in truth}
    stacks = {each.stack for each in truth if each.stack >= 0}
    right, whole = 0, 0
    wrong: list[str] = []
    for stack in stacks:
        names = [each.name for each in truth if each.stack == stack]
        found = [judged[name] for name in names]
        whole += len({each.stack for each in found if each}) == 1 and None not in found
        best = [name for name in names if (one := judged[name]) and one.rank == 1]
        good = bool(best) and all(kinds[name].kind == GOOD for name in best)
        right += good
        if not good:
            wrong += [f"{name} ({kinds[name].person}, {kinds[name].kind})" for name in best]
    blinks = [name for name, each in kinds.items() if each.kind == BLINK]
    others = [name for name, each in kinds.items() if each.kind in (GOOD, FOCUS, MOTION)]

    def closed(name: str) -> bool:
        one = judged[name]
        return one is not None and any(flaw.words.startswith("eyes ") and "closed" in flaw.words
                                       for flaw in one.flaws)  # fmt: skip

    slates = [name for name, each in kinds.items() if each.kind == SLATE]
    for name in wrong:
        sys.stderr.write(f"best of its stack: {name}\n")
    for name in [*(n for n in blinks if not closed(n)), *(n for n in others if closed(n))]:
        found = measures[name]
        sys.stderr.write(f"{name} {kinds[name]}: eyes open {found.eyes_open:.2f}\n")
    return {
        "frames": len(kinds),
        "stacks": len(stacks),
        "stacks found whole": whole / len(stacks),
        "best of stack right": right / len(stacks),
        "blinks found": sum(map(closed, blinks)) / max(1, len(blinks)),
        "false blinks": sum(map(closed, others)) / max(1, len(others)),
        "slates read": sum(measures[n].slate == kinds[n].person for n in slates)
        / max(1, len(slates)),
    }


class _Memory:
    """The most memory that this process and its children held, bytes of proportional set size."""

    def __init__(self) -> None:
        self.most = 0
        self._ended = Event()
        self._thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> _Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        own = psutil.Process()
        while not self._ended.wait(0.25):
            held = 0
            for each in [own, *own.children(recursive=True)]:
                try:
                    held += each.memory_info().rss
                except psutil.Error:
                    continue
            self.most = max(self.most, held)


def people_figures(truth: list[Truth], culled: Culled) -> dict[str, float]:
    """How many frames with a face are put to whom they show, by slates and by faces alone."""
    kinds = {each.name: each for each in truth}
    shown = [each for each in truth if each.stack >= 0]
    values: dict[str, float] = {}
    for way, found in (("slate", by_slate(culled)), ("face", by_face(culled))):
        right = mixed = 0
        named: set[str] = set()
        for person in found.people:
            whose = [kinds[culled.frames[place].name].person for place in person.frames]
            usual = max(set(whose), key=whose.count) if way == "face" else person.name
            mixed += sum(each != usual for each in whose)
            # Of a person who was found twice, the second group counts as wrong.
            right += 0 if usual in named else sum(each == usual for each in whose)
            named.add(usual)
        values[f"sorted right by {way}"] = right / len(shown)
        values[f"put to somebody else by {way}"] = mixed / len(shown)
        values[f"put to nobody by {way}"] = 1 - sum(
            len(each.frames) for each in found.people
        ) / len(shown)
    return values


def _make(place: Path, options: argparse.Namespace) -> None:
    """Make the card in another process, whose memory is not counted."""
    command = [sys.executable, "-m", __spec__.name, str(options.folder), "--make"]
    values = [f"--{each}={getattr(options, each)}" for each in ("frames", "size", "raw", "seed")]
    subprocess.run([*command, f"--keep={place}", *values], check=True)


def _processor_seconds() -> float:
    return sum(
        getattr(resource.getrusage(who), each)
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        for each in ("ru_utime", "ru_stime")
    )


def main() -> None:
    """Make a card, cull it, and write what was found as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--size", type=int, default=6000, help="longer side, pixels")
    parser.add_argument("--raw", type=float, default=0.05, help="share of bursts in RAW")
    parser.add_argument(
        "--keep", type=Path, help="leave the card in this folder, and use one that is there"
    )
    parser.add_argument("--seed", type=int, default=1, help="of what differs between frames")
    parser.add_argument("--make", action="store_true", help="only make the card")
    options = parser.parse_args()
    if options.make:
        card = Card(options.keep / "100EOSR5", size=options.size, seed=options.seed)
        fill(card, portraits(options.folder), options.frames, options.raw, options.seed)
        truth = [asdict(each) for each in card.truth]
        (options.keep / _TRUTH).write_text(json.dumps(truth))
        return
    with tempfile.TemporaryDirectory() as scratch:
        place = options.keep or Path(scratch)
        if not (place / _TRUTH).exists():
            _make(place, options)
        truth = [Truth(**each) for each in json.loads((place / _TRUTH).read_text())]
        start, before = time.perf_counter(), _processor_seconds()
        with _Memory() as memory:
            culled = read_card(place / "100EOSR5")
            outcomes = write_verdicts(culled)
        seconds, used = time.perf_counter() - start, _processor_seconds() - before
        found = {**figures(truth, culled), **people_figures(truth, culled)}
    assert len(outcomes) == len(truth)
    found |= {"seconds": seconds, "frames a second": len(truth) / seconds}
    found |= {"processor seconds a frame": used / len(truth), "memory, MB": memory.most / 1e6}
    found["machine"] = describe()
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
