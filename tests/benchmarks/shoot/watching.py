"""How soon `headshots watch` judges a new frame, and shows the best one in the look.

    .venv/bin/python -m tests.benchmarks.shoot.watching CARD [--frames 10]

CARD is what `tests.benchmarks.shoot --keep` left. Each frame is its person's best so far for once:
the person is changed before it comes.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from headshots.core.culling.tethered import News, Tethered
from headshots.core.culling.watch_page import STATE, WatchPage
from headshots.core.generation import find_look

from ..machine import describe

_LOOK_SECONDS = 0.2  # as the command looks


def main() -> None:
    """Copy frames into a folder that is watched, and write the seconds as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card", type=Path)
    parser.add_argument("--frames", type=int, default=10)
    options = parser.parse_args()
    frames = sorted(options.card.rglob("*.JPG"))
    judged: list[float] = []
    shown: list[float] = []
    with tempfile.TemporaryDirectory() as place, tempfile.TemporaryDirectory() as served:
        folder, pages = Path(place), Path(served)
        tethered, page = Tethered(folder), WatchPage(pages, find_look("team-neutral"))
        told: list[News] = []

        def tell(news: News) -> None:
            told.append(news)
            page.tell(news, tethered.person, tethered.best)

        for number, frame in enumerate(frames):
            tethered.person = f"Person {number}"
            before, pictures = len(told), _number(pages)
            shutil.copy(frame, folder / frame.name)
            start = time.monotonic()
            while len(told) == before:
                tethered.look(tell)
                time.sleep(_LOOK_SECONDS)
            if told[-1].stars < 0:  # a wall or a slate
                continue
            while _number(pages) < pictures + 2 and time.monotonic() < start + 60:
                time.sleep(0.02)
            if number:  # the first loads the weights
                judged.append(told[-1].seconds + 2 * _LOOK_SECONDS)
                shown.append(time.monotonic() - start)
            if len(shown) == options.frames:
                break
        page.end()
    values = {
        each: {"median": statistics.median(seconds), "most": max(seconds)}
        for each, seconds in (("judged", judged), ("shown in the look", shown))
    }
    sys.stdout.write(json.dumps({**values, "machine": describe()}, indent=1) + "\n")


def _number(pages: Path) -> int:
    state = (pages / STATE).read_text()
    picture = json.loads(state[len("show(") : -len(");")])["picture"]
    return int(picture.removeprefix("best-").removesuffix(".jpg") or 0)


if __name__ == "__main__":
    main()
