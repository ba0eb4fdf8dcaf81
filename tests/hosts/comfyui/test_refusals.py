"""What can't be done is said in words, before a graph runs where that is possible."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .graphs import Graph
from .server import Refused, Run, Server


def failed(server: Server, graph: Graph) -> tuple[str, str]:
    """Type and text of the error that ends a graph."""
    run = server.run(graph.prompt)
    assert run.end == "execution_error", run.end
    return run.detail["exception_type"], run.detail["exception_message"].strip()


def refused(server: Server, graph: Graph) -> list[str]:
    """What is said of a graph that isn't run."""
    with pytest.raises(Refused) as raised:
        server.run(graph.prompt)
    nodes = raised.value.answer["node_errors"].values()
    return [error["details"] for node in nodes for error in node["errors"]]


def test_a_sitter_who_is_not_stored(server: Server) -> None:
    graph = Graph()
    graph.add("PreviewImage", images=[graph.studio(graph.load("Nobody")), 1])
    assert failed(server, graph) == (
        "headshots.identity.not-found",
        "No sitter called 'Nobody' is stored. Enrol the sitter, and store it with 'Save sitter'.",
    )
    # What ComfyUI logs of itself names the sitter; we add nothing to it.
    assert "WARNING: No sitter" not in server.log.read_text("utf-8")


def test_a_face_that_is_asked_for(server: Server, ada: str) -> None:
    graph = Graph()
    score = graph.add(
        "HeadshotsScore",
        pictures=[graph.pictures("group1.jpg"), 0],
        identity=[graph.load(ada), 0],
        on_no_face="raise",
    )
    graph.add("HeadshotsShowScores", pictures=[score, 0])
    kind, text = failed(server, graph)
    assert kind == "headshots.face.several" and "faces in '01'. Crop the picture" in text


def test_pictures_that_are_none(server: Server, ada: str) -> None:
    graph = Graph()
    pictures = graph.pictures("biden.jpg", shape="broken")
    retouched = graph.add("HeadshotsRetouch", pictures=[pictures, 0])
    graph.add("PreviewImage", images=[retouched, 1])
    assert failed(server, graph) == (
        "headshots.input.invalid",
        "Picture 1 of pictures has values that are not finite. Check the node that made it.",
    )


def test_a_photo_of_somebody_else(server: Server) -> None:
    graph = Graph()
    paths = "obama.jpg\nobama2.jpg\nobama3.jpg\nbiden.jpg"
    photos = graph.add("HeadshotsReadPhotos", paths=paths)
    enrolled = graph.add("HeadshotsEnrolSitter", photos=[photos, 0], name="Mixed", consent="yes")
    graph.add("HeadshotsSaveSitter", identity=[enrolled, 0])
    kind, text = failed(server, graph)
    assert kind == "headshots.identity.wrong-person" and "biden.jpg" in text


def test_no_photos(server: Server) -> None:
    graph = Graph()
    enrolled = graph.add("HeadshotsEnrolSitter", name="Nobody", consent="yes")
    graph.add("HeadshotsSaveSitter", identity=[enrolled, 0])
    assert failed(server, graph)[1].startswith("No photos are linked.")


def test_mattes_of_other_images(server: Server, ada: str) -> None:
    graph = Graph()
    two, studio = graph.pictures("obama.jpg", "obama3.jpg"), graph.studio(graph.load(ada), count=1)
    made = graph.add("HeadshotsAsPictures", images=[two, 0], mattes=[studio, 2])
    graph.add("HeadshotsShowScores", pictures=[made, 0])
    assert failed(server, graph) == (
        "headshots.input.invalid",
        "There are 1 mattes for 2 images. Link both from the same step.",
    )


def test_several_values_where_one_is_taken(server: Server, ada: str) -> None:
    graph = Graph()
    numbers = graph.add("ProbeNumbers", numbers="1 2")
    pictures = graph.pictures("obama.jpg", size=256)
    cropped = graph.add("HeadshotsUpscale", pictures=[pictures, 0], longest=[numbers, 0])
    graph.add("PreviewImage", images=[cropped, 1])
    assert failed(server, graph)[1].startswith("2 values came for longest, which takes one.")


