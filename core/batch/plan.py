"""The recipe of a batch, checked before it is run for anybody."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, cast

from ... import __version__ as _version
from ..errors import RecipeInput
from ..recipes.documents import literal
from ..recipes.graph import Link, Node, Recipe, build, with_inputs
from ..recipes.step import Constant
from ..recipes.steps import CHOOSE_LOOK, CLOTHES, ENROL, READ_PHOTOS, SAVE_SITTER, STUDIO
from ..settings import settings
from .people import Person

# Whether and how the sitter is stored.
Saving: TypeAlias = Literal["", "new", "replace"]

# The built-in recipe for batches.
RECIPE = "one_of_a_team"


@dataclass(frozen=True, eq=False)
class Plan:
    """A valid recipe that enrols one sitter from one node of photos.

    photos, enrol: ids of these nodes.
    saving: "", "new" or "replace": whether and how the machine with the vault stores the sitter
        after their run. The recipe itself stores nobody.
    """

    recipe: Recipe
    photos: str
    enrol: str
    saving: Saving = ""

    @classmethod
    def of(
        cls, document: Mapping[str, Any], inputs: Mapping[str, Constant], look: str = ""
    ) -> Plan:
        """The plan for the recipe `document`, with `inputs` changed and its look set to `look`.

        Raises:
            RecipeError: the recipe isn't valid, or isn't for a single sitter.
        """
        recipe = build(_without_paths(document), foreign=bool(settings().comfy))
        if look:
            node = _only(recipe, CHOOSE_LOOK.id, "Choose look")
            recipe = with_inputs(recipe, {f"{node.id}.looks": (look,)})
        recipe = with_inputs(recipe, inputs)
        enrol = _only(recipe, ENROL.id, ENROL.title)
        source = enrol.inputs["photos"]
        if not isinstance(source, Link) or recipe.nodes[source.node].step is not READ_PHOTOS:
            raise RecipeInput(
                f"{enrol} takes its photos from something else than {READ_PHOTOS.title!r}",
                f"Link a node of {READ_PHOTOS.title!r} to it.",
            )
        saves = [node for node in recipe.nodes.values() if node.step is SAVE_SITTER]
        if not saves:
            return cls(recipe, source.node, enrol.id)
        replace = any(node.inputs["replace"] for node in saves)
        recipe = _unsaved(recipe, saves, enrol.id)
        return cls(recipe, source.node, enrol.id, "replace" if replace else "new")

    @property
    def paints(self) -> bool:
        """Whether a step runs a diffusion model."""
        return any(
            node.step.paints and node.inputs.get(node.step.paints[0]) == node.step.paints[1]
            for node in self.recipe.needed()
        )

    @property
    def looks(self) -> tuple[Node, ...]:
        """The nodes that choose a look of a matched set, all by constants; none where the pictures
        need not match.
        """
        needed = self.recipe.needed()
        if not any(node.step is STUDIO and node.inputs["matched"] is True for node in needed):
            return ()
        names = ("looks", "head", "eye_line")
        return tuple(
            node
            for node in needed
            if node.step is CHOOSE_LOOK
            and not any(isinstance(node.inputs[name], Link) for name in names)
        )

    @property
    def unframed(self) -> tuple[str, ...]:
        """Names of the looks of a matched set whose framing the recipe leaves to the look."""
        return tuple(dict.fromkeys(name for node in self._unframed for name in chosen(node)))

    @property
    def _unframed(self) -> tuple[Node, ...]:
        return tuple(
            node for node in self.looks if node.inputs["head"] == node.inputs["eye_line"] == 0
        )

    def with_framings(self, framings: Mapping[str, tuple[float, float]]) -> Plan:
        """The plan with a head size and an eye line for each of its looks `unframed`, by name."""
        document = self.recipe.document()
        for node in self._unframed:
            inputs = document[node.id]["inputs"]
            *before, last = chosen(node)
            # A node for each, the last under the old id: other nodes are linked to it.
            for name in (*before, last):
                id = node.id if name == last else f"{node.id} {name}"
                head, eye_line = framings[name]
                framed = {"looks": literal((name,)), "head": head, "eye_line": eye_line}
                document[id] = document[node.id] | {"inputs": inputs | framed}
                inputs = inputs | {"and_also": [id, 0]}
        recipe = build(document, wanted=self.recipe.wanted, foreign=bool(settings().comfy))
        return replace(self, recipe=recipe)

    def require_nothing_stored(self) -> None:
        """Raise RecipeInput if a step needs the vault, which only this machine has."""
        for node in self.recipe.needed():
            if node.step.stored:
                raise RecipeInput(
                    f"{node} needs stored sitters, and workers on other machines have none",
                    "Run this recipe without --ray.",
                )

    def require_clothes(self, people: Sequence[Person]) -> None:
        """Raise RecipeInput if the people have dresses or colours, and no step would see them."""
        if any(each.dress or each.colour for each in people) and not self._clothes:
            raise RecipeInput(
                f"The list says what people wear, and the recipe has no node of {CLOTHES.title!r}",
                "Choose a recipe with one by --recipe, or take the columns 'dress' and 'colour' "
                "out of the list.",
            )

    @property
    def _clothes(self) -> tuple[Node, ...]:
        return tuple(node for node in self.recipe.nodes.values() if node.step is CLOTHES)

    def dressing(self, person: Person) -> Plan:
        """The plan with what the person wears; a dress without a colour is in its usual one."""
        if not person.dress and not person.colour:
            return self
        worn = {"dress": person.dress} if person.dress else {}
        values: dict[str, Constant] = {
            f"{node.id}.{name}": value
            for node in self._clothes
            for name, value in {**worn, "colour": person.colour}.items()
        }
        return replace(self, recipe=with_inputs(self.recipe, values))

    def of_person(self, name: str, consent: str, folder: str) -> Recipe:
        """The recipe for one person, with their name and consent, delivering to `folder`."""
        values: dict[str, Constant] = {
            f"{self.enrol}.name": name,
            f"{self.enrol}.consent": consent,
        }
        for node in self.recipe.nodes.values():
            for each in node.step.inputs:
                if each.path == "folder" and not isinstance(node.inputs[each.name], Link):
                    values[f"{node.id}.{each.name}"] = folder
        return with_inputs(self.recipe, values)

    def inputs_of(self, person: Person) -> str:
        """A hash of all inputs of the person's pictures; photos count by name, size and time."""
        stats = [
            (each.name, (stat := each.stat()).st_size, stat.st_mtime_ns) for each in person.photos
        ]
        fault = person.fault.what if person.fault else ""
        who = [person.name, person.consent, person.dress, person.colour, stats, fault]
        parts = [_version, self.recipe.document(), self.saving, *who]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def chosen(node: Node) -> tuple[str, ...]:
    """The looks that one of `Plan.looks` chooses."""
    return cast(tuple[str, ...], node.inputs["looks"])


