"""A running ComfyUI runs the nodes of other packs that a recipe of ours holds."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import sleep
from typing import Any

import numpy as np
import pytest

from headshots.core import cli
from headshots.core.batch.batch import run_batch
from headshots.core.batch.local import Processes
from headshots.core.batch.people import read_people
from headshots.core.batch.plan import RECIPE, Plan
from headshots.core.comfyui.addresses import addresses, warnings
from headshots.core.errors import (
    Cancelled,
    ComfyuiFailed,
    ComfyuiLacks,
    ComfyuiOutOfMemory,
    ComfyuiRefused,
    ComfyuiRemote,
    ComfyuiUnreachable,
    InputError,
)
from headshots.core.photos import read_photo
from headshots.core.progress import Progress
from headshots.core.recipes.documents import built_in
from headshots.core.recipes.graph import build
from headshots.core.recipes.runner import Results, run
from headshots.core.settings import settings

from ...serving import Running, begin
from .conftest import PROBE
from .graphs import Graph, Prompt
from .prepare import Environment
from .server import Server, serving

PEOPLE = ("Ada", "Ben", "Cleo")


@pytest.fixture
def worker(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """The running server, named in the settings; nothing may be left in it."""
    name(monkeypatch, server.url)
    before = held(server)
    yield server
    settings.cache_clear()
    assert left(server, before) == []


def name(monkeypatch: pytest.MonkeyPatch, *urls: str, remote: bool = False) -> None:
    monkeypatch.setenv("HEADSHOTS_COMFY", " ".join(urls))
    monkeypatch.setenv("HEADSHOTS_COMFY_ALLOW_REMOTE", str(remote))
    settings.cache_clear()


def held(server: Server) -> set[Path]:
    folders = (server.base / name for name in ("input", "output", "temp"))
    return {path for folder in folders for path in folder.rglob("*") if path.is_file()}


def left(server: Server, before: set[Path]) -> list[str]:
    """Files that hold something and weren't there before, and prompts that are remembered."""
    files = [str(path) for path in held(server) - before if path.stat().st_size]
    queue = server.get("/queue")
    asked = [*server.get("/history").values(), *queue["queue_running"], *queue["queue_pending"]]
    return files + [text for each in asked if "headshots" in (text := json.dumps(each))]


def passing(folder: Path, photo: Path, how: str = "plain") -> Prompt:
    """Reads a picture, has another pack hand it on, and delivers it."""
    graph = Graph()
    read = graph.add("HeadshotsReadPictures", paths=str(photo))
    passed = graph.add("ProbePass", images=[read, 1], how=how)
    turned = graph.add("ImageInvert", image=[passed, 0])
    graph.add("HeadshotsDeliver", pictures=[turned, 0], folder=str(folder), format="png")
    return graph.prompt


def given(document: Prompt, progress: Progress | None = None) -> Results:
    return run(build(document, foreign=True), progress=progress or Progress())


def test_pictures_go_there_and_come_back(worker: Server, photos: Path, tmp_path: Path) -> None:
    photo = photos / "obama.jpg"
    notes: list[tuple[float, str]] = []
    progress = Progress(lambda share, note, preview: notes.append((share, note)))
    given(passing(tmp_path, photo), progress)
    (made,) = tmp_path.glob("*.png")
    before, after = read_photo(photo).image, read_photo(made).image
    assert np.abs(1 - before - after).max() <= 1 / 255
    shares = [share for share, _ in notes]
    assert shares == sorted(shares)
    host = worker.url.removeprefix("http://")
    assert f"ComfyUI at {host}: ProbePass" in [note for _, note in notes]


def test_masks_sizes_and_numbers_cross_as_within_comfyui(
    worker: Server, photos: Path, tmp_path: Path
) -> None:
    graph = Graph()
    two = "\n".join(str(photos / name) for name in ("obama.jpg", "astronaut.png"))
    read = graph.add("HeadshotsReadPictures", paths=two)
    inverted = graph.add("InvertMask", mask=[read, 2])
    passed = graph.add("ProbePass", images=[read, 1], how="plain")
    masked = graph.add("HeadshotsAsPictures", images=[passed, 0], mattes=[inverted, 0])
    cut = graph.add("HeadshotsCrop", pictures=[masked, 0], on_no_face="pass", resize=False)
    graph.add("HeadshotsDeliver", pictures=[cut, 0], folder=str(tmp_path))
    blank = graph.add("EmptyImage", batch_size=2, width=64, height=64, color=0)
    counted = graph.add("ProbePass", images=[blank, 0], how="plain")
    sitter = graph.add("HeadshotsReadPictures", paths=str(photos / "obama.jpg"))
    kept = graph.add("HeadshotsCrop", pictures=[sitter, 0], aspect=[counted, 1])
    graph.add("HeadshotsDeliver", pictures=[kept, 0], folder=str(tmp_path / "wide"))
    results = given(graph.prompt)
    _, crops, mattes, *_ = results.outputs[cut]
    assert [each.shape[:2] for each in crops] == [each.shape for each in mattes]
    assert len({each.shape for each in crops}) == 2  # each had a round of its own
    assert max(float(each.max()) for each in mattes) == 0  # of a picture as read all is the sitter
    (wide,) = results.outputs[kept][1]
    assert wide.shape[1] / wide.shape[0] == pytest.approx(2, rel=0.02)


