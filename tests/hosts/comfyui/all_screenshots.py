"""Photographs every template as opened and every node at 100 %, in the dark and the light theme.

    .venv/bin/python -m tests.hosts.comfyui.all_screenshots [NAMES...]

In each front end; the pictures lie in `screenshots/comfyui` afterwards. NAMES: only of these
templates, or of front ends ("matching", "newest", "newest nodes 2.0"), or "nodes".
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from headshots.comfy_nodes.nodes import NODES

from ..browser import browsing
from .front_end import opened
from .prepare import ROOT, prepare
from .server import serving

FRONT_ENDS = ("matching", "newest", "newest nodes 2.0")
SCREEN = (1920, 1080)


def main(names: list[str]) -> int:
    known = [path.stem for path in sorted((ROOT / "workflows").glob("*.json"))]
    templates = [each for each in names if each in known]
    nodes = "nodes" in names or not templates
    for front_end in [each for each in names if each in FRONT_ENDS] or FRONT_ENDS:
        with (
            tempfile.TemporaryDirectory() as folder,
            serving(
                prepare(),
                Path(folder),
                newest_front_end=front_end != "matching",
                variables={"HEADSHOTS_DATA_DIR": folder},
            ) as server,
            browsing() as browser,
        ):
            for theme in ("dark", "light"):
                with opened(front_end, server, browser, size=SCREEN, theme=theme) as editor:
                    for name in templates or known * ("nodes" not in names):
                        editor.open_template(name)
                        editor.page.wait_for_timeout(1500)
                        editor.shoot(f"{theme}-{name}")
                    if nodes:
                        editor.set_down_all(step.id for step in NODES)
                        editor.page.set_viewport_size({"width": 2600, "height": 3000})
                        editor.page.wait_for_timeout(1500)
                        editor.shoot(f"{theme}-nodes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
