"""How ComfyUI's editor draws the nodes of our graphs: their slots, their widgets and their size."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headshots.comfy_nodes.nodes import NODES
from headshots.core.recipes.step import Input, Kind, Step
from headshots.core.recipes.steps import LOAD_SITTER

OURS = "headshots"  # the pack, as the registry calls it
NODES_OF_OTHERS = Path(__file__).with_name("stock_nodes.toml")

# Pixels of the editor at 100 %: sizes that it draws, and the spaces that we leave.
TITLE, SLOT, WIDGET, TEXT = 30, 20, 24, 90
TILES, PHOTOS, SITTER = 288, 236, 34  # our own widgets: looks, photos and the sitter
WIDTH, WIDE, TILED, SHEET = 236, 270, 300, 500
SHOWN_TEXT, SHOWN_PICTURE, SHOWN_SHEET = 60, 230, 300  # by which a node grows when it has run


@dataclass(frozen=True)
class Shape:
    """How the editor draws a node class.

    sockets: name and type of each input that only takes a link, in the editor's order.
    widgets: name, type and default of each input that a person can fill in; a widget of no type
        belongs to the one before it and is no input.
    outputs: name and type.
    text: the number of multiline text widgets.
    taller: by how much our own widgets are higher than usual ones.
    grows: the extra height after a run.
    pack: the one that it comes from, as the registry calls it.
    """

    sockets: tuple[tuple[str, str], ...]
    widgets: tuple[tuple[str, str, Any], ...]
    outputs: tuple[tuple[str, str], ...]
    width: int = WIDTH
    text: int = 0
    taller: int = 0
    grows: int = 0
    pack: str = OURS

    @property
    def height(self) -> int:
        """The height that the editor draws before a run."""
        rows = max(len(self.sockets), len(self.outputs))
        taller = self.text * (TEXT - WIDGET) + self.taller
        return rows * SLOT + len(self.widgets) * WIDGET + taller + 16

    @property
    def drawn(self) -> int:
        """The initial height: with space for results, unless a text box would fill that."""
        return self.height + (0 if self.text else self.grows)

    @property
    def slots(self) -> list[tuple[str, str]]:
        """Name and type of each input that a link can go to, in the editor's order."""
        return [*self.sockets, *((name, kind) for name, kind, _ in self.widgets if kind)]


def shapes() -> dict[str, Shape]:
    """The shape of each node class that our graphs use."""
    tables = tomllib.loads(NODES_OF_OTHERS.read_text("utf-8"))
    others = {name: _stock(table) for name, table in tables.items()}
    return others | {each.id: _shape_of(each) for each in NODES}


def _stock(table: Mapping[str, Any]) -> Shape:
    widgets = tuple((name, kind, default) for name, kind, default in table.get("widgets", ()))
    files = any(kind == "COMBO" and not default for _, kind, default in widgets)
    text = int(table.get("text", 0))
    return Shape(
        tuple((name, kind) for name, kind in table.get("sockets", ())),
        widgets,
        tuple((name, kind) for name, kind in table["outputs"]),
        WIDE if text or files else WIDTH,
        text,
        pack=table.get("pack", "comfy-core"),
    )


def _shape_of(step: Step) -> Shape:
    """The shape of one of our nodes, as the adapter declares it."""
    # The editor puts what must be given before what may be left out.
    inputs = sorted(step.inputs, key=lambda each: each.optional or each.default is not None)
    widgets: list[tuple[str, str, Any]] = []
    for each in inputs:
        if each.kind.constant:
            default = "" if each.default is None else each.default
            widgets.append((each.name, each.kind.value, default))
        if each.name == "seed":  # the editor adds what becomes of it after a run
            widgets.append(("control_after_generate", "", "fixed"))
    own = [height for each in inputs if (height := _own_widget(step, each))]
    text = sum(each.multiline and not _own_widget(step, each) for each in inputs)
    grows = _growth(step)
    return Shape(
        tuple((each.name, _taken(each.kind)) for each in inputs if not each.kind.constant),
        tuple(widgets),
        tuple((each.name.replace("_", " "), each.kind.value) for each in step.outputs),
        _width(max(own, default=0), text, grows),
        text,
        sum(own) - len(own) * WIDGET,
        grows,
    )


def _width(own: int, text: int, grows: int) -> int:
    if grows >= SHOWN_SHEET:
        return SHEET
    if own > PHOTOS // 2:
        return TILED
    return WIDE if text or grows else WIDTH


def _own_widget(step: Step, declared: Input) -> int:
    """The height of the widget that web/js puts in the place of a usual one; 0 if it puts none."""
    if declared.kind is Kind.CHOICES:
        return TILES
    match step.id, declared.name:
        case (("HeadshotsReadPhotos" | "HeadshotsReadPictures"), "paths"):
            return PHOTOS
        case (("HeadshotsLoadSitter" | "HeadshotsForgetSitter"), "name"):
            return SITTER
        case _:
            return 0


def _taken(kind: Kind) -> str:
    """What may be linked to an input, as the editor writes it."""
    return ",".join(each.value for each in Kind if kind.takes(each))


def _growth(step: Step) -> int:
    """The height that a node gains by its results: text in one box, pictures in another."""
    shown = [output for output in step.outputs if output.shown]
    text = any(output.kind is Kind.STRING for output in shown)
    pictures = any(output.kind is Kind.PICTURES or output.path for output in shown)
    images = any(output.kind is Kind.IMAGE for output in shown)
    pictures |= images and not step.keeps
    sheet = images and step.keeps
    alone = text and not pictures and not sheet and step is not LOAD_SITTER  # it says one line
    return alone * 120 + text * SHOWN_TEXT + pictures * SHOWN_PICTURE + sheet * SHOWN_SHEET