def test_a_stop_reaches_it(worker: Server, photos: Path, tmp_path: Path) -> None:
    stop = threading.Event()

    def report(share: float, note: str, preview: Any) -> None:
        if note.endswith("ProbePass"):
            stop.set()

    with pytest.raises(Cancelled):
        given(passing(tmp_path, photos / "obama.jpg", "slow"), Progress(report, stop.is_set))
    assert worker.get("/prompt")["exec_info"]["queue_remaining"] == 0


def test_a_prompt_that_waits_is_taken_out(worker: Server, photos: Path, tmp_path: Path) -> None:
    slow = {**passing(tmp_path, photos / "obama.jpg", "slow")}
    first = threading.Event()
    before = threading.Thread(target=lambda: stopped(slow, first))
    before.start()
    while not worker.get("/queue")["queue_running"]:
        sleep(0.02)
    second = threading.Event()
    threading.Timer(0.5, second.set).start()
    stopped(passing(tmp_path, photos / "obama.jpg"), second)
    assert worker.get("/queue")["queue_pending"] == []
    assert worker.get("/queue")["queue_running"] != []  # somebody else's, which goes on
    first.set()
    before.join()


def stopped(document: Prompt, stop: threading.Event) -> None:
    with pytest.raises(Cancelled):
        given(document, Progress(stopped=stop.is_set))


def until_stopped(document: Prompt, stop: threading.Event) -> None:
    with suppress(Cancelled):
        given(document, Progress(stopped=stop.is_set))


@pytest.mark.parametrize(
    ("how", "error", "said"),
    [
        ("failing", ComfyuiFailed, "ProbePass failed: this node is made to fail"),
        ("without memory", ComfyuiOutOfMemory, "memory didn't suffice"),
        ("sideways", ComfyuiRefused, r"node 2 \(ProbePass\): Value not in list: how: 'sideways'"),
    ],
)
def test_what_fails_there_is_told(
    how: str, error: type[Exception], said: str, worker: Server, photos: Path, tmp_path: Path
) -> None:
    with pytest.raises(error, match=said):
        given(passing(tmp_path, photos / "obama.jpg", how))
    assert list(tmp_path.iterdir()) == []


