"""One node that does the job of several: found by search, open to be looked into, and complete."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from .front_end import opened
from .prepare import ROOT
from .server import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BLUEPRINTS = {path.stem: path for path in sorted((ROOT / "subgraphs").glob("*.json"))}


def test_the_blueprints_are_current() -> None:
    script = str(ROOT / "scripts" / "comfy_blueprints.py")
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stderr}\nRun `python scripts/comfy_blueprints.py`."


def test_the_server_offers_them(server: Server) -> None:
    offered = server.get("/global_subgraphs")
    ours = {each["name"]: id for id, each in offered.items() if "headshots" in str(each["info"])}
    assert ours.keys() == BLUEPRINTS.keys()
    for name, id in ours.items():
        sent = server.get(f"/global_subgraphs/{id}")["data"]
        assert json.loads(sent) == json.loads(BLUEPRINTS[name].read_text("utf-8"))


@pytest.mark.parametrize("name", BLUEPRINTS)
def test_a_blueprint_is_found_and_sends_its_nodes(
    name: str, server: Server, browser: Browser
) -> None:
    (inner,) = json.loads(BLUEPRINTS[name].read_text("utf-8"))["definitions"]["subgraphs"]
    with opened("matching", server, browser) as editor:
        editor.command("Comfy.NewBlankWorkflow")
        editor.search(name)
        editor.page.get_by_text(name, exact=True).first.wait_for()
        editor.page.keyboard.press("Enter")
        editor.page.wait_for_function(
            "name => app.graph.nodes.some(node => node.title === name)", arg=name
        )
        editor.look_at(name)
        editor.shoot(f"blueprint {name}")
        sent = editor.page.evaluate("async () => (await app.graphToPrompt()).output")
    assert sorted(each["class_type"] for each in sent.values()) == sorted(
        each["type"] for each in inner["nodes"]
    )
    # Every link within came along; those to what lies outside are left to the person.
    within = [link for link in inner["links"] if min(link["origin_id"], link["target_id"]) > 0]
    links = [value for each in sent.values() for value in each["inputs"].values()]
    assert sum(isinstance(value, list) for value in links) == len(within)
