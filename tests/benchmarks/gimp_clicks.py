"""Clicks and seconds in GIMP, from a bare machine to a delivered headshot, as Markdown.

    .venv/bin/python tests/benchmarks/gimp_clicks.py [FOLDER for pictures of the screen]

A real GIMP on a screen that nobody sees, with the folder that is downloaded in it and no
headshots. Three public portraits are open. An entry of the menu counts as three clicks (Filters,
Headshots, the entry); a typed text is none. Seconds go from the last click until what was wanted is
there; what is made twice is cold (the server has just started) and warm. Packages are fetched from
where pip fetches them here; the weights lie on the disk already, so fetching them isn't timed.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from headshots.core.settings import settings  # noqa: E402
from headshots.core.weights.store import weight_path  # noqa: E402
from headshots.tests.benchmarks.machine import describe  # noqa: E402
from tests.hosts.gimp.console import lay_out  # noqa: E402
from tests.hosts.gimp.prepare import prepare  # noqa: E402
from tests.hosts.gimp.screen import HEIGHT, WIDTH, Screen, enter, screen  # noqa: E402
from tests.hosts.gimp.unpacked import unpack, variables  # noqa: E402

PHOTOS = ("obama", "obama2", "obama3")
MENU = 3
LOOKS = ((190, 180), (325, 180), (460, 180))  # places of three more looks in the window


class Hand:
    """Clicks in a screen's windows; rows of the table."""

    def __init__(self, shown: Screen, folder: Path) -> None:
        self.shown, self.folder = shown, folder
        self.rows: list[str] = []
        self.count, self.since = 0, 0.0

    def menu(self, window: str, entry: str) -> str:
        """Open an entry; the id of its window."""
        self.count += MENU
        dialog = enter(self.shown, window, entry, entry)
        self.since = time.monotonic()
        return dialog

    def press(self, dialog: str, *keys: str) -> None:
        """Press a button by its mnemonic, which counts as the click that it stands for."""
        self.shown.keys(dialog, *keys)
        self.count += 1
        self.since = time.monotonic()

    def click(self, dialog: str, place: tuple[int, int]) -> None:
        """Click at a place of a window."""
        where = map(str, place)
        self.shown.do("xdotool", "mousemove", "--window", dialog, *where, "click", "1")
        self.count += 1
        self.since = time.monotonic()

    def done(self, what: str) -> None:
        """What was wanted is there: one more row."""
        seconds = time.monotonic() - self.since
        self.rows.append(f"| {what} | {self.count} | {seconds:.1f} |")
        self.count = 0

    def server(self) -> httpx.Client:
        """The server, once one answers."""
        facts = self.folder / "run/server.json"
        self.shown.until(facts.exists, "no server", 600)
        said = json.loads(facts.read_bytes())
        headers = {"Authorization": f"Bearer {said['token']}"}
        return httpx.Client(base_url=said["url"], headers=headers, timeout=60)


def main(kept: str = "") -> None:
    gimp = prepare()
    with tempfile.TemporaryDirectory() as base:
        folder = Path(base)
        profile = lay_out(folder / "profile", gimp.version())
        unpack(profile, folder)
        (folder / "pictures").mkdir()
        with screen(
            gimp, profile, folder / "pictures", variables(gimp, folder, settings().weights)
        ) as shown:
            hand = Hand(shown, folder)
            photos = [_copied(name, folder) for name in PHOTOS]
            running = shown.start("gimp", "--no-splash", *map(str, photos))
            try:
                window = shown.window(r"\((RGB|Gray|Grey)", 120)
                shown.do("xdotool", "windowsize", window, str(WIDTH), str(HEIGHT - 30))
                shown.do("xdotool", "windowmove", window, "0", "20")
                time.sleep(5)
                _work(hand, window)
            finally:
                running.kill()
                running.wait(15)
                for each in folder.glob("run/server.json"):
                    os.kill(json.loads(each.read_bytes())["pid"], signal.SIGTERM)
        if kept:
            shutil.copytree(folder / "pictures", kept, dirs_exist_ok=True)
    sys.stdout.write(f"| In GIMP {gimp.version()} | clicks | seconds |\n|---|---|---|\n")
    sys.stdout.write("\n".join(hand.rows) + f"\n\n{describe()}\n")


