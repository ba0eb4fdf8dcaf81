"""Our nodes among those of other packs: batches in every shape, lists, pictures without a face."""

from __future__ import annotations

import json
from typing import Any

import pytest
from PIL import Image

from headshots.core.retouching import PARTS

from .graphs import Graph
from .server import Run, Server


def seen(run: Run, node: str) -> dict[str, Any]:
    """What a ProbeLook saw."""
    return json.loads(run.outputs[node]["seen"][0])


def judged(graph: Graph, pictures: str, ada: str, **options: Any) -> tuple[str, str]:
    """Pictures scored and chosen from; the ids of the choice and of the scores as text."""
    score = graph.add(
        "HeadshotsScore", pictures=[pictures, 0], identity=[graph.load(ada), 0], **options
    )
    keep = graph.add("HeadshotsKeepBest", pictures=[score, 0], least_percentile=0)
    return keep, graph.add("HeadshotsShowScores", pictures=[keep, 3])


def lines_of(run: Run, text: str) -> list[str]:
    """The line of each picture; below them it may say what to add."""
    return [line for line in run.outputs[text]["text"][0].splitlines() if line[:2].isdecimal()]


@pytest.mark.parametrize("shape", ["RGB", "RGBA", "grey", "half", "beyond"])
def test_any_batch_is_scored(shape: str, server: Server, ada: str) -> None:
    graph = Graph()
    pictures = graph.pictures("obama.jpg", "obama3.jpg", "biden.jpg", shape=shape, size=384)
    _, text = judged(graph, pictures, ada)
    lines = lines_of(server.run(graph.prompt).succeeded(), text)
    assert [line[:3] for line in lines] == ["01:", "02:", "03:"]
    assert "not the sitter" in lines[2]
    assert not any("not the sitter" in line for line in lines[:2])


def test_pictures_of_several_sizes_keep_their_order(server: Server, ada: str) -> None:
    graph = Graph()
    # Landscape, portrait, portrait, landscape.
    pictures = graph.pictures("obama2.jpg", "obama.jpg", "obama.jpg", "obama3.jpg")
    crop = graph.add("HeadshotsCrop", pictures=[pictures, 0], size="free", on_no_face="pass")
    looked, raw = graph.look(images=[crop, 1]), graph.look(images=[pictures, 0])
    refined = graph.add("HeadshotsRetouch", pictures=[pictures, 0], **dict.fromkeys(PARTS, 0))
    same = graph.look(images=[refined, 1])
    shown = graph.add("PreviewImage", images=[refined, 1])
    _, text = judged(graph, refined, ada)
    run = server.run(graph.prompt).succeeded()

    sizes = [batch["shape"][1:3] for batch in seen(run, raw)["images"]]
    batches = [batch["shape"] for batch in seen(run, same)["images"]]
    # Neighbours of one size come as one batch.
    assert sum(batch[0] for batch in batches) == 4 and len(batches) < 4
    assert [size for batch in batches for size in [batch[1:3]] * batch[0]] == sizes
    assert all(batch["shape"][3] == 3 for batch in seen(run, looked)["images"])
    assert len(run.outputs[shown]["images"]) == 4
    assert len(lines_of(run, text)) == 4


def test_the_studio_gives_what_other_packs_expect(server: Server, ada: str) -> None:
    graph = Graph()
    studio = graph.studio(graph.load(ada))
    one = graph.look(images=[studio, 1], masks=[studio, 2])
    other = graph.add(
        "ImageScale", image=[studio, 1], upscale_method="area", width=64, height=80, crop="disabled"
    )
    saved = graph.add("SaveImage", images=[other, 0], filename_prefix="scaled")
    cut = graph.add("JoinImageWithAlpha", image=[studio, 1], alpha=[studio, 2])
    back, _ = judged(graph, cut, ada)
    run = server.run(graph.prompt).succeeded()

    (images,), (masks,) = seen(run, one)["images"], seen(run, one)["masks"]
    assert images["shape"] == [2, *masks["shape"][1:], 3] and masks["shape"][0] == 2
    for batch in (images, masks):
        assert batch["dtype"] == "torch.float32" and 0 <= batch["low"] < batch["high"] <= 1
    assert len(run.outputs[saved]["images"]) == 2
    assert back in run.outputs


def test_looks_of_several_shapes_go_through_to_the_files(server: Server, ada: str) -> None:
    graph = Graph()
    # A square and a portrait look in turn: every neighbour has another size.
    studio = graph.studio(graph.load(ada), "square-profile", "studio-grey", count=4)
    score = graph.add(
        "HeadshotsScore",
        pictures=[studio, 0],
        identity=[graph.load(ada), 0],
    )
    keep = graph.add(
        "HeadshotsKeepBest",
        pictures=[score, 0],
        least_percentile=0,
    )
    delivered = graph.add(
        "HeadshotsDeliver",
        pictures=[keep, 0],
        folder="shapes",
        format="png",
    )
    sheet = graph.add("HeadshotsContactSheet", pictures=[keep, 3], folder="shapes")
    cards = graph.add(
        "HeadshotsCard",
        pictures=[keep, 0],
        identity=[graph.load(ada), 0],
        files=[delivered, 0],
        folder="shapes/cards",
    )
    shown = graph.add("PreviewImage", images=[studio, 1])
    run = server.run(graph.prompt).succeeded()

    assert len(run.outputs[shown]["images"]) == 4
    files = sorted((server.base / "output" / "shapes").glob("0*.png"))
    assert files and len(run.outputs[delivered]["images"]) == len(files)
    assert len({Image.open(file).size for file in files}) == 2
    (reference,) = run.outputs[sheet]["images"]
    assert server.read(f"/view?filename={reference['filename']}&type=temp").startswith(b"\x89PNG")
    pages = sorted((server.base / "output" / "shapes" / "cards").glob("*-card.html"))
    assert len(pages) == len(files) == len(run.outputs[cards]["images"])
    assert all("unchanged since this machine signed it" in each.read_text() for each in pages)


