"""Writes subgraphs/*.json: blueprints for ComfyUI, one node that does the job of several.

    .venv/bin/python scripts/comfy_blueprints.py [--check]

comfy_nodes/words/blueprints.toml says which nodes of which recipe in workflows/api each is made of.
With --check nothing is written; the files that differ are named.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from comfy_files import as_text, recipes, write_or_check
from comfy_graphs import links_of, nodes_of, written
from comfy_subgraphs import folded, unique

ROOT = Path(__file__).parents[1]
BLUEPRINTS = ROOT / "subgraphs"
SOURCES = ROOT / "comfy_nodes" / "words" / "blueprints.toml"


def blueprint(name: str, source: Mapping[str, Any]) -> dict[str, Any]:
    """A graph whose one node is the subgraph."""
    nodes = nodes_of(recipes()[source["recipe"]])
    made = folded(name, {"title": name, **source}, nodes, list(links_of(nodes)), id=1)
    return {
        "id": unique(f"{name} outside"),
        "revision": 0,
        "last_node_id": 1,
        "last_link_id": 0,
        "nodes": [written(made.node, 0, {})],
        "links": [],
        "groups": [],
        "definitions": {"subgraphs": [made.definition]},
        "config": {},
        "extra": {"BlueprintDescription": source["description"]},
        "version": 0.4,
    }


def main() -> int:
    sources = tomllib.loads(SOURCES.read_text("utf-8"))
    wanted = {
        BLUEPRINTS / f"{name}.json": as_text(blueprint(name, source))
        for name, source in sources.items()
    }
    return write_or_check(__doc__ or "", BLUEPRINTS, wanted)


if __name__ == "__main__":
    sys.exit(main())
