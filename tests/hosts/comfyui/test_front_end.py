"""The front end that people see, in a real browser: the one that belongs to the engine, the newest
one, and the newest one with "Nodes 2.0". The screenshots are for looking at: see front_end.SHOTS.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from headshots.comfy_nodes.nodes import NODES
from headshots.core.recipes.steps import KEEP_BEST
from headshots.core.vault.ids import id_of

from .conftest import lay_out
from .front_end import HEIGHT, WIDTH, FrontEnd, opened
from .prepare import ROOT, Environment
from .server import Server, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_NAMED_BY_ID = """() => app.graph.nodes.find(node => node.type === "HeadshotsLoadSitter")
    .widgets[0].value.startsWith("id:")"""
MATCHING, NEWEST, NODES_2 = "matching", "newest", "newest nodes 2.0"


@pytest.fixture(scope="module")
def newest(
    comfyui: Environment, photos: Path, ada: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server that serves the newest front end."""
    base = tmp_path_factory.mktemp("newest")
    lay_out(photos, base / "input")
    with serving(comfyui, base, newest_front_end=True) as running:
        yield running


@pytest.fixture(scope="module", params=[MATCHING, NEWEST, NODES_2])
def front_end(
    request: pytest.FixtureRequest, server: Server, newest: Server, browser: Browser
) -> Iterator[FrontEnd]:
    """The editor, each front end once; the tests use its one page after each other."""
    serves = server if request.param == MATCHING else newest
    with opened(request.param, serves, browser) as editor:
        yield editor


def of_old(front_end: FrontEnd) -> bool:
    """Whether it is 0.3.75's own: it tells errors in dialogues, and speaks a pack's languages."""
    version: str = front_end.server.get("/system_stats")["system"]["comfyui_version"]
    return front_end.name.startswith(MATCHING) and version.startswith("0.3.")


def test_every_node_is_in_the_library(front_end: FrontEnd) -> None:
    folders = dict.fromkeys(part for step in NODES for part in step.category.split("/"))
    front_end.open_library(*folders)
    tree = front_end.page.get_by_role("treeitem")
    for step in NODES:
        tree.get_by_text(step.title, exact=True).first.wait_for()
    front_end.shoot("library")
    front_end.page.keyboard.press("n")


def test_the_search_finds_a_node_and_sets_it_down(front_end: FrontEnd) -> None:
    front_end.search("enrol sit")
    front_end.page.get_by_text("Learns who the sitter is").first.wait_for()
    front_end.shoot("search")
    front_end.page.keyboard.press("Enter")
    front_end.page.wait_for_function(
        "() => app.graph.nodes.some(node => node.type === 'HeadshotsEnrolSitter')"
    )
    front_end.let_go(WIDTH - 600, HEIGHT - 80)


def test_a_template_opens_runs_and_shows_the_contact_sheet(
    front_end: FrontEnd, tmp_path: Path
) -> None:
    front_end.open_template("quick_headshot")
    front_end.shoot("opened")
    front_end.type_in("Photos", paths="photos")
    front_end.type_in("Enrol", consent="yes")
    # What another front end has made of the same server needn't be made again, nor would be shown.
    seed = 2 if front_end.name == NODES_2 else 1
    front_end.type_in("Studio", count=4, width=512, seed=seed)
    assert front_end.run()["name"] == "execution_success"
    width = front_end.look_at("Contact sheet")
    assert (front_end.server.base / "output" / "headshots" / "contact-sheet.png").is_file()
    previews = (front_end.server.base / "temp").glob("*.png")  # the sheet's is the last one made
    sheet = max(previews, key=lambda path: path.stat().st_mtime_ns)
    top = tmp_path / "top.png"  # the rest is below the window
    with Image.open(sheet) as whole:
        whole.crop((0, 0, whole.width, whole.width)).save(top)
    assert front_end.sees(top, width, "contact-sheet")
    front_end.look_at("Deliver")
    front_end.shoot("delivered")
    front_end.look_at("Keep best")
    front_end.shoot("kept")
    front_end.look_at("Score")
    front_end.shoot("scores")


def test_looks_are_chosen_by_their_pictures(front_end: FrontEnd) -> None:
    front_end.set_down("HeadshotsChooseLook")
    assert front_end.sent("HeadshotsChooseLook")["looks"] == {"__value__": ["studio-grey"]}
    tile = "button[data-name={}]".format
    front_end.page.locator(tile("monochrome")).click()
    front_end.page.locator(tile("daylight")).click()
    front_end.page.locator(tile("studio-grey")).click()
    sent = front_end.sent("HeadshotsChooseLook")["looks"]
    assert sent == {"__value__": ["monochrome", "daylight"]}
    picture = front_end.page.locator(f"{tile('dramatic')} img")
    assert picture.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") >= 150
    front_end.shoot("looks")
    front_end.page.locator(tile("monochrome")).click()
    front_end.page.locator(tile("daylight")).click()  # one stays
    assert front_end.sent("HeadshotsChooseLook")["looks"] == {"__value__": ["daylight"]}