@pytest.mark.parametrize(
    "folder",
    ["../elsewhere", "/elsewhere", "a/../../b", "C:\\elsewhere", "\\\\server\\share", "C:"],
)
def test_a_folder_outside_comfyui(folder: str, server: Server, ada: str) -> None:
    graph = Graph()
    graph.add("HeadshotsDeliver", pictures=[graph.pictures("obama.jpg"), 0], folder=folder)
    said = "outside ComfyUI's output folder. Give a folder within it"
    assert any(said in detail for detail in refused(server, graph))

    # Also where it is only known when the graph runs.
    linked = Graph()
    words = linked.add("PrimitiveString", value=folder)
    linked.add("HeadshotsDeliver", pictures=[linked.pictures("obama.jpg"), 0], folder=[words, 0])
    assert "outside ComfyUI's output folder" in failed(server, linked)[1]
    assert not list(server.base.glob("**/elsewhere"))


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        (
            {"looks": {"__value__": ["studio-gray"]}},
            "looks is 'studio-gray'. Did you mean 'studio-grey'?",
        ),
        ({"looks": 7}, "looks is 7. looks is one or more of "),
    ],
)
def test_a_choice_that_is_none(inputs: dict[str, Any], said: str, server: Server, ada: str) -> None:
    graph = Graph()
    look = graph.add("HeadshotsChooseLook", **inputs)
    studio = graph.add("HeadshotsStudio", identity=[graph.load(ada), 0], looks=[look, 0])
    graph.add("PreviewImage", images=[studio, 1])
    assert any(said in detail for detail in refused(server, graph))


@pytest.mark.parametrize("width", [255, 4097])
def test_a_number_out_of_range(width: int, server: Server, ada: str) -> None:
    graph = Graph()
    graph.add("PreviewImage", images=[graph.studio(graph.load(ada), width=width), 1])
    assert refused(server, graph) == ["width"]


def test_a_number_out_of_range_along_a_link(server: Server, ada: str) -> None:
    graph = Graph()
    number = graph.add("ProbeNumbers", numbers="100000")
    studio = graph.studio(graph.load(ada), width=[number, 0])
    graph.add("PreviewImage", images=[studio, 1])
    kind, text = failed(server, graph)
    assert kind == "headshots.recipe.input" and "a whole number from 256 to 4096" in text


def test_a_photo_that_is_not_there(server: Server) -> None:
    graph = Graph()
    pictures = graph.add("HeadshotsReadPictures", paths="nothing.jpg")
    graph.add("PreviewImage", images=[pictures, 1])
    (text,) = refused(server, graph)
    assert "nothing.jpg is not in the input folder. Drop the photos" in text
    graph.prompt[pictures]["inputs"]["paths"] = " "
    (text,) = refused(server, graph)
    assert "There are no photos here yet. Drop some onto the node, or add them." in text
    # A name that comes along a link is known only when the graph runs.
    words = graph.add("PrimitiveString", value="nothing.jpg")
    graph.prompt[pictures]["inputs"]["paths"] = [words, 0]
    kind, text = failed(server, graph)
    assert kind == "headshots.photo.not-found"
    assert str(server.base / "input" / "nothing.jpg") in text


def test_an_error_shows_no_path_of_ours(server: Server, run_of_an_error: Run) -> None:
    frames = "".join(run_of_an_error.detail["traceback"])
    assert "/core/" not in frames and frames.count("adapter.py") == 1


@pytest.fixture
def run_of_an_error(server: Server) -> Run:
    graph = Graph()
    graph.add("PreviewImage", images=[graph.studio(graph.load("Nobody")), 1])
    return server.run(graph.prompt)


def test_pictures_outside_comfyui_are_read_where_nobody_else_comes(
    server: Server, photos: Path
) -> None:
    graph = Graph()
    pictures = graph.add("HeadshotsReadPictures", paths=str(photos / "biden.jpg"))
    graph.add("PreviewImage", images=[pictures, 1])
    server.run(graph.prompt).succeeded()


def test_a_sitter_who_did_not_agree_to_be_tuned_on(server: Server, ada: str) -> None:
    graph = Graph()
    graph.add("HeadshotsTuneSitter", identity=[graph.load(ada), 0])
    kind, text = failed(server, graph)
    assert kind == "headshots.consent.withheld" and "not to tune" in text


def test_a_painting_without_a_model(server: Server, ada: str) -> None:
    graph = Graph()
    painting = graph.add("HeadshotsPainting", model="nobodys", text="in a navy suit")
    more = {"generator": "diffusion", "painting": [painting, 0]}
    graph.add("PreviewImage", images=[graph.studio(graph.load(ada), **more), 1])
    kind, text = failed(server, graph)
    assert kind == "headshots.model.missing" and "headshots models pull" in text