def _only(recipe: Recipe, step: str, title: str) -> Node:
    nodes = [node for node in recipe.nodes.values() if node.step.id == step]
    if len(nodes) != 1:
        raise RecipeInput(
            f"The recipe has {len(nodes) or 'no'} node{'s'[: len(nodes) > 1]} of {title!r}",
            f"A batch needs one. The recipe {RECIPE!r} is such a one.",
        )
    return nodes[0]


def _without_paths(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """`document` with empty paths of photos: the photos are passed directly."""
    return {
        id: {**node, "inputs": {**node["inputs"], "paths": ""}}
        if isinstance(node, dict)
        and node.get("class_type") == READ_PHOTOS.id
        and isinstance(node.get("inputs"), dict)
        else node
        for id, node in document.items()
    }


def _unsaved(recipe: Recipe, saves: Sequence[Node], enrol: str) -> Recipe:
    """`recipe` without the nodes `saves`: links from them are moved to `enrol`."""
    document = recipe.document()
    ends = {(node.id, 0) for node in saves}
    for node in saves:
        link = node.inputs["identity"]
        if not isinstance(link, Link) or (link.node, link.slot) not in {(enrol, 0), *ends}:
            raise RecipeInput(
                f"{node} takes somebody else than {ENROL.title!r} enrols",
                f"Link it to the node of {ENROL.title!r}.",
            )
        del document[node.id]
    for node in document.values():
        for name, value in node["inputs"].items():
            if isinstance(value, list) and tuple(cast(list[Any], value)) in ends:
                node["inputs"][name] = [enrol, 0]
    return build(document, wanted=[enrol], foreign=bool(settings().comfy))