@pytest.mark.parametrize(("choice", "verdict"), [("reject", "reject"), ("pass", "keep")])
def test_a_picture_without_a_face_gets_its_own_verdict(
    choice: str, verdict: str, server: Server, ada: str
) -> None:
    Image.new("RGB", (400, 400), "grey").save(server.base / "input" / "wall.png")
    graph = Graph()
    pictures = graph.pictures("obama.jpg", "wall.png", "group1.jpg")
    _, text = judged(graph, pictures, ada, on_no_face=choice)
    one, none, several = lines_of(server.run(graph.prompt).succeeded(), text)
    assert "likeness 0.000" not in one
    assert none.startswith(f"02: {verdict}, likeness 0.000")
    assert several.startswith(f"03: {verdict}, likeness 0.000")
    if choice == "reject":
        assert "There is no face" in none and "faces in" in several


def test_a_list_runs_a_making_node_once_for_each(server: Server, ada: str) -> None:
    graph = Graph()
    numbers = graph.add("ProbeNumbers", numbers="1 2 3")
    studio = graph.studio(graph.load(ada), seed=[numbers, 0], count=1)
    looked = graph.look(images=[studio, 1])
    run = server.run(graph.prompt).succeeded()
    assert [batch["shape"][0] for batch in seen(run, looked)["images"]] == [1, 1, 1]


def test_nothing_kept_stops_what_comes_after_and_says_so(server: Server, ada: str) -> None:
    graph = Graph()
    keep, text = judged(graph, graph.pictures("biden.jpg"), ada)
    graph.add("PreviewImage", images=[keep, 1])
    files = graph.add("HeadshotsDeliver", pictures=[keep, 0], folder="none")
    run = server.run(graph.prompt).succeeded()
    assert "not the sitter" in run.outputs[text]["text"][0]
    assert "None is good enough to keep." in run.outputs[text]["text"][0]
    assert files not in run.outputs and not (server.base / "output" / "none").exists()
    said = {error["exception_message"] for error in run.of("execution_error")}
    assert said == {
        f"Execution Blocked: 'Keep the best' has nothing to hand on at {name!r}."
        for name in ("kept", "images")
    }


def test_load_image_enrols(server: Server, ada: str) -> None:
    graph = Graph()
    first, second = (graph.add("LoadImage", image=name) for name in ("obama.jpg", "obama3.jpg"))
    photos = graph.add("HeadshotsAddPhotos", images=[first, 0], names="the first")
    photos = graph.add("HeadshotsAddPhotos", images=[second, 0], and_also=[photos, 0])
    enrolled = graph.add("HeadshotsEnrolSitter", photos=[photos, 0], name="Of two", consent="yes")
    alone = graph.add("HeadshotsEnrolSitter", images=[first, 0], name="Of one", consent="yes")
    graph.add("HeadshotsScore", pictures=[first, 0], identity=[alone, 0])
    _, text = judged(graph, first, ada)
    studio = graph.studio(enrolled, count=1)
    graph.add("PreviewImage", images=[studio, 1])
    graph.look(text=[alone, 1])
    run = server.run(graph.prompt).succeeded()
    (of_two,), (of_one,) = run.outputs[enrolled]["text"], run.outputs[alone]["text"]
    assert of_two.startswith(
        "the first: accepted\npicture 2: accepted\nOf two consented to generate, deliver,"
    )
    assert of_one.startswith("picture 1: accepted\nOf one consented to generate, deliver,")
    assert text in run.outputs


def test_masks_go_to_other_packs_in_the_order_of_the_pictures(server: Server) -> None:
    graph = Graph()
    # Landscape, portrait, portrait: a batch for each run of one size.
    pictures = graph.pictures("obama2.jpg", "obama.jpg", "obama.jpg", size=400)
    masks = graph.add("HeadshotsMasks", pictures=[pictures, 0])
    hair, background = graph.look(masks=[masks, 0]), graph.look(masks=[masks, 6])
    image = graph.add("MaskToImage", mask=[masks, 0])
    graph.add("PreviewImage", images=[image, 0])
    run = server.run(graph.prompt).succeeded()
    for node in (hair, background):
        assert sum(batch["shape"][0] for batch in seen(run, node)["masks"]) == 3
    assert [line[:3] for line in run.outputs[masks]["text"][0].splitlines()] == [
        "01:",
        "02:",
        "03:",
    ]
    assert all("hair" in line for line in run.outputs[masks]["text"][0].splitlines())
