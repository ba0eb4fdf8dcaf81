"""ComfyUI's front end in a real browser, used as a person uses it."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, TimeoutError

from ..browser import PATIENCE, Noted, page_in
from .prepare import ROOT
from .server import Server

SHOTS = ROOT / "screenshots" / "comfyui"
WIDTH, HEIGHT = 1600, 1000

_READY = """() => window.app?.graph && window.LiteGraph
    && Object.keys(LiteGraph.registered_node_types).some(name => name.startsWith("Headshots"))"""
_LISTEN = """() => {
  window.ended = null;
  for (const name of ["execution_success", "execution_error", "execution_interrupted"])
    app.api.addEventListener(name, event => { window.ended ??= { name, ...event.detail } });
}"""
_TYPE_IN = """([title, name, value]) => {
  const graphs = [app.graph, ...(app.graph.subgraphs?.values() ?? [])];
  const node = graphs.flatMap(graph => graph.nodes).find(node => node.title === title);
  node.widgets.find(widget => widget.name === name).value = value;
}"""
_DROP = """([place, files]) => {
  const dataTransfer = new DataTransfer(), element = document.querySelector(place);
  for (const [name, data] of files) {
    const bytes = Uint8Array.from(atob(data), sign => sign.charCodeAt(0));
    dataTransfer.items.add(new File([bytes], name, { type: "image/jpeg" }));
  }
  for (const kind of ["dragover", "drop"])
    element.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
}"""
_SENT = """async type => {
  const prompt = Object.values((await app.graphToPrompt()).output);
  return prompt.find(node => node.class_type === type).inputs;
}"""
_SET_DOWN = """type => {
  const node = LiteGraph.createNode(type);
  app.graph.add(node);
  app.canvas.selectNode(node);
  return node.title;
}"""
_SET_DOWN_ALL = """types => {
  const words = {}, word = slot => slot.label ?? slot.localized_name ?? slot.name;
  let x = 0, y = 0, below = 0;
  for (const type of types) {
    const node = LiteGraph.createNode(type);
    app.graph.add(node);
    if (x + node.size[0] > 2000) [x, y, below] = [0, y + below + 60, 0];
    node.pos = [x, y];
    x += node.size[0] + 40;
    below = Math.max(below, node.size[1]);
    const slots = [...(node.inputs ?? []), ...(node.outputs ?? [])];
    words[type] = [node.title, ...slots.map(word)];
  }
  return words;
}"""
_WIDGET = """([title, name]) => {
  const node = app.graph.nodes.find(node => node.title === title);
  const widget = node.widgets.find(widget => widget.name === name);
  const box = app.canvas.canvas.getBoundingClientRect(), { scale, offset } = app.canvas.ds;
  return [
    box.left + scale * (offset[0] + node.pos[0] + 60),
    box.top + scale * (offset[1] + node.pos[1] + widget.last_y + 10),
  ];
}"""
# The newest moves its camera some frames after it has opened a graph, and undoes what was set.
_SETTLED = "() => !app.pendingCamera"
_LOOK_AT = """([title, x, y]) => {
  const node = app.graph.nodes.find(node => node.title === title);
  app.canvas.ds.scale = 1;
  app.canvas.ds.offset = [x - node.pos[0], y - node.pos[1]];
  app.canvas.setDirty(true, true);
  return node.size[0];
}"""


@dataclass
class FrontEnd:
    """A page with the editor in it."""

    name: str
    server: Server
    page: Page
    noted: Noted

    @property
    def nodes_2(self) -> bool:
        """True if the nodes are the page's own elements, not drawn on a canvas."""
        return self.name.endswith("nodes 2.0")

    def open_library(self, *folders: str) -> None:
        """Open the node library, and folders in it, each within the one before or beside it."""
        self.page.keyboard.press("n")
        for folder in folders:
            self.page.get_by_role("treeitem").get_by_text(folder, exact=True).first.click()

    def search(self, words: str) -> None:
        """Type words into the search for nodes."""
        self.command("Workspace.SearchBox.Toggle")
        self.page.wait_for_function("() => document.activeElement?.tagName === 'INPUT'")
        self.page.keyboard.type(words)

    def command(self, id: str) -> None:
        """Run one of the editor's commands, as its menus and keys do."""
        self.page.evaluate("id => app.extensionManager.command.execute(id)", id)

    def open_template(self, name: str) -> None:
        """Choose a template in the template browser; returns when its nodes are there."""
        self.command("Comfy.BrowseTemplates")
        card = self.page.get_by_test_id(f"template-workflow-{name}")
        card.scroll_into_view_if_needed()  # only then is its picture fetched
        picture = card.locator("img").first
        picture.evaluate("picture => picture.decode()")
        self.shoot("templates")
        card.click()
        self.page.wait_for_function(
            "() => app.graph.nodes.some(node => node.type.startsWith('Headshots'))"
        )
        card.wait_for(state="detached")
        self.page.wait_for_function(_SETTLED)

    def set_down(self, type: str) -> str:
        """A new node in a graph of its own, selected and seen at 100 %; its title."""
        self._new_graph()
        title = self.page.evaluate(_SET_DOWN, type)
        self.look_at(title)
        return title

    def set_down_all(self, types: Iterable[str]) -> dict[str, list[str]]:
        """New nodes in a graph of their own, all in sight; the title and slots of each."""
        self._new_graph()
        words = self.page.evaluate(_SET_DOWN_ALL, list(types))
        self.page.set_viewport_size({"width": 2600, "height": 1500})
        self.page.evaluate(
            "() => { app.canvas.ds.scale = 1; app.canvas.ds.offset = [520, 160];"
            " app.canvas.setDirty(true, true); }"
        )
        self.page.wait_for_timeout(500)
        return words

    def _new_graph(self) -> None:
        self.command("Comfy.NewBlankWorkflow")
        self.page.wait_for_function("() => app.graph.nodes.length === 0")
        self.page.wait_for_function(_SETTLED)

    def hover(self, title: str, widget: str) -> None:
        """Rest the pointer on a widget of a node that is in sight."""
        if self.nodes_2:
            self.page.locator("[data-node-id]").get_by_text(widget, exact=True).hover()
            return
        x, y = self.page.evaluate(_WIDGET, [title, widget])
        self.page.mouse.move(x - 5, y)
        self.page.mouse.move(x, y)

    def wait_for_tooltip(self, title: str, widget: str, words: str) -> None:
        """Rest the pointer on a widget until its tooltip says `words`.

        A busy page misses a pointer that comes before the node is drawn, or draws it elsewhere than
        it was to be seen: it is brought back then, and the pointer comes again.
        """
        said = self.page.get_by_text(words, exact=True).first
        until = time.monotonic() + PATIENCE / 1000
        while True:
            self.hover(title, widget)
            try:
                said.wait_for(timeout=4000)
                return
            except TimeoutError:
                if time.monotonic() > until:
                    self.shoot("no-tooltip")
                    raise
                self.page.mouse.move(5, 5)
                self.look_at(title)

    def let_go(self, x: int, y: int) -> None:
        """Set down a node that hangs on the pointer, as the newest has it until a click.

        A click that the search, still closing, catches doesn't count: the node would hang on, and
        in the next graph whichever has its number.
        """
        until = time.monotonic() + PATIENCE / 1000
        while True:
            self.page.mouse.move(x - 10, y - 10)
            self.page.mouse.click(x, y)
            if self.page.evaluate("() => app.canvas.state?.ghostNodeId == null"):
                return
            assert time.monotonic() < until, "the node hangs on the pointer"
            self.page.wait_for_timeout(100)

    def close_dialogue(self) -> None:
        """Close the one dialogue that is open, as its cross does.

        Escape, pressed before it has opened, would leave it open.
        """
        dialogue = self.page.locator(".p-dialog-mask")
        dialogue.get_by_role("button", name="Close").first.click(timeout=20_000)
        dialogue.wait_for(state="detached", timeout=20_000)

    def type_in(self, title: str, **values: Any) -> None:
        """Fill in the widgets of a node, one within another included."""
        for name, value in values.items():
            self.page.evaluate(_TYPE_IN, [title, name, value])

    def drop(self, place: str, *files: Path) -> None:
        """Drop files onto the element `place`, as from the system's file manager."""
        held = [[file.name, base64.b64encode(file.read_bytes()).decode()] for file in files]
        self.page.evaluate(_DROP, [place, held])

    def sent(self, type: str) -> dict[str, Any]:
        """The inputs of the first node of a class, as the editor would send them."""
        return self.page.evaluate(_SENT, type)

    def run(self) -> dict[str, Any]:
        """Press Run; the event that ended it, with its name."""
        self.page.evaluate(_LISTEN)
        self.page.get_by_test_id("queue-button").first.click()
        self.page.wait_for_function("() => window.ended", timeout=240_000)
        return self.page.evaluate("() => window.ended")

    def look_at(self, title: str, at: tuple[int, int] = (480, 180)) -> float:
        """Bring a node's corner to a place on the canvas, at 100 %; the node's width in pixels."""
        width: float = self.page.evaluate(_LOOK_AT, [title, *at])
        self.page.wait_for_timeout(500)  # drawn with the next frames
        return width

    def shoot(self, what: str) -> np.ndarray:
        """A screenshot, kept in `SHOTS`; uint8 (H, W, 3)."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        path = SHOTS / f"{self.name.replace(' ', '-')}-{what}.png"
        return np.asarray(Image.open(io.BytesIO(self.page.screenshot(path=path))).convert("RGB"))

    def sees(self, picture: Path, width: float, what: str) -> bool:
        """Whether a picture is to be seen, `width` pixels wide, or comes to be.

        The last screenshot is kept as `what`.
        """
        until = time.monotonic() + PATIENCE / 1000
        while _likeness(picture, self.shoot(what), width) < 0.9:
            if time.monotonic() > until:
                return False
            self.page.wait_for_timeout(300)  # it is still being fetched
        return True


@contextmanager
def opened(
    name: str,
    server: Server,
    browser: Browser,
    *,
    locale: str = "en",
    size: tuple[int, int] = (WIDTH, HEIGHT),
    theme: str = "dark",
) -> Iterator[FrontEnd]:
    """The editor of a running server, in a window of `size` pixels.

    name: of the front end; "nodes 2.0" at its end has it draw nodes as elements of the page.
    theme: "dark" or "light".
    """
    settings = {
        "Comfy.TutorialCompleted": True,
        "Comfy.Minimap.Visible": False,
        "Comfy.Graph.CanvasInfo": False,
        "Comfy.VueNodes.Enabled": name.endswith("nodes 2.0"),
        "Comfy.ColorPalette": theme,
    }
    server.post("/settings", settings)
    with page_in(browser, width=size[0], height=size[1], locale=locale) as (page, noted):
        page.goto(server.url, wait_until="domcontentloaded")
        page.wait_for_function(_READY)
        yield FrontEnd(name, server, page, noted)


def _likeness(picture: Path, shot: np.ndarray, width: float) -> float:
    """How like a picture, about `width` pixels wide, a screenshot is where it is likest: -1 to 1.

    The correlation, at half size to be quick.
    """
    with Image.open(picture) as file:
        whole = np.asarray(file.convert("L"))
    ground = cv2.resize(cv2.cvtColor(shot, cv2.COLOR_RGB2GRAY), None, fx=0.5, fy=0.5)
    best = 0.0
    for share in np.arange(0.9, 1.01, 0.005):
        factor = share * width / 2 / whole.shape[1]
        small = cv2.resize(whole, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        if small.shape[0] <= ground.shape[0] and small.shape[1] <= ground.shape[1]:
            best = max(best, float(cv2.matchTemplate(ground, small, cv2.TM_CCOEFF_NORMED).max()))
    return best
