"""Writes subgraphs/*.json: blueprints for ComfyUI, one node that does the job of several.

    .venv/bin/python scripts/comfy_blueprints.py [--check]

comfy_nodes/words/blueprints.toml says which nodes of which template in workflows/ each is made of;
run comfy_workflows.py first. With --check nothing is written; the files that differ are named.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
BLUEPRINTS = ROOT / "subgraphs"
SOURCES = ROOT / "comfy_nodes" / "words" / "blueprints.toml"

INPUTS, OUTPUTS = -10, -20  # as the editor numbers the two ends of a subgraph
SLOT, WIDGET, WIDTH = 20, 24, 384
APART = 160  # between the ends and the nodes


def blueprint(name: str, source: Mapping[str, Any]) -> dict[str, Any]:
    """A graph whose one node is the subgraph."""
    template = json.loads((ROOT / "workflows" / f"{source['recipe']}.json").read_text("utf-8"))
    nodes = {each["id"]: each for each in template["nodes"] if each["title"] in source["nodes"]}
    ids = {each["title"]: id for id, each in nodes.items()}
    left, top = (min(each["pos"][axis] for each in nodes.values()) for axis in (0, 1))
    for each in nodes.values():
        each["pos"] = [each["pos"][0] - left, each["pos"][1] - top]
        each["flags"] = {}
    inputs, outputs, links = _cut(name, template, nodes)
    right = max(each["pos"][0] + each["size"][0] for each in nodes.values())
    inner = {
        "id": _id(name),
        "version": 1,
        "state": {
            "lastGroupId": 0,
            "lastNodeId": max(nodes),
            "lastLinkId": max(link["id"] for link in links),
            "lastRerouteId": 0,
        },
        "revision": 0,
        "config": {},
        "name": name,
        "inputNode": _end(INPUTS, -APART - 120, inputs),
        "outputNode": _end(OUTPUTS, right + APART, outputs),
        "inputs": inputs,
        "outputs": outputs,
        "widgets": [],
        "nodes": list(nodes.values()),
        "groups": [],
        "links": links,
        "extra": {},
    }
    widgets = [[str(ids[title]), widget] for title, widget in source["widgets"]]
    height = max(len(inputs), len(outputs)) * SLOT + len(widgets) * WIDGET + 16
    outer = {
        "id": 1,
        "type": inner["id"],
        "pos": [0, 0],
        "size": [WIDTH, height],
        "flags": {},
        "order": 0,
        "mode": 0,
        "inputs": [{"name": each["name"], "type": each["type"], "link": None} for each in inputs],
        "outputs": [{"name": each["name"], "type": each["type"], "links": []} for each in outputs],
        "title": name,
        "properties": {"proxyWidgets": widgets, "cnr_id": "headshots"},
        "widgets_values": [],
    }
    return {
        "id": _id(f"{name} outside"),
        "revision": 0,
        "last_node_id": 1,
        "last_link_id": 0,
        "nodes": [outer],
        "links": [],
        "groups": [],
        "definitions": {"subgraphs": [inner]},
        "config": {},
        "extra": {"BlueprintDescription": source["description"]},
        "version": 0.4,
    }


def _cut(
    name: str, template: Mapping[str, Any], nodes: Mapping[int, dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """Inputs, outputs and links of the subgraph; the nodes' own slots follow.

    What comes from one output outside is one input; what goes to several nodes outside, one output.
    """
    ends: dict[tuple[int, int, int], dict[str, Any]] = {}
    links: list[dict[str, Any]] = []
    for each in nodes.values():
        for slot in each["inputs"]:
            slot["link"] = None
        for slot in each["outputs"]:
            slot["links"] = []
    for _, giver, output, taker, slot, kind in template["links"]:
        inside = giver in nodes, taker in nodes
        if not any(inside):
            continue
        number = len(links) + 1
        origin, target = [giver, output], [taker, slot]
        if inside != (True, True):
            outwards = inside[0]
            key = (OUTPUTS if outwards else INPUTS, giver, output)
            if outwards and key in ends:
                continue
            near = nodes[giver]["outputs"][output] if outwards else nodes[taker]["inputs"][slot]
            end = ends.setdefault(key, _slot(name, key, near, ends))
            end["linkIds"].append(number)
            if outwards:
                target = [OUTPUTS, end["at"]]
            else:
                origin = [INPUTS, end["at"]]
        if taker in nodes:
            nodes[taker]["inputs"][slot]["link"] = number
        if giver in nodes:
            nodes[giver]["outputs"][output]["links"].append(number)
        links.append(
            {
                "id": number,
                "origin_id": origin[0],
                "origin_slot": origin[1],
                "target_id": target[0],
                "target_slot": target[1],
                "type": kind,
            }
        )
    slots = {
        end: [{**slot} for key, slot in ends.items() if key[0] == end] for end in (INPUTS, OUTPUTS)
    }
    for each in (*slots[INPUTS], *slots[OUTPUTS]):
        del each["at"]
    return slots[INPUTS], slots[OUTPUTS], links


def _slot(
    name: str,
    key: tuple[int, int, int],
    near: Mapping[str, Any],
    ends: Mapping[tuple[int, int, int], Any],
) -> dict[str, Any]:
    at = sum(each[0] == key[0] for each in ends)
    return {
        "id": _id(f"{name} {key}"),
        "name": near["name"],
        "type": near["type"],
        "linkIds": [],
        "at": at,
    }


def _end(id: int, x: int, slots: Sequence[object]) -> dict[str, Any]:
    return {"id": id, "bounding": [x, 0, 120, 40 + SLOT * len(slots)]}


def _id(text: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"headshots/subgraphs/{text}"))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail if files differ")
    check = parser.parse_args().check
    sources = tomllib.loads(SOURCES.read_text("utf-8"))
    wanted = {
        BLUEPRINTS / f"{name}.json": json.dumps(blueprint(name, source), indent=1) + "\n"
        for name, source in sources.items()
    }
    there = {path: path.read_text("utf-8") for path in BLUEPRINTS.glob("*.json")}
    if check:
        differing = [path for path in wanted | there if wanted.get(path) != there.get(path)]
        sys.stderr.writelines(f"{path.relative_to(ROOT)} is not current\n" for path in differing)
        return bool(differing)
    for path in there.keys() - wanted.keys():
        path.unlink()
    BLUEPRINTS.mkdir(exist_ok=True)
    for path, text in wanted.items():
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
