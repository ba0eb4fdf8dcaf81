"""What ComfyUI shows of our nodes is current, complete, and in words its front end can read."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from headshots.comfy_nodes.nodes import NODES

ROOT = Path(__file__).parents[3]
LANGUAGES = ("en", "de")


def test_locales_and_help_pages_are_current_and_german_is_complete() -> None:
    script = str(ROOT / "scripts" / "comfy_words.py")
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stderr}\nRun `python scripts/comfy_words.py`."


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_names_every_node_input_and_output(language: str) -> None:
    words = json.loads((ROOT / "locales" / language / "nodeDefs.json").read_text("utf-8"))
    assert list(words) == [step.id for step in NODES]
    for step in NODES:
        node = words[step.id]
        assert node["display_name"] and node["description"]
        assert list(node["inputs"]) == [each.name for each in step.inputs]
        assert list(node["outputs"]) == [str(index) for index in range(len(step.outputs))]
        for each in (*node["inputs"].values(), *node["outputs"].values()):
            assert each["name"] and each["tooltip"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_names_every_category(language: str) -> None:
    words = json.loads((ROOT / "locales" / language / "main.json").read_text("utf-8"))
    parts = {part for step in NODES for part in step.category.split("/")}
    assert set(words["nodeCategories"]) == parts


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_holds_a_sign_that_the_front_end_reads_as_its_own(language: str) -> None:
    for file in (ROOT / "locales" / language).iterdir():
        for text in re.findall(r'"((?:[^"\\]|\\.)*)"', file.read_text("utf-8")):
            assert not re.search(r"[{}|@]", re.sub(r"\{'[{}|@]'\}", "", text)), text


def test_no_two_inputs_of_a_node_have_one_german_name() -> None:
    words = json.loads((ROOT / "locales" / "de" / "nodeDefs.json").read_text("utf-8"))
    for node in words.values():
        names = [each["name"] for each in node["inputs"].values()]
        assert len(set(names)) == len(names), names


@pytest.mark.parametrize("step", NODES, ids=lambda step: step.id)
def test_a_help_page_says_all_and_has_an_example(step) -> None:
    folder = ROOT / "comfy_nodes" / "web" / "docs"
    for page in (folder / f"{step.id}.md", folder / step.id / "de.md"):
        text = page.read_text("utf-8")
        assert re.search(r"## (Example|Beispiel)\n\n\S", text)
        assert text.count("\n- **") == len(step.inputs) + len(step.outputs)
