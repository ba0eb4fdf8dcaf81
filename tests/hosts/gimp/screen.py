"""A real GIMP on a screen that nobody sees, driven by mouse and keys."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image as Pillow

from .prepare import Gimp

SIZE = 1280, 900  # pixels
_SCREEN = "exec Xvfb -displayfd 1 -screen 0 {}x{}x24 -nolisten tcp"


class Screen:
    """A screen with GIMP on it.

    folder: where pictures of it are written. size: width and height, pixels.
    """

    gimp: subprocess.Popen[bytes]
    size = SIZE

    def __init__(
        self, where: Gimp, display: str, profile: Path, folder: Path, more: dict[str, str]
    ) -> None:
        self._where = where
        self._environment = {
            **more,
            "DISPLAY": display,
            "GIMP3_DIRECTORY": str(profile),
            "HOME": str(profile),
        }
        self.folder = folder

    def start(self, *arguments: str, log: Path | None = None) -> subprocess.Popen[bytes]:
        """Start a program on the screen."""
        with (log or Path("/dev/null")).open("wb") as out:
            return subprocess.Popen(
                self._where.command(*arguments, environment=self._environment),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def do(self, *arguments: str) -> str:
        """Run a program on the screen to its end; what it printed."""
        ran = subprocess.run(
            self._where.command(*arguments, environment=self._environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        return ran.stdout.strip()

    def window(self, name: str, seconds: float = 60) -> str:
        """Id of the window whose title matches `name`, once it is there."""
        return self.until(
            lambda: self.do("xdotool", "search", "--onlyvisible", "--name", name).split("\n")[0],
            f"no window {name!r}",
            seconds,
        )

    def title(self, window: str) -> str:
        """The title of a window."""
        return self.do("xdotool", "getwindowname", window)

    def gone(self, name: str, seconds: float = 30) -> None:
        """Wait until no window has that title."""
        self.until(
            lambda: not self.do("xdotool", "search", "--onlyvisible", "--name", name),
            f"the window {name!r} stays",
            seconds,
        )

    def keys(self, window: str, *keys: str) -> None:
        """Press keys in a window."""
        self.do("xdotool", "windowactivate", "--sync", window, "key", "--delay", "60", *keys)

    def type(self, text: str) -> None:
        """Type into whatever has the focus."""
        self.do("xdotool", "type", "--delay", "20", text)

    def picture(self, name: str, window: str = "root") -> Path:
        """Take a picture of the screen, or of one window."""
        path = self.folder / f"{name}.png"
        self.do("import", "-window", window, str(path))
        return path

    def settled(self, name: str, window: str, seconds: float = 10) -> Path:
        """A picture of a window that has stayed the same for a second and a half; the last one,
        where it doesn't settle in time.
        """
        end = time.monotonic() + seconds
        path = self.picture(name, window)
        while time.monotonic() < end:
            with Pillow.open(path) as before:
                pixels = before.tobytes()
            time.sleep(1.5)
            with Pillow.open(self.picture(name, window)) as after:
                if after.tobytes() == pixels:
                    break
        return path

    def until(self, found: Callable[[], object], trouble: str, seconds: float) -> str:
        """Wait for `found` to return something; what it is.

        Raises:
            AssertionError: it didn't in time; a picture of the screen is left.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if got := found():
                return str(got)
            time.sleep(0.1)
        raise AssertionError(f"{trouble}; see {self.picture('trouble')}")


@contextmanager
def screen(
    gimp: Gimp,
    profile: Path,
    folder: Path,
    environment: dict[str, str] | None = None,
    size: tuple[int, int] = SIZE,
) -> Iterator[Screen]:
    """An empty screen with a window manager while the block runs.

    environment: more variables of the programs on it. size: width and height, pixels.
    """
    server = subprocess.Popen(
        gimp.command("sh", "-c", _SCREEN.format(*size)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    started = [server]
    try:
        assert server.stdout is not None
        display = f":{server.stdout.readline().strip()}"
        shown = Screen(gimp, display, profile, folder, environment or {})
        shown.size = size
        started.append(shown.start("openbox"))  # type: ignore[arg-type]
        shown.until(lambda: shown.do("xdotool", "get_desktop"), "no window manager", 20)
        yield shown
    finally:
        for each in reversed(started):
            each.terminate()
            try:
                each.wait(10)
            except subprocess.TimeoutExpired:
                each.kill()
                each.wait(10)


@contextmanager
def gimp_on(shown: Screen, picture: Path) -> Iterator[str]:
    """The one GIMP of a screen with a picture open; the id of its window.

    Its process is `shown.gimp`.
    """
    log = shown.folder / "gimp.log"
    running = shown.gimp = shown.start("gimp", "--no-splash", str(picture), log=log)
    try:
        window = shown.window(r"\((RGB|Gray|Grey)", 120)
        width, height = shown.size
        shown.do("xdotool", "windowsize", window, str(width), str(height - 30))
        shown.do("xdotool", "windowmove", window, "0", "20")
        shown.do("xdotool", "mousemove", "5", "5")  # where it calls up no tooltip
        yield window
    finally:
        running.kill()
        running.wait(15)


def enter(shown: Screen, window: str, entry: str, title: str) -> str:
    """Open an entry by GIMP's search for actions; the id of its dialog."""

    def searched() -> bool:
        # A GIMP that has only just come passes keys over; or a field of a tool has them.
        shown.keys(window, "Escape", "slash")
        try:
            return bool(shown.window("Search Actions|Aktion", 4))
        except AssertionError:
            return False

    shown.until(searched, "no search for actions", 90)
    time.sleep(0.4)
    shown.do("xdotool", "key", "ctrl+a")  # a second slash may stand there
    shown.type(entry)
    time.sleep(1)
    shown.do("xdotool", "key", "Return")
    return shown.window(f"^{title}$", 60)
