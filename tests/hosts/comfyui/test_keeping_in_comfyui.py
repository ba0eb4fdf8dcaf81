"""Clothes and Keep the sitter in a real ComfyUI, around nodes that know nothing of us."""

from __future__ import annotations

from PIL import Image

from .graphs import Graph
from .server import Server
from .test_other_packs_graphs import seen


def test_the_sitter_stays_in_what_other_packs_changed(server: Server) -> None:
    graph = Graph()
    photo = graph.pictures("obama.jpg", size=512)
    # Another size and softness, as an edit model has them, by ComfyUI's own nodes.
    small = graph.add(
        "ImageScale", image=[photo, 0], upscale_method="area", width=384, height=480, crop="center"
    )
    soft = graph.add("ImageBlur", image=[small, 0], blur_radius=1, sigma=0.6)
    kept = graph.add("HeadshotsKeepSitter", pictures=[soft, 0], originals=[photo, 0])
    looked = graph.look(images=[kept, 1], masks=[kept, 3])
    delivered = graph.add(
        "HeadshotsDeliver", pictures=[kept, 0], folder="kept", format="png", size="full"
    )
    run = server.run(graph.prompt).succeeded()

    (note,) = run.outputs[kept]["text"][0].splitlines()
    assert note.startswith("01: the edit moved the face") and "restored: head" in note
    (image,), (mask,) = seen(run, looked)["images"], seen(run, looked)["masks"]
    assert image["shape"] == [1, *mask["shape"][1:], 3]
    assert mask["low"] == 0 and mask["high"] == 1
    (file,) = sorted((server.base / "output" / "kept").glob("*.png"))
    # The frame is the original's, not the edit's 384 x 480.
    assert Image.open(file).size == tuple(reversed(image["shape"][1:3]))
    assert image["shape"][1] > 480
    assert delivered in run.outputs


def test_another_face_is_refused(server: Server) -> None:
    graph = Graph()
    photo, other = graph.pictures("obama.jpg", size=512), graph.pictures("biden.jpg", size=512)
    kept = graph.add("HeadshotsKeepSitter", pictures=[other, 0], originals=[photo, 0])
    shown = graph.add("PreviewImage", images=[kept, 1])
    run = server.run(graph.prompt).succeeded()
    assert "01: refused: the edited picture shows another face" in run.outputs[kept]["text"][0]
    assert len(run.outputs[shown]["images"]) == 1


def test_clothes_are_painted_anew_by_other_packs_nodes_and_the_sitter_stays(
    server: Server,
) -> None:
    graph = Graph()
    photo = graph.pictures("obama.jpg", size=512)
    cloth = graph.pictures("biden.jpg", size=512)
    clothes = graph.add(
        "HeadshotsClothes", pictures=[photo, 0], dress="scrubs", colour="dark green", model="sdxl"
    )
    red = graph.add("EmptyImage", width=64, height=64, batch_size=1, color=0xB03020)
    painted = graph.add(
        "ImageCompositeMasked",
        destination=[photo, 0],
        source=[red, 0],
        mask=[clothes, 0],
        x=0,
        y=0,
        resize_source=True,
    )
    kept = graph.add("HeadshotsKeepSitter", pictures=[painted, 0], originals=[photo, 0])
    looked = graph.look(images=[kept, 1], masks=[clothes, 1], text=[clothes, 2])
    worn = graph.add("HeadshotsClothes", pictures=[photo, 0], garment=[cloth, 0])
    garment = graph.look(images=[worn, 4], text=[worn, 2])
    run = server.run(graph.prompt).succeeded()

    (note,) = run.outputs[kept]["text"][0].splitlines()
    assert "restored: head" in note and "refused" not in note
    (image,), (mask,) = seen(run, looked)["images"], seen(run, looked)["masks"]
    assert mask["shape"] == image["shape"][:3] and (mask["low"], mask["high"]) == (0, 1)
    assert "dark green medical scrub top" in run.outputs[clothes]["text"][0]
    assert "image 2 is the garment" in run.outputs[worn]["text"][0]
    assert seen(run, garment)["images"][0]["shape"][0] == 1
