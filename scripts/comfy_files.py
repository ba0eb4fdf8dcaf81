"""The recipes that ComfyUI's graphs are made of, and the files that are made of them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RECIPES = ROOT / "workflows" / "api"


@cache
def recipes() -> dict[str, dict[str, Any]]:
    """The recipes by name, those in folders of it too."""
    paths = sorted(RECIPES.rglob("*.json"))
    return {path.stem: json.loads(path.read_text("utf-8")) for path in paths}


def as_text(document: Mapping[str, Any]) -> str:
    """A graph as its file holds it."""
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def write_or_check(usage: str, folder: Path, wanted: Mapping[Path, str]) -> int:
    """Make `folder` hold the JSON files that are wanted, and no other; the exit status.

    With --check on the command line nothing is written, and what differs is named.
    """
    parser = argparse.ArgumentParser(description=usage.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail if files differ")
    there = {path: path.read_text("utf-8") for path in folder.glob("*.json")}
    if parser.parse_args().check:
        differing = [path for path in {**wanted, **there} if wanted.get(path) != there.get(path)]
        sys.stderr.writelines(f"{path.relative_to(ROOT)} is not current\n" for path in differing)
        return bool(differing)
    for path in there.keys() - wanted.keys():
        path.unlink()
    folder.mkdir(exist_ok=True)
    for path, text in wanted.items():
        path.write_text(text, "utf-8")
    return 0
