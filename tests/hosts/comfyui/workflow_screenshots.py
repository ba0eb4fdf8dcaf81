"""Photographs each native workflow after a run with tiny models, in the newest front end.

    .venv/bin/python -m tests.hosts.comfyui.workflow_screenshots

The pictures lie in `screenshots/comfyui` afterwards, two of each: the whole graph, and its end.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from headshots.core.cli.machine import DEMO_CONSENT
from headshots.core.settings import settings
from headshots.core.weights.store import weight_path

from ..browser import browsing
from .front_end import FrontEnd, opened
from .prepare import ROOT, prepare
from .server import serving
from .test_native_workflows import HERE, LESS, NATIVE, write_models

SIZE = (1960, 1000)


def main() -> int:
    environment = prepare()
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "comfyui"
        (base / "input").mkdir(parents=True)
        shutil.copy(weight_path("demo-photo"), base / "input")
        write_models(environment, base / "models")
        data = {"HEADSHOTS_DATA_DIR": folder, "HEADSHOTS_WEIGHTS_DIR": str(settings().weights)}
        enrol = ["enroll", "Sitter", str(weight_path("demo-photo")), "--consent", DEMO_CONSENT]
        subprocess.run(
            [sys.executable, "-m", "headshots", *enrol], check=True, env={**os.environ, **data}
        )
        packs = {"headshots": ROOT, "small_sizes.py": HERE / "small_sizes.py"}
        with (
            serving(
                environment, base, packs=packs, newest_front_end=True, variables=data
            ) as server,
            browsing() as browser,
        ):
            for name in sys.argv[1:] or NATIVE:
                with opened("workflow", server, browser, size=SIZE) as editor:
                    editor.open_template(name)
                    _shrink(editor, name)
                    ended = editor.run()
                    if ended["name"] != "execution_success":
                        said = ended.get("exception_message", ended["name"])
                        sys.stderr.write(f"{name}: {said}\n")
                        return 1
                    title = (
                        "Judge against the sitter" if name == "face_detail" else "Keep the sitter"
                    )
                    editor.look_at(title)
                    editor.shoot(f"{name}-end")
                    editor.command("Comfy.Canvas.FitView")
                    editor.page.wait_for_timeout(1500)
                    editor.shoot(name)
    return 0


def _shrink(editor: FrontEnd, name: str) -> None:
    """The sizes of `LESS`, and the sitter."""
    for node in json.loads(NATIVE[name].read_text("utf-8")).values():
        if values := LESS.get(node["class_type"]):
            editor.type_in(node["_meta"]["title"], **values)
    editor.type_in("Sitter", name="Sitter")


if __name__ == "__main__":
    sys.exit(main())
