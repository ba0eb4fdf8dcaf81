"""ComfyUI's stop button: soon, and nothing half done is left."""

from __future__ import annotations

from PIL import Image

from .graphs import Graph
from .server import Run, Server

# Seconds from the request to ComfyUI's word that it has stopped. What is promised is one, and alone
# on a machine it takes a twentieth; on a busy one a second is soon over. Left alone the same graphs
# run several times as long as this.
SOON = 5.0


def graph_of(ada: str, folder: str) -> tuple[Graph, str, str]:
    """A graph that makes, judges and delivers; it, the id of its studio and of its delivery."""
    graph = Graph()
    sitter = graph.load(ada)
    studio = graph.studio(sitter, count=40, width=1024, seed=99)
    deliver = graph.add("HeadshotsDeliver", pictures=[studio, 0], folder=folder, format="png")
    return graph, studio, deliver


def waited(run: Run) -> float:
    """Seconds from the request to the end."""
    (asked,) = run.of("asked to interrupt")
    return run.detail["at"] - asked["at"]


def test_it_stops_soon_whatever_a_model_is_doing(server: Server, ada: str) -> None:
    graph, studio, _ = graph_of(ada, "stopped")
    # The studio begins with work of several seconds in which no progress is looked at.
    run = server.run(graph.prompt, interrupt_on=studio)
    assert run.end == "execution_interrupted" and run.detail["node_id"] == studio
    assert waited(run) < SOON
    assert not (server.base / "output" / "stopped").exists()


def test_it_runs_again_after_a_stop_as_if_nothing_had_been(server: Server, ada: str) -> None:
    graph, studio, _ = graph_of(ada, "stopped")
    server.run(graph.prompt, interrupt_on=studio)
    again = Graph()
    shown = again.add("PreviewImage", images=[again.studio(again.load(ada), seed=7), 1])
    run = server.run(again.prompt)
    assert run.end == "execution_success" and len(run.outputs[shown]["images"]) == 2


def test_files_are_whole_where_delivery_is_stopped(server: Server, ada: str) -> None:
    graph = Graph()
    pictures = graph.pictures(*["obama.jpg", "obama2.jpg"] * 20)
    deliver = graph.add("HeadshotsDeliver", pictures=[pictures, 0], folder="part", format="png")
    run = server.run(graph.prompt, interrupt_on=deliver, later=True)
    assert run.end == "execution_interrupted" and waited(run) < SOON
    files = list((server.base / "output" / "part").iterdir())
    assert len(files) < 40 and all(file.suffix == ".png" for file in files)
    for file in files:
        Image.open(file).load()


def test_it_reports_progress_and_previews(server: Server, ada: str) -> None:
    graph = Graph()
    studio = graph.studio(graph.load(ada), count=3, seed=5)
    graph.add("PreviewImage", images=[studio, 1])
    run = server.run(graph.prompt)
    values = [
        data["nodes"][studio]["value"] / data["nodes"][studio]["max"]
        for data in run.of("progress_state")
        if data["nodes"].get(studio, {}).get("state") == "running"
    ]
    assert values == sorted(values) and len(set(values)) >= 4
    assert len(run.previews) >= 3
    assert all(b"\xff\xd8\xff" in preview for preview in run.previews)