def test_a_node_that_is_not_there_is_named(
    worker: Server, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = passing(tmp_path / "out", photos / "obama.jpg")
    document["2"]["class_type"] = "Elsewhere"
    file = tmp_path / "recipe.json"
    file.write_text(json.dumps(document))
    assert cli.run(["run", str(file)]) == ComfyuiLacks.exit_code
    assert "lacks the node 'Elsewhere'" in capsys.readouterr().err


def test_the_command_line_names_one(
    server: Server, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADSHOTS_COMFY", "")  # to be put back
    file = tmp_path / "recipe.json"
    file.write_text(json.dumps(passing(tmp_path / "out", photos / "obama.jpg")))
    before = held(server)
    assert cli.run(["run", str(file), "--comfy", "http://127.0.0.1:9", "--comfy", server.url]) == 0
    assert len(list((tmp_path / "out").iterdir())) == 1
    assert left(server, before) == []


def test_where_none_answers_that_is_told(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name(monkeypatch, "http://127.0.0.1:9", "http://[::1]:9")
    with pytest.raises(ComfyuiUnreachable, match=r"127\.0\.0\.1:9 .*; .*\[::1\]:9 "):
        given(passing(tmp_path, photos / "obama.jpg"))


@pytest.mark.parametrize(
    ("url", "remote", "error"),
    [
        ("http://gpu.example:8188", False, ComfyuiRemote),
        ("https://gpu.example", False, ComfyuiRemote),
        ("http://gpu.example", True, ComfyuiRemote),
        ("http://192.168.1.7:8188", True, ComfyuiRemote),
        ("http://127.0.0.1.gpu.example", True, ComfyuiRemote),
        ("http://127.0.0.1@gpu.example", False, ComfyuiRemote),
        ("gpu.example:8188", True, InputError),
        ("ftp://127.0.0.1", True, InputError),
        ("http://127.0.0.1:port", True, InputError),
    ],
)
def test_other_machines_are_refused(
    url: str, remote: bool, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    name(monkeypatch, url, remote=remote)
    with pytest.raises(error):
        addresses()


def test_where_pictures_leave_to_is_told_without_the_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name(monkeypatch, "https://me:secret@gpu.example http://127.0.0.1:8188", remote=True)
    assert warnings() == ["Pictures of your sitters leave this machine, for gpu.example"]
    name(monkeypatch, "http://127.0.0.1:8188")
    assert warnings() == []


def test_people_are_spread_and_those_of_a_dead_one_are_done_elsewhere(
    server: Server,
    comfyui: Environment,
    photos: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    team = tmp_path / "team"
    for person in PEOPLE:
        (team / person).mkdir(parents=True)
        (team / person / "consent.txt").write_text("yes")
        shutil.copy(photos / "obama.jpg", team / person)
    before, freed = held(server), threading.Event()
    ran: dict[str, int] = {}
    with serving(comfyui, tmp_path / "second", packs={PROBE.name: PROBE}) as second:

        def kill_the_second(share: float, note: str, preview: Any) -> None:
            ran.update({each.url: ran_there(each) for each in (server, second) if answers(each)})
            if answers(second) and ran[second.url]:  # once it has done a part of the work
                freed.set()
                second.process.kill()
                second.process.wait()

        name(monkeypatch, server.url)
        slow = passing(tmp_path / "slow", photos / "obama.jpg", "slow")
        busy = threading.Thread(target=until_stopped, args=(slow, freed))
        busy.start()  # so that the first people go to the second
        while not server.get("/queue")["queue_running"]:
            sleep(0.02)
        name(monkeypatch, server.url, second.url)
        outcomes = run_batch(
            read_people(team),
            Plan.of(of_a_team(), {"count": 1, "width": 256}),
            tmp_path / "out",
            Processes(2),
            progress=Progress(kill_the_second),
        )
    busy.join()
    assert [each.state for each in outcomes] == ["delivered"] * len(PEOPLE), outcomes
    for person in PEOPLE:
        assert len(list((tmp_path / "out/people" / person).glob("*.jpg"))) == 1
    assert len(ran) == 2 and all(ran.values())  # both had some of the work
    assert left(server, before) == []


def of_a_team() -> Prompt:
    """Enrols a person, and delivers one picture that another pack has handed on."""
    document = {id: node for id, node in built_in(RECIPE).items() if id in ("1", "2", "3", "4")}
    graph = Graph()
    graph.prompt = document
    passed = graph.add("ProbePass", images=["4", 1], how="briefly")
    graph.add("HeadshotsDeliver", pictures=[passed, 0], folder="team")
    return document


def answers(server: Server) -> bool:
    return server.process.poll() is None


def ran_there(server: Server) -> int:
    """How many prompts a ComfyUI has run."""
    return server.log.read_text("utf-8").count("Prompt executed")


def begun(monkeypatch: pytest.MonkeyPatch, *folders: Path) -> Running:
    """A server of ours, with its data in the first of the folders that it reads and writes in."""
    monkeypatch.setenv("HEADSHOTS_SERVER_DIRS", os.pathsep.join(map(str, folders)))
    return begin(folders[0])


def test_the_server_uses_it_too(
    worker: Server, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = begun(monkeypatch, tmp_path, photos)
    try:
        document = passing(tmp_path / "out", photos / "obama.jpg")
        done = ours.ended(ours.order(recipe=document)["id"])
        assert done["state"] == "done", done
        assert len(list((tmp_path / "out").iterdir())) == 1
        turned = f"/v1/jobs/{done['id']}/results/3/0/0"  # what the other pack's node gave
        assert ours.client.get(turned).status_code == 200
        slow = passing(tmp_path / "out", photos / "obama.jpg", "slow")
        slow["1"]["inputs"]["paths"] = str(photos / "biden.jpg")
        job = ours.order(recipe=slow)
        while "ProbePass" not in (told := ours.client.get(f"/v1/jobs/{job['id']}").json())["note"]:
            assert told["state"] in ("queued", "running"), told
            sleep(0.05)
        ours.client.post(f"/v1/jobs/{job['id']}/cancel")
        assert ours.ended(job["id"])["state"] == "cancelled"
        assert ours.client.get("/v1/health").json()["warnings"] == []
    finally:
        ours.stop()


def test_the_server_refuses_another_machine(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name(monkeypatch, "http://gpu.example:8188")
    ours = begun(monkeypatch, tmp_path, photos)
    try:
        (told,) = ours.client.get("/v1/health").json()["warnings"]
        assert "gpu.example" in told
        job = ours.order(recipe=passing(tmp_path / "out", photos / "obama.jpg"))
        assert ours.ended(job["id"])["error"]["code"] == "comfyui.remote"
    finally:
        ours.stop()


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8188/", "http://localhost:8188", "http://[::1]:8188"]
)
def test_this_machine_is_not(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name(monkeypatch, url)
    assert [each.local for each in addresses()] == [True]