def test_photos_are_dropped_and_chosen_and_what_is_missing_is_told(
    front_end: FrontEnd, photos: Path
) -> None:
    front_end.set_down("HeadshotsReadPhotos")
    front_end.drop(".headshots-photos", photos / "obama.jpg", photos / "obama2.jpg")
    tiles = front_end.page.locator(".headshots-photos .headshots-tile")
    tiles.locator("img").nth(1).wait_for()
    with front_end.page.expect_file_chooser() as chooser:
        front_end.page.get_by_role("button", name="Add photos").click()
    chooser.value.set_files(photos / "obama3.jpg")
    tiles.locator("img").nth(2).wait_for()
    names = front_end.page.get_by_placeholder("or a file or folder")
    for name in ("photos", "nothing.jpg"):
        names.fill(name)
        names.press("Enter")
    front_end.page.get_by_text("photos: 3").wait_for()
    front_end.page.get_by_text("not there").wait_for()
    front_end.shoot("photos")
    first, second, third, *others = front_end.sent("HeadshotsReadPhotos")["paths"].split("\n")
    assert others == ["photos", "nothing.jpg"]
    for line, name in ((first, "obama.jpg"), (second, "obama2.jpg"), (third, "obama3.jpg")):
        copy = front_end.server.base / "input" / line
        assert copy.read_bytes() == (photos / name).read_bytes()
    tiles.filter(has_text="nothing.jpg").get_by_role("button").click()
    assert "nothing" not in front_end.sent("HeadshotsReadPhotos")["paths"]


def test_a_sitter_is_chosen_by_name_and_saved_by_id(front_end: FrontEnd, ada: str) -> None:
    front_end.set_down("HeadshotsLoadSitter")
    choice = front_end.page.get_by_label("sitter", exact=True)
    choice.select_option(label=ada)
    assert front_end.sent("HeadshotsLoadSitter") == {"name": id_of(ada)}
    front_end.shoot("sitter")
    front_end.open_template("generate")  # which names her: she is stored, so her id takes its place
    front_end.page.wait_for_function(_NAMED_BY_ID)


def test_an_input_says_what_it_is_and_help_says_all(front_end: FrontEnd) -> None:
    title = front_end.set_down("HeadshotsKeepBest")
    front_end.wait_for_tooltip(title, "keep", KEEP_BEST.input("keep").tooltip)
    front_end.shoot("tooltip")
    front_end.page.get_by_test_id("info-button").first.click()
    front_end.page.get_by_role("heading", name="Example").first.wait_for()
    front_end.shoot("help")


def test_a_refusal_is_told_in_words(front_end: FrontEnd) -> None:
    front_end.open_template("enrol_and_save")
    front_end.type_in("Photos", paths="photos")
    ended = front_end.run()
    assert (ended["name"], ended["exception_type"]) == (
        "execution_error",
        "headshots.consent.missing",
    )
    if not of_old(front_end):
        front_end.page.get_by_test_id("error-overlay-see-errors").click()
    front_end.page.get_by_text(
        "Nothing says that 'Ada Lovelace' agreed. Ask them."
    ).first.wait_for()
    front_end.shoot("refusal")
    if of_old(front_end):
        front_end.close_dialogue()


def test_what_is_chosen_on_a_subgraph_reaches_the_nodes_within(front_end: FrontEnd) -> None:
    front_end.open_template("edit_with_qwen_image")
    front_end.type_in("Qwen-Image-Edit", dress="charcoal-blazer", seed=7, **{"how many": 3})
    assert front_end.sent("HeadshotsClothes")["dress"] == "charcoal-blazer"
    assert front_end.sent("KSampler")["seed"] == 7
    assert front_end.sent("EmptySD3LatentImage")["batch_size"] == 3
    front_end.open_template("paint_with_instantid")  # whose pack is missing
    if of_old(front_end):
        front_end.page.get_by_text("ApplyInstantID").first.wait_for()
        front_end.close_dialogue()
    front_end.type_in("SDXL with InstantID", **{"what to paint": "a portrait", "strength": 0.5})
    assert front_end.sent("CLIPTextEncode")["text"] == "a portrait"
    assert front_end.sent("KSampler")["denoise"] == 0.5
    assert front_end.sent("ControlNetLoader")["control_net_name"].startswith("instantid/")


def test_files_that_nodes_within_a_subgraph_lack_are_named(front_end: FrontEnd) -> None:
    front_end.open_template("edit_with_qwen_image")
    front_end.page.get_by_test_id("queue-button").first.click()
    if not of_old(front_end):
        front_end.page.get_by_test_id("error-overlay-see-errors").first.click()
    for file in ("qwen_image_edit_2511_fp8mixed.safetensors", "qwen_image_vae.safetensors"):
        front_end.page.get_by_text(file).locator("visible=true").first.wait_for()
    front_end.shoot("lacking")
    if of_old(front_end):
        front_end.close_dialogue()


def test_nothing_of_ours_went_wrong(front_end: FrontEnd) -> None:
    noted = front_end.noted
    assert not [each for each in noted.errors + noted.console if "extensions/headshots/js" in each]
    # It asks for help in English by name before it takes the page without one.
    failed = [each for each in noted.failed if not each.endswith("/en.md")]
    assert not [each for each in failed if "extensions/headshots" in each]


def test_german_is_spoken(server: Server, browser: Browser) -> None:
    # The newest front end speaks only the languages that it brings itself; German isn't one.
    words = json.loads((ROOT / "locales" / "de" / "nodeDefs.json").read_text("utf-8"))
    with opened("matching german", server, browser, locale="de-DE") as editor:
        if not of_old(editor):
            pytest.skip("a front end without German")
        assert editor.set_down("HeadshotsKeepBest") == words["HeadshotsKeepBest"]["display_name"]
        editor.wait_for_tooltip("Beste behalten", "keep", "Höchstens so viele behalten.")
        editor.page.get_by_test_id("info-button").first.click()
        editor.page.get_by_role("heading", name="Beispiel").first.wait_for()
        editor.shoot("help")
        nodes = editor.set_down_all(words)
        editor.shoot("nodes")
    for id, node in words.items():
        slots = [*node["inputs"].values(), *node["outputs"].values()]
        assert sorted(nodes[id]) == sorted(
            [node["display_name"], *(each["name"] for each in slots)]
        )
