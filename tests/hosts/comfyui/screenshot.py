"""Makes docs/pictures/comfyui.jpg: the template quick_headshot after a run in the real ComfyUI.

    .venv/bin/python -m tests.hosts.comfyui.screenshot

Of the demo's public-domain photo, in the newest front end.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image

from headshots.core.cli.machine import DEMO_CONSENT
from headshots.core.settings import settings
from headshots.core.weights.store import weight_path

from ..browser import browsing
from .front_end import opened
from .prepare import ROOT, prepare
from .server import serving

# The graph from its top left corner, as wide as the window.
_WHOLE = """() => {
  app.canvas.ds.scale = 0.84;
  app.canvas.ds.offset = [84, 84];
  app.canvas.setDirty(true, true);
}"""
PICTURE = ROOT / "docs" / "pictures" / "comfyui.jpg"


def main() -> int:
    photo = weight_path("demo-photo")
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "comfyui"
        (base / "input" / "photos").mkdir(parents=True)
        shutil.copy(photo, base / "input" / "photos")
        data = {"HEADSHOTS_DATA_DIR": folder, "HEADSHOTS_WEIGHTS_DIR": str(settings().weights)}
        with (
            serving(prepare(), base, newest_front_end=True, variables=data) as server,
            browsing() as browser,
            opened("readme", server, browser, size=(1960, 1080)) as editor,
        ):
            editor.open_template("quick_headshot")
            editor.type_in("Photos", paths="photos")
            editor.type_in("Enrol", name="Sitter", consent=DEMO_CONSENT)
            editor.type_in("Studio", count=4)
            ended = editor.run()
            if ended["name"] != "execution_success":
                sys.stderr.write(f"{ended.get('exception_message', ended['name'])}\n")
                return 1
            sheet = base / "output" / "headshots" / "contact-sheet.png"
            if not sheet.is_file():
                sys.stderr.write("The contact sheet isn't there.\n")
                return 1
            editor.page.evaluate(_WHOLE)
            editor.page.wait_for_timeout(2000)  # until all pictures are drawn
            shot = editor.shoot("graph")
    Image.fromarray(shot).save(PICTURE, quality=84, optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
