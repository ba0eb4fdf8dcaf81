"""The dialogs in a real GIMP on a screen: opened, worked with, stopped; what they bring, undone."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest

from ...serving import Running
from .conftest import pictured_screen
from .prepare import Gimp
from .screen import Screen, enter

# Where things are in the window, pixels from its corner.
EXECUTIVE, FIRST, STOP = (190, 180), (600, 170), (1080, 35)


@pytest.fixture(scope="module")
def shown(
    gimp: Gimp,
    ada: str,
    server_folder: Path,
    python: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Screen]:
    """A screen on which GIMP can be started, with somebody enrolled."""
    folder = tmp_path_factory.mktemp("screen")
    with pictured_screen(gimp, server_folder, python, folder) as running:
        yield running


def test_made_headshots_come_in_as_layers_and_one_undo_takes_them_back(
    shown: Screen, window: str, server: Running
) -> None:
    assert ", 1 layer)" in shown.title(window)
    dialog = enter(shown, window, "Make headshots", "Make headshots")
    job = list(_begun(shown, dialog, server))[-1]
    made: list[bytes] = []  # of the dialog a picture may be old when it is looked at
    shown.until(
        lambda: _sees(shown, _with_the_last(made, server, job)), "no picture of what is made", 60
    )
    ended = server.ended(job, 120)
    assert ended["state"] == "done", ended
    time.sleep(1.5)  # the thumbnails are fetched and laid out
    shown.picture("candidates")
    shown.keys(dialog, "alt+a", "Down", "alt+b")  # into this image
    shown.until(lambda: ", 1 layer)" not in shown.title(window), "no layers came", 20)
    assert shown.window("^Make headshots$", 1) == dialog
    shown.keys(dialog, "Escape")
    shown.gone("^Make headshots$")
    assert " layers)" in shown.title(window)
    time.sleep(1)
    shown.picture("brought-in")
    shown.keys(window, "ctrl+z")
    shown.until(lambda: ", 1 layer)" in shown.title(window), "one Ctrl+Z was not enough", 20)


def test_an_order_is_stopped_while_another_waits_for_its_turn(
    shown: Screen, window: str, server: Running
) -> None:
    dialog = enter(shown, window, "Make headshots", "Make headshots")
    first = list(_begun(shown, dialog, server))[-1]
    shown.keys(dialog, "alt+m")
    shown.until(lambda: list(_states(server))[-1] != first, "no second order", 20)
    shown.picture("queue")
    second = list(_states(server))[-1]
    _click(shown, dialog, STOP)
    assert server.ended(first, 60)["state"] == "cancelled"
    shown.until(lambda: _states(server)[second] in ("running", "done"), "it isn't made", 30)
    shown.keys(dialog, "Escape")
    shown.gone("^Make headshots$")
    ended = ("cancelled", None)  # or it was done already, and is dropped with the window
    shown.until(lambda: _states(server).get(second) in ended, "it goes on", 30)
    assert ", 1 layer)" in shown.title(window)


def test_two_looks_are_chosen_by_picture_and_one_is_looked_at_beside_its_source(
    shown: Screen, window: str, server: Running, ada: str
) -> None:
    dialog = enter(shown, window, "Make headshots", "Make headshots")
    time.sleep(2)
    _click(shown, dialog, EXECUTIVE)
    shown.keys(dialog, "alt+p", "ctrl+a", "1", "Tab")  # one of each
    job = list(_begun(shown, dialog, server))[-1]
    assert server.ended(job, 180)["state"] == "done"
    sheet = server.client.get(f"/v1/jobs/{job}/sheet").json()
    assert [each["look"] for each in sheet] == ["studio-grey", "executive"]
    first = sheet[0]
    path = f"/v1/jobs/{job}/results/{first['node']}/{first['output']}/{first['index']}"
    asked = {"form": "png", "longest": 190}
    small = server.client.get(path, params=asked).content
    shown.until(lambda: _sees(shown, [small]), "no candidates", 20)
    _click(shown, dialog, FIRST)
    time.sleep(2)
    large = _pixels(shown.picture("large").read_bytes())
    source = _pixels(server.client.get(f"{path}/source", params=asked).content)
    with _held(shown, "backslash"):
        shown.until(lambda: _looks_like(shown, large, source), "no source photo", 10)
        shown.picture("source")
    shown.until(lambda: not _looks_like(shown, large, source), "it stays", 10)
    shown.keys(dialog, "k", "Right", "k", "Escape")
    shown.picture("chosen")
    shown.keys(dialog, "alt+b")
    shown.until(lambda: "[Untitled]" in shown.title(window), "no image came", 30)
    shown.keys(dialog, "Escape")
    shown.gone("^Make headshots$")


def test_a_gimp_that_is_gone_leaves_no_job_running(
    shown: Screen, window: str, server: Running
) -> None:
    dialog = enter(shown, window, "Make headshots", "Make headshots")
    begun = _begun(shown, dialog, server)
    shown.gimp.kill()
    _all_end(server, "cancelled", begun)
    shown.gone("^Make headshots$")


def _begun(shown: Screen, dialog: str, server: Running) -> dict[str, str]:
    """Press the button; `_states` once a new job runs."""
    before = set(_states(server))
    time.sleep(2)  # the form is made
    end = time.monotonic() + 60
    while time.monotonic() < end:
        states = _states(server)
        new = states.keys() - before
        if not new:
            shown.keys(dialog, "alt+m")
        if any(states[id] == "running" for id in new):
            return states
        time.sleep(0.2)
    raise AssertionError(f"nothing was ordered; see {shown.picture('trouble')}")


def _click(shown: Screen, dialog: str, place: tuple[int, int]) -> None:
    """Click at a place of the dialog."""
    where = map(str, place)
    shown.do("xdotool", "mousemove", "--window", dialog, *where, "click", "1")


@contextmanager
def _held(shown: Screen, key: str) -> Iterator[None]:
    """A key held down while the block runs."""
    shown.do("xdotool", "keydown", key)
    try:
        yield
    finally:
        shown.do("xdotool", "keyup", key)


def _looks_like(shown: Screen, before: cv2.typing.MatLike, wanted: cv2.typing.MatLike) -> bool:
    """Whether what has changed on the screen since `before` is the picture `wanted`."""
    now = _pixels(shown.picture("now").read_bytes())
    rows, columns = np.nonzero(np.abs(now.astype(int) - before).max(axis=2) > 12)
    if len(rows) < 10_000:
        return False
    part = now[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    height, width = part.shape[:2]
    alike = cv2.resize(wanted, (width, height), interpolation=cv2.INTER_AREA)
    return bool(cv2.matchTemplate(part, alike, cv2.TM_CCOEFF_NORMED).max() > 0.9)


def _with_the_last(made: list[bytes], server: Running, job: str) -> list[bytes]:
    """`made` and the picture that was made last, as large as a dialog shows it."""
    asked = {"form": "png", "longest": 190}
    answer = server.client.get(f"/v1/jobs/{job}/preview", params=asked)
    if answer.is_success and answer.content not in made:
        made.append(answer.content)
    return made


def _sees(shown: Screen, pictures: list[bytes]) -> bool:
    """Whether one of the pictures is on the screen."""
    screen = shown.picture("making").read_bytes()
    return any(_holds(_pixels(screen), _pixels(each)) for each in pictures)


def _holds(screen: cv2.typing.MatLike, part: cv2.typing.MatLike) -> bool:
    return bool(cv2.matchTemplate(screen, part, cv2.TM_CCOEFF_NORMED).max() > 0.98)


def _pixels(png: bytes) -> cv2.typing.MatLike:
    pixels = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    return pixels


def _all_end(server: Running, how: str, jobs: dict[str, str]) -> None:
    """Wait until nothing runs any more; the newest of `jobs` has to have ended as `how`."""
    end = time.monotonic() + 20  # three seconds, and what a step takes on a busy machine
    while "running" in (states := _states(server)).values():
        assert time.monotonic() < end, states
        time.sleep(0.1)
    assert states[list(jobs)[-1]] == how


def _states(server: Running) -> dict[str, str]:
    """The state of every job; to ask for all of them doesn't count as watching one."""
    return {each["id"]: each["state"] for each in server.client.get("/v1/jobs").json()}


def test_the_row_of_a_sitter_says_until_when_they_are_kept(
    shown: Screen, ada: str, server: Running
) -> None:
    until = server.client.get(f"/v1/identities/{ada}").json()["until"]
    program = Path(__file__).with_name("sitter_row.py")
    said = shown.do("python3", str(program), server.facts["url"], server.facts["token"], ada)
    assert said == f"{ada} is kept until {until}."


def test_every_recipe_is_asked_for_what_it_sets(shown: Screen, ada: str, server: Running) -> None:
    program = Path(__file__).with_name("recipe_rows.py")
    said = shown.do("python3", str(program), server.facts["url"], server.facts["token"])
    rows = json.loads(said)
    shapes = {each["name"]: each for each in server.client.get("/v1/recipes").json()}
    assert rows.keys() == shapes.keys()
    for name, (labels, values) in rows.items():
        assert len(set(labels)) == len(labels), labels
        assert values.keys() <= shapes[name]["inputs"].keys()
    labels, values = rows["generate"]
    assert "Sitter" in labels and ada in values.values()
