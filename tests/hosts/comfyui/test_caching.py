"""What has not changed isn't worked out again; what has changed outside the graph is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from headshots.core.identity.codec import to_bytes
from headshots.core.identity.identity import Identity
from headshots.core.vault import open_vault
from headshots.core.vault.consent import agreed
from headshots.core.vault.ids import id_of

from .graphs import OF_ADA, Graph
from .server import Server


def put(identity: Identity, name: str) -> None:
    vault, data = open_vault(), to_bytes(replace(identity, name=name))
    vault.put(name, "identity", data, version=vault.read(name, "identity").version)


def test_a_second_run_works_nothing_out(server: Server, ada: str) -> None:
    graph = Graph()
    sitter = graph.load(ada)
    studio = graph.studio(sitter)
    score = graph.add("HeadshotsScore", pictures=[studio, 0], identity=[sitter, 0])
    files = graph.add("HeadshotsDeliver", pictures=[studio, 0], folder="twice")
    sheet = graph.add("HeadshotsContactSheet", pictures=[score, 0], folder="twice")
    first, second = server.run(graph.prompt), server.run(graph.prompt)
    assert {studio, score, files, sheet} <= set(first.executed) and second.executed == []
    assert {files, sheet} <= second.outputs.keys()  # they go on showing what they showed


def test_another_constant_runs_what_depends_on_it(server: Server, ada: str) -> None:
    graph = Graph()
    sitter = graph.load(ada)
    studio = graph.studio(sitter, seed=11)
    shown = graph.add("PreviewImage", images=[studio, 1])
    server.run(graph.prompt)
    graph.prompt[studio]["inputs"]["seed"] = 12
    assert server.run(graph.prompt).executed == [studio, shown]


def test_a_sitter_who_was_stored_anew_is_loaded_anew(
    server: Server, sitter: Identity, astronaut: Identity
) -> None:
    put(sitter, "Changing")
    graph = Graph()
    graph.add("PreviewImage", images=[graph.studio(graph.load("changing"), count=1), 1])
    before = server.run(graph.prompt)
    assert server.run(graph.prompt).executed == []
    put(astronaut, "Changing")
    after = server.run(graph.prompt)
    assert set(after.executed) == set(before.executed) - {"2"}  # all but the look


def test_a_file_that_changed_is_read_anew(server: Server) -> None:
    file = server.base / "input" / "changing.jpg"
    file.write_bytes((server.base / "input" / "biden.jpg").read_bytes())
    graph = Graph()
    pictures = graph.add("HeadshotsReadPictures", paths="changing.jpg")
    graph.add("PreviewImage", images=[pictures, 1])
    server.run(graph.prompt)
    assert server.run(graph.prompt).executed == []
    file.write_bytes((server.base / "input" / "obama.jpg").read_bytes())
    assert pictures in server.run(graph.prompt).executed


@pytest.fixture
def enrolling() -> Graph:
    graph = Graph()
    photos = graph.add("HeadshotsReadPhotos", paths=OF_ADA)
    enrolled = graph.add(
        "HeadshotsEnrolSitter", photos=[photos, 0], name="Coming and going", consent="yes"
    )
    graph.add("HeadshotsSaveSitter", identity=[enrolled, 0])
    return graph


def test_a_forgotten_sitter_is_saved_again_and_forgotten_again(
    server: Server, enrolling: Graph
) -> None:
    forgetting = Graph()
    forgetting.add("HeadshotsForgetSitter", name="coming and going")
    for _ in range(2):
        server.run(enrolling.prompt).succeeded()
        assert open_vault().kinds("Coming and going") == ("identity",)
        server.run(forgetting.prompt).succeeded()
        assert open_vault().kinds("Coming and going") == ()
    assert server.run(forgetting.prompt).end == "execution_error"  # there is no such sitter now


def test_what_nodes_showed_of_a_sitter_goes_with_them(
    server: Server, astronaut: Identity, data_dir: Path
) -> None:
    consent = agreed("Going", "yes", days=30)
    stored = replace(astronaut, name="Going", consent=consent)
    open_vault().put("Going", "identity", to_bytes(stored))
    graph = Graph()
    sitter = graph.load("Going")
    made = graph.studio(sitter, count=1)
    scored = graph.add("HeadshotsScore", identity=[sitter, 0], pictures=[made, 0])
    kept = graph.add("HeadshotsKeepBest", pictures=[made, 0])  # unscored, it shows the first ones
    graph.add("HeadshotsShowScores", pictures=[kept, 0])
    graph.add("HeadshotsDeliver", pictures=[scored, 0], folder="going", names="going")
    server.run(graph.prompt).succeeded()
    written = open_vault().written("Going")
    previews = [each.path for each in written if not each.delivered]
    (delivered,) = (each.path for each in written if each.delivered)
    assert previews and all(path.exists() for path in previews) and delivered.exists()
    assert server.base / "temp" in previews[0].parents
    assert server.base / "output" / "going" == delivered.parent

    forgetting = Graph()
    forgetting.add("HeadshotsForgetSitter", name="going", delivered=True)
    server.run(forgetting.prompt).succeeded()
    assert not any(path.exists() for path in (*previews, delivered))
    assert list((data_dir / "receipts").iterdir())


def test_saving_the_same_sitter_again_is_no_conflict(server: Server, enrolling: Graph) -> None:
    server.run(enrolling.prompt).succeeded()
    again = server.run(enrolling.prompt)
    assert again.end == "execution_success" and set(again.executed) <= {"3"}
    assert server.run(enrolling.prompt).executed == []


def test_a_loaded_sitter_shows_until_when_they_are_kept(server: Server, ada: str) -> None:
    graph = Graph()
    loaded = graph.load(ada)
    graph.add("PreviewImage", images=[graph.studio(loaded, count=1), 1])
    server.run(graph.prompt).succeeded()
    graph.prompt[loaded]["inputs"]["name"] = ada.upper()  # so that it runs, whatever ran before
    told = server.run(graph.prompt).succeeded().outputs[loaded]["text"]
    assert told == [f"{ada} ({id_of(ada)}) is kept until {open_vault().until(ada)}"]
