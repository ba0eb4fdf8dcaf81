"""Shows a node's results in the graph: pictures, contact sheets and text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import folder_paths
from comfy_api.latest import io, ui

from ..core.delivery.sheet import sheet_png
from ..core.images import Image
from ..core.recipes.actions.images import entered
from ..core.recipes.actions.retention import sitters_in
from ..core.recipes.step import Kind, Output, Step
from ..core.recipes.steps import CONTACT_SHEET
from ..core.recipes.values import lines
from ..core.vault.shown_files import list_shown
from .batches import batches_of
from .places import below_output

# Width in pixels of a sheet in a node, which is 500 wide: words are then at least 10 pixels high.
_PAGE = 900

# What a browser shows.
_SHOWN = {".png", ".jpg", ".jpeg", ".webp"}


def shown(
    step: Step, inputs: Mapping[str, Any], outputs: tuple[Any, ...]
) -> dict[str, list[Any]] | None:
    """ComfyUI's `ui` of a node: "images" and "text" of the outputs that are for people."""
    results = {each.name: value for each, value in zip(step.outputs, outputs, strict=True)}
    parts: dict[str, list[Any]] = {}
    for output in step.outputs:
        if output.shown and output.kind is Kind.STRING:
            text = results[output.name]
            if output.path:
                files = [below_output(path) or Path(path) for path in lines(text)]
                parts.setdefault("images", []).extend(map(_saved, filter(_shows, files)))
                text = "\n".join(map(str, files))
            parts.setdefault("text", []).extend([text] if text else [])
        elif output.shown:
            previews = _written(_images(step, output, results[output.name], inputs))
            names = sitters_in([*inputs.values(), *outputs])
            places = [_place(each) for each in previews]
            for place in places:
                place.chmod(0o600)  # ComfyUI lets every user of the machine read them
            list_shown(places, names)
            parts.setdefault("images", []).extend(previews)
    return parts or None


def _images(step: Step, output: Output, value: Any, inputs: Mapping[str, Any]) -> list[Image]:
    """The images to show for an output: its own, or a contact sheet of pictures.

    A sheet as it is written is too wide to be read in a node: it is drawn anew, for one.
    """
    if step is CONTACT_SHEET:
        value = entered(inputs["pictures"])
    elif output.kind is not Kind.PICTURES:
        return value
    return (
        [sheet_png(value, title=inputs.get("title", step.title), columns=2, page=_PAGE)]
        if value
        else []
    )


def _written(pictures: list[Image]) -> list[Any]:
    """Write pictures to ComfyUI's temp folder, without the graph in them; the references."""
    return [
        reference
        for batch in batches_of(pictures)
        for reference in ui.PreviewImage(batch).as_dict()["images"]
    ]


def _place(preview: Any) -> Path:
    """The file in ComfyUI's temp folder that a reference leads to."""
    return Path(folder_paths.get_temp_directory(), preview["subfolder"], preview["filename"])


def _shows(path: Path) -> bool:
    """Whether a browser can show a delivered file: it must be in the output folder."""
    return not path.is_absolute() and path.suffix.lower() in _SHOWN


def _saved(path: Path) -> Any:
    folder = path.parent.as_posix().removeprefix(".")
    return ui.SavedResult(path.name, folder, io.FolderType.output)
