"""A real darktable on a screen that nobody sees, with a library of its own."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from ..debian import imagemagick, program

WIDTH, HEIGHT = 1280, 900
_START_SECONDS, _STARTS = 25, 4
_ANSWER_SECONDS = 120
_SETTLING_SECONDS = 1.0
_INSIDE = Path(__file__).with_name("inside.lua")
# A first start that asks nothing, tells nobody, and fills the screen.
_SETTINGS = f"""\
ui_last/window_w={WIDTH}
ui_last/window_h={HEIGHT}
ui_last/window_x=0
ui_last/window_y=0
opencl=FALSE
ui_last/no_april1st=true
plugins/lighttable/headshots/expanded=TRUE
"""

# What darktable knows of each picture, by file name.
_FACTS = """
local dt = require "darktable"
local facts = {}
for _, image in ipairs(dt.database) do
  if image.path == %s then
    local colours, tags = {}, {}
    for _, colour in ipairs({"red", "yellow", "green", "blue", "purple"}) do
      if image[colour] then colours[#colours + 1] = colour end
    end
    for _, tag in ipairs(dt.tags.get_tags(image)) do
      if tag.name:sub(1, 10) ~= "darktable|" then tags[#tags + 1] = tag.name end
    end
    facts[image.filename] = {
      rating = image.rating, colours = colours, tags = tags,
      title = image.title, description = image.description,
      creator = image.creator, rights = image.rights,
      width = image.width, height = image.height,
      leader = image.group_leader.filename,
    }
  end
end
return {pictures = facts, amount = #dt.database}
"""
_COUNT = """
local count = 0
for _, image in ipairs(require("darktable").database) do
  if image.path == %s then count = count + 1 end
end
return count
"""
_IMPORT = 'require("darktable").database.import(%s)'


class Imported(NamedTuple):
    """What darktable holds of one picture that it imported.

    rating: stars, 0 to 5; -1 is rejected.
    colours: the labels that it bears: "red", "yellow", "green", "blue", "purple".
    tags: its keywords, hierarchies with "|" between their levels; not those of darktable itself.
    leader: the file of the group that it stands in.
    """

    rating: int
    colours: list[str]
    tags: list[str]
    title: str
    description: str
    creator: str
    rights: str
    width: int
    height: int
    leader: str


class Darktable:
    """A running darktable. folder: its own; display: the screen that it is on."""

    def __init__(self, folder: Path, display: str) -> None:
        self.folder, self.display = folder, display
        self._orders = 0

    @property
    def version(self) -> str:
        """Such as "4.2.1"."""
        return (self.folder / "orders" / "version").read_text()

    def ask(self, lua: str) -> Any:
        """What the Lua chunk returns: a text, a number, or a table of these.

        Raises:
            RuntimeError: it failed, or didn't answer in time.
        """
        self._orders += 1
        order = self.folder / "orders" / f"{self._orders}.lua"
        part = order.with_suffix(".part")
        part.write_text(lua)
        part.rename(order)
        answer = json.loads(self.wait_for(order.with_suffix(".json"), _ANSWER_SECONDS).read_text())
        if "raised" in answer:
            raise RuntimeError(answer["raised"])
        return answer.get("answer")

    def imports(self, pictures: Path, amount: int) -> dict[str, Imported]:
        """Import a folder, as "add to library" does; its `amount` pictures by their file names.

        Raises:
            RuntimeError: there aren't as many in time.
        """
        self.ask(_IMPORT % quoted(str(pictures)))
        return self.pictures(pictures, amount)

    def pictures(self, folder: Path, amount: int) -> dict[str, Imported]:
        """The `amount` pictures of a folder in the library, once they are there."""
        end = time.monotonic() + _ANSWER_SECONDS
        count = 0
        while time.monotonic() < end:
            count = self.ask(_COUNT % quoted(str(folder)))
            if count >= amount:
                # darktable 4.2 dies where tags are asked for while the import still makes some.
                time.sleep(_SETTLING_SECONDS)
                found = self.ask(_FACTS % quoted(str(folder)))["pictures"] or {}
                return {name: Imported(**facts) for name, facts in found.items()}
            time.sleep(0.2)
        raise RuntimeError(f"darktable holds {count} of {amount} pictures in {folder}")

    def screenshot(self, name: str) -> Path:
        """A picture of the screen, as PNG in `folder`."""
        path = self.folder / f"{name}.png"
        subprocess.run(
            [*imagemagick("import"), "-window", "root", str(path)],
            env={**os.environ, "DISPLAY": self.display},
            check=True,
        )
        return path

    def click(self, across: int, down: int) -> None:
        """Press the left button at a place of the screen, in pixels."""
        command = [str(program("xdotool")), "mousemove", str(across), str(down), "sleep", "0.3"]
        subprocess.run(
            [*command, "click", "1"], env={**os.environ, "DISPLAY": self.display}, check=True
        )

    def wait_for(self, path: Path, seconds: float) -> Path:
        """`path`, once it is there; raises RuntimeError if it isn't in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if path.exists():
                return path
            time.sleep(0.02)
        log = (self.folder / "log").read_text("utf-8", "replace")
        raise RuntimeError(f"darktable wrote no {path.name}: {log[-2000:]}")


def quoted(text: str) -> str:
    """`text` as a Lua string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


@contextmanager
def darktable(
    folder: Path, *, before: Callable[[Path], object] = lambda config: None, **environment: str
) -> Iterator[Darktable]:
    """A darktable while the block runs, its settings, library and thumbnails below `folder`.

    Args:
        before: called with its folder of settings before it starts, to put a script in.
        environment: variables that it sees besides.

    Raises:
        RuntimeError: it can't be installed here, or didn't start.
    """
    command, xvfb = str(program("darktable")), str(program("xvfb"))
    for each in ("config", "cache", "orders"):
        (folder / each).mkdir(parents=True)
    (folder / "config" / "darktablerc").write_text(_SETTINGS)
    before(folder / "config")
    with (folder / "config" / "luarc").open("a") as luarc:
        luarc.write(f"dofile({quoted(str(_INSIDE))})\n")
    screen = subprocess.Popen(
        [xvfb, "-displayfd", "1", "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    started = [screen]
    try:
        assert screen.stdout is not None
        shown = Darktable(folder, f":{screen.stdout.readline().strip()}")
        for start in range(_STARTS):  # about once in twenty it hangs before it runs any script
            started.append(_begun(command, shown, environment))
            try:
                shown.wait_for(folder / "orders" / "version", _START_SECONDS)
                break
            except RuntimeError:
                if start == _STARTS - 1:
                    raise
                _end(started.pop())
        yield shown
    finally:
        for each in reversed(started):
            _end(each)


def _begun(
    command: str, shown: Darktable, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """A darktable on that screen."""
    folder = shown.folder
    places = {"--configdir": "config", "--cachedir": "cache", "--library": "library.db"}
    arguments = [part for flag, name in places.items() for part in (flag, str(folder / name))]
    for lock in (folder / "library.db.lock", folder / "config" / "data.db.lock"):
        lock.unlink(missing_ok=True)  # of one that was ended
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [command, *arguments, "--disable-opencl"],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(folder),
                "LANG": "C.UTF-8",
                "DISPLAY": shown.display,
                "NO_AT_BRIDGE": "1",
                "GSETTINGS_BACKEND": "memory",
                "HEADSHOTS_TEST_ORDERS": str(folder / "orders"),
                **environment,
            },
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def _end(process: subprocess.Popen[Any]) -> None:
    """Kill it: nothing of its is needed any more."""
    process.kill()
    process.wait(10)
