"""What the files say that a ComfyUI delivered, read back as a stranger would read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from headshots.core.delivery.credentials import Credentials, inspect
from headshots.core.delivery.xmp import read_xmp
from headshots.core.provenance import Provenance, provenance_from_json

from .graphs import Graph
from .server import Server


def kept(graph: Graph, ada: str) -> str:
    """Pictures that were scored, and chosen whatever they scored."""
    sitter = graph.load(ada)
    made = graph.studio(sitter, count=1, layers=True)
    scored = graph.add("HeadshotsScore", pictures=[made, 0], identity=[sitter, 0])
    return graph.add("HeadshotsKeepBest", pictures=[scored, 0], least_percentile=0)


def delivered(server: Server, graph: Graph, pictures: list[object], format: str) -> Path:
    folder = f"histories-{len(list((server.base / 'output').iterdir()))}"
    graph.add("HeadshotsDeliver", pictures=pictures, folder=folder, format=format)
    server.run(graph.prompt).succeeded()
    (file,) = (server.base / "output" / folder).iterdir()
    return file


def said(file: Path) -> tuple[Provenance, Credentials]:
    """The history in the metadata, and the signed manifest."""
    data = file.read_bytes()
    history, signed = provenance_from_json(read_xmp(data).get("provenance")), inspect(data)
    assert history is not None and signed is not None and signed.valid
    return history, signed


@pytest.mark.parametrize("format", ["jpeg", "png", "tiff"])
def test_a_picture_relit_after_it_was_scored(format: str, server: Server, ada: str) -> None:
    graph = Graph()
    relit = graph.add("HeadshotsRelight", pictures=[kept(graph, ada), 0], pattern="flat")
    file = delivered(server, graph, [relit, 0], format)
    history, signed = said(file)
    assert history.generator == "studio" and history.edits[-1].kind == "relit"
    assert history.edits[-1].pattern == "flat"
    assert signed.scorecard is None and "scorecard" not in read_xmp(file.read_bytes())


@pytest.mark.parametrize("format", ["png", "ora"])
def test_a_scored_picture_keeps_its_scorecard(format: str, server: Server, ada: str) -> None:
    graph = Graph()
    history, signed = said(delivered(server, graph, [kept(graph, ada), 0], format))
    assert history.generator == "studio"
    assert signed.scorecard is not None and signed.scorecard["likeness"] > 0.8


def test_an_image_that_comes_back_unchanged_is_the_picture_it_was(server: Server, ada: str) -> None:
    graph = Graph()
    chosen = graph.add("ImageFromBatch", image=[kept(graph, ada), 1], batch_index=0, length=1)
    history, signed = said(delivered(server, graph, [chosen, 0], "png"))
    assert history.generator == "studio" and signed.scorecard is not None


def test_an_image_that_another_node_changed(server: Server, ada: str) -> None:
    graph = Graph()
    before = kept(graph, ada)
    changed = graph.add("ImageInvert", image=[before, 1])
    file = delivered(server, graph, [changed, 0], "png")
    assert "provenance" not in read_xmp(file.read_bytes())

    signed = inspect(file.read_bytes())
    assert signed is not None and (signed.source_type, signed.scorecard) == ("", None)


def test_a_changed_image_with_the_picture_it_was(server: Server, ada: str) -> None:
    graph = Graph()
    before = kept(graph, ada)
    changed = graph.add("ImageInvert", image=[before, 1])
    made = graph.add("HeadshotsAsPictures", images=[changed, 0], before=[before, 0])
    history, signed = said(delivered(server, graph, [made, 0], "png"))
    assert history.generator == "studio" and history.edits[-1].kind == "edited-elsewhere"
    assert signed.scorecard is None
