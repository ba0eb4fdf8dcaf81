"""Recipes that edit a file in place, as the external editor of another program."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..delivery.xmp_merge import merge_xmp
from ..errors import NothingKept, RecipeInput, WriteFailed
from ..photos.put_back import packet_of, put_back
from ..photos.reading import read_file
from ..photos.writing import JPEG_XMP
from ..picture import Picture
from ..progress import SILENT, Progress
from ..vault.shown_files import write_shown
from .actions.files import check_consent
from .actions.handed import handed
from .actions.images import entered
from .anonymise import anonymise, written
from .builder import add
from .graph import Link, Recipe, build, with_inputs
from .runner import Results, run
from .step import Constant, Step
from .steps import (
    AUTHENTICITY_CARD,
    CONTACT_SHEET,
    DELIVER_PICTURES,
    KEEP_SITTER,
    LOAD_SITTER,
    READ_PICTURES,
    REFINE,
    RELIGHT,
    REPLACE_BACKDROP,
    RETOUCH,
)

# Steps that are recipes by themselves, by the names that people give them.
SINGLE: Mapping[str, Step] = {
    "retouch": RETOUCH,
    "relight": RELIGHT,
    "refine": REFINE,
    "backdrop": REPLACE_BACKDROP,
    "keep-sitter": KEEP_SITTER,
}
_FILE = "Pictures"  # title of the node that reads the file, where a recipe reads others besides
# They write files of their own, which an edit in place has none of.
_WRITERS = (DELIVER_PICTURES, AUTHENTICITY_CARD, CONTACT_SHEET)


@dataclass(frozen=True)
class InPlace:
    """A recipe for one file.

    read: id of the node that the file is handed to. made: the output that goes back into it.
    text: the recipe for the file's metadata, anonymised.
    """

    recipe: Recipe
    read: str
    made: Link
    text: str

    def edit(self, path: Path, progress: Progress = SILENT) -> list[str]:
        """Edit the file at `path`; what was done to it, in words.

        The file is replaced when the new one is whole; after any error it is as it was.

        Raises:
            NothingKept: the recipe gave no picture.
            RecipeInput: it gave several.
            InputError: it gave one of another size.
            PhotoUnsupported: the file is none that can be edited in place.
            WriteFailed: it can't be written, or was changed by another program meanwhile.
            HeadshotsError: whatever a step raises.
        """
        path = path.resolve()  # a link goes on leading to the file
        data, before = read_file(path, path.name), path.stat()
        if not os.access(path, os.W_OK):
            raise WriteFailed(f"{path} is write-protected", "Allow that it is written, or copy it.")
        reading = handed(READ_PICTURES, [(path.name, data)])
        results = run(self.recipe, progress=progress, handed={self.read: reading})
        notes = [line for each in _notes(results) for line in each.splitlines()]
        source: Picture = reading.outputs[0][0]
        picture = self._picture(results, path.name, notes)
        if np.array_equal(picture.image, source.image):
            return notes or [f"{path.name}: nothing was changed"]
        check_consent([picture])
        packet = packet_of(data, path.name)
        xmp = merge_xmp(packet, provenance=picture.provenance, recipe=self.text)
        if len(xmp) > JPEG_XMP and data.startswith(b"\xff\xd8"):
            xmp = merge_xmp(packet, provenance=picture.provenance)
            notes.append(f"{path.name}: the recipe is too long for a JPEG and was left out")
        edited = put_back(data, path.name, source.image, picture.image, xmp)
        now = path.stat()
        if (now.st_mtime_ns, now.st_size) != (before.st_mtime_ns, before.st_size):
            raise WriteFailed(
                f"{path} was changed by another program meanwhile", "Edit it once more."
            )
        mode = stat.S_IMODE(before.st_mode)
        write_shown({path: edited}, [picture.sitter], handed="delivered", mode=mode)
        path.chmod(mode)  # whatever the umask is
        return notes or [f"{path.name}: edited"]

    def _picture(self, results: Results, name: str, notes: list[str]) -> Picture:
        pictures = entered(results.outputs[self.made.node][self.made.slot])
        if not pictures:
            raise NothingKept(
                f"The recipe kept no picture of {name}, which stays as it was. " + " ".join(notes),
                "See the reason, or take another recipe.",
            )
        if len(pictures) > 1:
            raise RecipeInput(
                f"The recipe makes {len(pictures)} pictures of {name}",
                "Take one that makes a single picture of each.",
            )
        return pictures[0]


def single(name: str, sitter: str = "", original: str = "") -> dict[str, Any]:
    """The recipe of one step of `SINGLE`, for the named sitter if there is one.

    Args:
        original: path of the picture that was edited, for the step that compares with it.

    Raises:
        RecipeInput: the step needs a sitter or an original and none is named, or takes none.
    """
    step, document = SINGLE[name], dict[str, Any]()
    declared = {each.name: each for each in step.inputs}
    for needed, value, option in (
        ("identity", sitter, "--sitter NAME"),
        ("originals", original, "--original FILE"),
    ):
        if needed not in declared and value:
            raise RecipeInput(f"{name} has no use for {option}", "Leave it out.")
        if needed in declared and not declared[needed].optional and not value:
            raise RecipeInput(f"{name} lacks what it compares with", f"Add {option}.")
    read = add(document, READ_PICTURES, _FILE, paths="handed over")
    inputs: dict[str, Any] = {"pictures": read["pictures"]}
    if "on_no_face" in declared:
        inputs["on_no_face"] = "raise"
    if "on_refusal" in declared:
        inputs["on_refusal"] = "reject"
    if sitter:
        inputs["identity"] = add(document, LOAD_SITTER, "Sitter", name=sitter)["identity"]
    if original:
        others = add(document, READ_PICTURES, "Original", paths=original)
        inputs["originals"] = others["pictures"]
    made = add(document, step, "Edit", **inputs)
    add(document, DELIVER_PICTURES, "Deliver", pictures=made["pictures"])
    return document


def in_place(document: Mapping[str, Any], values: Mapping[str, Constant] | None = None) -> InPlace:
    """The recipe in a document made to edit files: what it reads is the file, and what it delivers
    goes back into it. What else it would write is left out. Where it reads other pictures besides,
    the node called "Pictures" reads the file.

    Args:
        values: inputs to change, as `with_inputs` takes them.

    Raises:
        RecipeError: it can't be read, or doesn't read one set of pictures and deliver one.
    """
    whole = with_inputs(build(document), values or {})
    of = {
        step: [node for node in whole.nodes.values() if node.step is step]
        for step in (READ_PICTURES, DELIVER_PICTURES)
    }
    if len(of[READ_PICTURES]) > 1:
        of[READ_PICTURES] = [node for node in of[READ_PICTURES] if node.title == _FILE]
    for step, nodes in of.items():
        if len(nodes) != 1:
            raise RecipeInput(
                f"The recipe has {len(nodes)} nodes of {step.title!r}, and a file is edited in "
                "place by a recipe with one",
                f"Take one of {', '.join(SINGLE)}, or a recipe with one.",
            )
    (read,), (deliver,) = of.values()
    made = deliver.inputs["pictures"]
    assert isinstance(made, Link)
    text = written(anonymise(whole.document(), deliver.id))
    nodes = {id: node for id, node in whole.nodes.items() if node.step not in _WRITERS}
    recipe = replace(whole, nodes=nodes, wanted=frozenset({read.id, made.node}))
    return InPlace(recipe, read.id, made, text)


def _notes(results: Results) -> list[str]:
    """The notes of all steps, in order."""
    return [
        results.get(id, "notes")
        for id in results.outputs
        if any(output.name == "notes" for output in results.recipe.nodes[id].step.outputs)
    ]
