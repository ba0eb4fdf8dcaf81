"""Draws workflows/*.jpg: the previews of the graphs in ComfyUI's template browser.

    .venv/bin/python scripts/comfy_previews.py

The upper part shows results made from the demo's public-domain photo, the lower part the graph.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from headshots.core.cli.machine import DEMO_CONSENT
from headshots.core.clothes.areas import areas
from headshots.core.images import from_u8, to_u8
from headshots.core.picture import Picture as Headshot
from headshots.core.portrait.portrait import Portrait
from headshots.core.progress import SILENT
from headshots.core.recipes.actions.masks import masks_of
from headshots.core.recipes.documents import built_in, native_names
from headshots.core.recipes.graph import build, with_inputs
from headshots.core.recipes.runner import run
from headshots.core.recipes.steps import CONTACT_SHEET, STUDIO
from headshots.core.weights.store import weight_path

GRAPHS = Path(__file__).parents[1] / "workflows"
SIDE, PICTURE, GAP = 560, 400, 8
COLLAPSED = (150, 30)  # what is drawn of a node of which only the title is shown
GROUND, NODE, LINK = "#1b1d21", "#4a5362", "#7f93ad"
SUIT = "#2b3a55"
PAPER, SKIN, CLOTHES = "#9aa3ad", "#e8c9ae", "#5b6a7f"
LOOKS = ("studio-grey", "executive", "daylight", "monochrome", "corporate-blue", "team-neutral")

Picture = Image.Image


def made() -> tuple[dict[str, Picture], Picture]:
    """A headshot of the demo's sitter in each look, and the contact sheet of all."""
    recipe = built_in("quick_headshot")
    values = {
        "paths": str(weight_path("demo-photo")),
        "name": "Sitter",
        "consent": DEMO_CONSENT,
        "count": len(LOOKS),
        "width": 640,
        "looks": LOOKS,
    }
    ends = [id for id, node in recipe.items() if node["class_type"] == "HeadshotsDeliver"]
    for id in ends:
        del recipe[id]
    with tempfile.TemporaryDirectory() as folder:
        results = run(with_inputs(build(recipe), {**values, "folder": folder}))
    images = results.get(next(results.of(STUDIO.id)), "images")
    (sheet,) = results.get(next(results.of(CONTACT_SHEET.id)), "sheet")
    pictures = [Image.fromarray(to_u8(image)) for image in images]
    return dict(zip(LOOKS, pictures, strict=True)), Image.fromarray(to_u8(sheet))


def beside(pictures: Sequence[Picture], above: float = 0.3) -> Picture:
    """Pictures side by side, filling the upper part.

    above: the share of the cropped rows that are cut at the top.
    """
    width = (SIDE - GAP * (len(pictures) - 1)) // len(pictures)
    band = Image.new("RGB", (SIDE, PICTURE), GROUND)
    for number, picture in enumerate(pictures):
        fitted = ImageOps.fit(picture, (width, PICTURE), centering=(0.5, above))
        band.paste(fitted, (number * (width + GAP), 0))
    return band


def somebody(head: float = 0.30, paper: str = PAPER) -> Picture:
    """A drawn head and shoulders of nobody; `head` is the head's share of the height."""
    width, height = 4 * 200, 4 * 400
    picture = Image.new("RGB", (width, height), paper)
    draw = ImageDraw.Draw(picture)
    tall, middle, top = head * height, width / 2, 0.28 * height
    draw.ellipse((middle - tall, top + tall * 1.1, middle + tall, height * 1.4), CLOTHES)
    draw.ellipse((middle - tall * 0.4, top, middle + tall * 0.4, top + tall), SKIN)
    return picture.resize((200, 400), Image.Resampling.LANCZOS)


def marked(portrait: Picture) -> Picture:
    """A portrait in which the part that an edit model paints is hatched."""
    shown = Headshot("portrait", Portrait(from_u8(np.asarray(portrait))))
    where = areas(masks_of(shown, SILENT), shown.portrait.sitter("portrait"), 0.08).neckline
    hatch = Image.new("RGB", portrait.size, SUIT)
    draw = ImageDraw.Draw(hatch)
    for x in range(-portrait.height, portrait.width, 14):
        draw.line([(x, 0), (x + portrait.height, portrait.height)], LINK, 3)
    return Image.composite(hatch, portrait, Image.fromarray(to_u8(where)))