def _work(hand: Hand, window: str) -> None:
    shown = hand.shown
    dialog = hand.menu(window, "Enrol sitter")
    time.sleep(2)
    hand.press(dialog, "alt+i")
    time.sleep(1)
    hand.press(shown.do("xdotool", "getactivewindow"), "alt+i")
    server = hand.server()
    shown.until(lambda: _height(shown, dialog) > 330, "no form", 120)
    hand.done("Install headshots from the unpacked folder, until it can be worked with")

    time.sleep(1)
    shown.keys(dialog, "alt+n")
    shown.type("Ada")
    hand.press(dialog, "alt+p", "Down")  # all open images
    hand.press(dialog, "Tab", "space")
    shown.picture("enrol")
    hand.press(dialog, "alt+e")
    shown.until(lambda: server.get("/v1/identities").json(), "nobody was enrolled", 120)
    hand.count += 1  # opens the list of sources
    hand.done("Enrol from the three open photos, until the sitter is stored")
    hand.press(dialog, "Escape")
    hand.count = 0

    for when in ("cold", "warm"):
        dialog = hand.menu(window, "Make headshots")
        time.sleep(4)
        hand.since = time.monotonic()
        for place in LOOKS:
            hand.click(dialog, place)
        shown.keys(dialog, "alt+p", "ctrl+a")
        shown.type("1")
        hand.press(dialog, "alt+m")
        job = _made(hand, server)
        hand.done(f"Four looks, one picture of each, until they are judged, {when}")
        time.sleep(3)
        shown.picture(f"made-{when}")
        if when == "cold":
            hand.press(dialog, "Escape")
            hand.count = 0
            continue
        sheet = server.get(f"/v1/jobs/{job}/sheet").json()
        kept = [place for place, each in enumerate(sheet) if each["verdict"] == "keep"]
        hand.press(dialog, "alt+b")
        shown.until(lambda: "[Untitled]" in shown.title(window), "nothing came", 60)
        hand.done(f"Bring {len(kept)} in as layers")
        hand.press(dialog, "Escape")
        hand.count = 0

    dialog = hand.menu(window, "Retouch skin")
    time.sleep(6)
    before = _layers(shown, window)
    hand.press(dialog, "alt+a")
    shown.until(lambda: _layers(shown, window) > before, "no layer came", 60)
    hand.done("Retouch, with the preview open")
    hand.press(dialog, "Escape")
    hand.count = 0

    dialog = hand.menu(window, "Deliver")
    time.sleep(4)
    hand.press(dialog, "alt+w")
    out = hand.folder / "out"
    shown.until(lambda: any(out.rglob("*.jpg")) or any(out.rglob("*.png")), "no file", 60)
    hand.done("Deliver the layer as a file")


def _made(hand: Hand, server: httpx.Client) -> str:
    """The last order, once it is done."""

    def last() -> str:
        jobs = server.get("/v1/jobs").json()
        return jobs[-1]["id"] if jobs and jobs[-1]["state"] == "done" else ""

    before = last()
    return hand.shown.until(lambda: (now := last()) != before and now, "nothing was made", 180)


def _layers(shown: Screen, window: str) -> int:
    return int(shown.title(window).rpartition(" layer")[0].rpartition(" ")[2])


def _height(shown: Screen, window: str) -> int:
    lines = shown.do("xdotool", "getwindowgeometry", "--shell", window).split()
    return int(dict(line.split("=") for line in lines)["HEIGHT"])


def _copied(name: str, folder: Path) -> Path:
    """A photo where GIMP sees it."""
    path = folder / f"{name}.jpg"
    path.write_bytes(weight_path(f"photo-{name}").read_bytes())
    return path


if __name__ == "__main__":
    main(*sys.argv[1:])
