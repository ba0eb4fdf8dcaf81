"""Builds the prompts for a ComfyUI: foreign nodes, their inputs, and the outputs wanted of them.

Pictures enter by Load Image and leave by Preview Image, nodes that every ComfyUI has, as PNG with
8 bits per channel in ComfyUI's temporary folder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:  # recipes are built without NumPy and OpenCV
    from ..images import Image, Mask

Spot: TypeAlias = tuple[str, int]  # id of a node, number of its output
Form: TypeAlias = Literal["image", "mask", "text"]
Constant: TypeAlias = str | int | float | bool


@dataclass(frozen=True, eq=False)
class Part:
    """Foreign nodes of a recipe that are run together.

    nodes: class and inputs in the API format, by id.
    titles: for people, by id.
    images, masks, constants: values of links from other nodes, by the output they come from.
    wanted: outputs to fetch, each with its form.
    """

    nodes: Mapping[str, Mapping[str, Any]]
    titles: Mapping[str, str]
    wanted: Mapping[Spot, Form]
    images: Mapping[Spot, Sequence[Image]]
    masks: Mapping[Spot, Sequence[Mask]]
    constants: Mapping[Spot, Constant]

    def rounds(self) -> list[Part]:
        """Parts with pictures of one size at each link, as a batch needs.

        This follows ComfyUI, which runs nodes once for each batch of a link, and repeats the last
        batch where another link has more.
        """
        images = {spot: _runs(values) for spot, values in self.images.items()}
        masks = {spot: _runs(values) for spot, values in self.masks.items()}
        counts = [len(runs) for runs in (*images.values(), *masks.values())]
        if 0 in counts:
            return []
        return [
            Part(
                self.nodes,
                self.titles,
                self.wanted,
                {spot: runs[min(number, len(runs) - 1)] for spot, runs in images.items()},
                {spot: runs[min(number, len(runs) - 1)] for spot, runs in masks.items()},
                self.constants,
            )
            for number in range(max(counts, default=1))
        ]


@dataclass(frozen=True, eq=False)
class Prompt:
    """A prompt for ComfyUI.

    shown: ids of the nodes that show what is wanted.
    """

    nodes: dict[str, dict[str, Any]]
    shown: Mapping[Spot, str]


def prompt(part: Part, upload: Callable[[Image | Mask], str]) -> Prompt:
    """The prompt that runs `part`, of one round.

    Args:
        upload: uploads a picture, and returns its name for Load Image.
    """
    nodes: dict[str, dict[str, Any]] = {}

    def add(kind: str, **inputs: Any) -> list[Any]:
        id = f"headshots {len(nodes) + 1}"  # no editor creates such ids
        nodes[id] = {"class_type": kind, "inputs": inputs}
        return [id, 0]

    def batch(pictures: Sequence[Image | Mask]) -> list[Any]:
        links = [add("LoadImage", image=upload(each)) for each in pictures]
        joined = links[0]
        for link in links[1:]:
            joined = add("ImageBatch", image1=joined, image2=link)
        return joined

    entries: dict[Spot, Any] = dict(part.constants)
    entries |= {spot: batch(pictures) for spot, pictures in part.images.items()}
    for spot, masks in part.masks.items():
        entries[spot] = add("ImageToMask", image=batch(masks), channel="red")
    for id, node in part.nodes.items():
        inputs = {name: _entered(value, entries) for name, value in node["inputs"].items()}
        nodes[id] = {"class_type": node["class_type"], "inputs": inputs}
    shown: dict[Spot, str] = {}
    for (id, slot), form in part.wanted.items():
        link: list[Any] = [id, slot]
        match form:
            case "image":
                shown[id, slot] = add("PreviewImage", images=link)[0]
            case "mask":
                shown[id, slot] = add("PreviewImage", images=add("MaskToImage", mask=link))[0]
            case "text":
                shown[id, slot] = add("PreviewAny", source=link)[0]
    return Prompt(nodes, shown)


def _entered(value: Any, entries: Mapping[Spot, Any]) -> Any:
    match value:
        case [str(id), int(slot)] if (id, slot) in entries:
            return entries[id, slot]
        case _:
            return value


def _runs(pictures: Sequence[Any]) -> list[list[Any]]:
    """Consecutive pictures of the same size, grouped."""
    return [list(run) for _, run in groupby(pictures, key=lambda each: each.shape[:2])]