def drawn(graph: Mapping[str, object], size: tuple[int, int]) -> Picture:
    """The graph in outline, without its note."""
    shown = [node for node in graph["nodes"] if node["type"] != "MarkdownNote"]  # type: ignore
    nodes = {
        node["id"]: (*node["pos"], *(COLLAPSED if node["flags"].get("collapsed") else node["size"]))
        for node in shown
    }
    left, top = (min(box[axis] for box in nodes.values()) for axis in (0, 1))
    right, bottom = (max(box[axis] + box[axis + 2] for box in nodes.values()) for axis in (0, 1))
    fine = 3  # drawn larger, then reduced, so that lines are smooth
    width, height = size[0] * fine, size[1] * fine
    scale = min(width / (right - left), height / (bottom - top))
    x0 = (width - (right - left) * scale) / 2 - left * scale
    y0 = (height - (bottom - top) * scale) / 2 - top * scale
    picture = Image.new("RGB", (width, height), GROUND)
    draw = ImageDraw.Draw(picture)
    for _, giver, _, taker, slot, _ in graph["links"]:  # type: ignore
        start = (nodes[giver][0] + nodes[giver][2], nodes[giver][1] + 15)
        end = (nodes[taker][0], nodes[taker][1] + 15 + 20 * slot)
        draw.line([(x0 + x * scale, y0 + y * scale) for x, y in (start, end)], LINK, fine)
    for x, y, wide, high in nodes.values():
        box = (x0 + x * scale, y0 + y * scale, x0 + (x + wide) * scale, y0 + (y + high) * scale)
        draw.rounded_rectangle(box, 3 * fine, NODE)
    return picture.resize(size, Image.Resampling.LANCZOS)


def main() -> int:
    by_look, sheet = made()
    photo = Image.open(weight_path("demo-photo")).convert("RGB")
    # Three of its pictures whole, with what is said of them, and no other.
    left, top, right, bottom = (round(x * sheet.width) for x in (0.022, 0.095, 0.738, 0.605))
    cells = sheet.crop((left, top, right, bottom))
    team, dressed = by_look["team-neutral"], marked(by_look["studio-grey"])
    shown: dict[str, Callable[[], Picture]] = {
        "quick_headshot": lambda: beside([photo, by_look["studio-grey"], by_look["executive"]]),
        "enrol_and_save": lambda: beside([photo], above=0),
        "generate": lambda: beside([by_look["executive"], by_look["daylight"]]),
        "team_matched_headshot": lambda: beside([by_look["corporate-blue"]]),
        "one_of_a_team": lambda: beside([photo, team]),
        "team_set": lambda: beside([somebody(), team, somebody()]),
        "compare_a_team": lambda: beside([somebody(0.2), team, somebody(0.42, "#b7a98e")]),
        "score_a_picture": lambda: ImageOps.pad(
            cells, (SIDE, PICTURE), color=cells.getpixel((0, 0))
        ),
        "best_of_many": lambda: ImageOps.fit(sheet, (SIDE, PICTURE), centering=(0.5, 0)),
        "best_of_a_sampler": lambda: beside([by_look[look] for look in LOOKS[:4]]),
        **{name: lambda: beside([by_look["studio-grey"], dressed]) for name in native_names()},
        "face_detail": lambda: beside([by_look["executive"]], above=0.2),
        "refine_and_deliver": lambda: beside([by_look["daylight"]]),
        "deliver": lambda: beside([by_look["monochrome"], by_look["studio-grey"]]),
    }
    for path in sorted(GRAPHS.glob("*.json")):
        preview = Image.new("RGB", (SIDE, SIDE), GROUND)
        preview.paste(shown[path.stem](), (0, 0))
        graph = json.loads(path.read_text("utf-8"))
        below = (SIDE - 4 * GAP, SIDE - PICTURE - 4 * GAP)
        preview.paste(drawn(graph, below), (2 * GAP, PICTURE + 2 * GAP))
        preview.save(path.with_suffix(".jpg"), quality=82, optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
