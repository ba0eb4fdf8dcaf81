"""Turns a client's request into a job: recipe, inputs, pictures."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import InputError, NothingHere, RecipeInput, RecipeUnreadable
from ..recipes.documents import built_in, document_file, shipped_names
from ..recipes.graph import Link, Node, Recipe, build, with_inputs
from ..recipes.places import allowed, resolve_within
from ..recipes.steps import (
    ENROL,
    FORGET_SITTER,
    LOAD_SITTER,
    READ_PHOTOS,
    READ_PICTURES,
    TEAM_FRAMING,
)
from ..recipes.values import lines
from ..registry import unknown
from ..settings import settings
from ..vault import key_of
from ..vault.ids import known_as
from .jobs import Job
from .schemas import NewJob
from .sheet import upload_of
from .state import ServerState
from .uploads import Upload

_READING = (READ_PHOTOS, READ_PICTURES)
# The input of each step that names sitters.
_SITTERS = {ENROL: "name", LOAD_SITTER: "name", FORGET_SITTER: "name", TEAM_FRAMING: "sitters"}


def own_recipes() -> Mapping[str, Path]:
    """The user's own recipes by name: the JSON files in the folder `recipes` of the settings."""
    folder, reserved = settings().recipes, shipped_names()
    paths = sorted(folder.glob("*.json")) if folder.is_dir() else []
    return {path.stem: path for path in paths if path.stem not in reserved}


def named(name: str) -> dict[str, Any]:
    """The document of the recipe called `name`.

    Raises:
        UnknownName: there is none.
        RecipeUnreadable: it is the user's own and can't be read.
    """
    own = own_recipes()
    if name in own:
        return document_file(own[name])
    known = shipped_names()
    if name not in known:
        raise unknown("recipe", name, (*known, *own))
    return built_in(name)


def ordered(wanted: NewJob, state: ServerState) -> Job:
    """The job for the request `wanted`; it is not run yet.

    Raises:
        RecipeError: the recipe, an input or a node for pictures is not valid.
        NothingHere: a picture isn't held.
    """
    document = named(wanted.recipe) if isinstance(wanted.recipe, str) else wanted.recipe
    foreign = bool(settings().comfy)
    built = build(_with_paths(document), wanted=wanted.wanted, foreign=foreign)
    sound = with_inputs(built, wanted.inputs)
    if not wanted.files:
        sound = _without_files(sound)
    pictures = {
        _reading(sound, node): [_upload(state, id) for id in ids]
        for node, ids in wanted.pictures.items()
    }
    recipe = within(sound, besides=pictures.keys(), chosen=_chosen(wanted.folders))
    title = wanted.title or (wanted.recipe if isinstance(wanted.recipe, str) else "Recipe")
    return Job(
        title,
        recipe,
        sitters=frozenset(_sitters(recipe)),
        pictures=pictures,
        detached=wanted.detach,
        listed=wanted.listed,
    )


def _without_files(recipe: Recipe) -> Recipe:
    """`recipe` without the nodes that write into a folder, and those that need them; what they
    would have written is wanted in their place.
    """
    kept: dict[str, Node] = {}
    wanted = set(recipe.wanted)
    for id, node in recipe.nodes.items():
        before = {link.node for _, link in node.links()}
        if before <= kept.keys() and not any(each.path == "folder" for each in node.step.inputs):
            kept[id] = node
        else:
            wanted |= before
    return Recipe(kept, frozenset(wanted & kept.keys()))


def _upload(state: ServerState, id: str) -> Upload:
    """The upload with that id, or the picture of an earlier job called "JOB/NAME"."""
    job, slash, name = id.partition("/")
    try:
        return upload_of(state.jobs.get(job), name) if slash else state.uploads.get(id)
    except NothingHere as error:  # the id is part of a larger request, so 422 and not 404
        raise RecipeInput(error.what, error.remedy) from None


def _chosen(folders: Sequence[str]) -> tuple[Path, ...]:
    """The folders that a person chose to write to.

    Raises:
        RecipeInput: one isn't there, or is hidden.
    """
    paths = tuple(map(Path, folders))
    for path in paths:
        hidden = any(part.startswith(".") for part in path.resolve().parts)
        if not path.is_absolute() or hidden or not path.is_dir():
            raise RecipeInput(f"Nothing is written to {str(path)!r}", "Choose another folder.")
    return paths


def within(recipe: Recipe, besides: Collection[str], chosen: Sequence[Path] = ()) -> Recipe:
    """`recipe` with its relative folders placed in the output folder; a server has no other one.

    Args:
        besides: ids of nodes that get pictures and so read no paths.
        chosen: folders that a person chose for this recipe, besides those of the settings.

    Raises:
        RecipeInput: a relative folder that leads out of the output folder, a relative path to read
            from, or a path outside of the folders that the settings allow.
    """
    base, served = settings().output_dir, (*settings().served, *chosen)
    nodes = dict(recipe.nodes)
    for node in recipe.nodes.values():
        for declared in node.step.inputs if node.id not in besides else ():
            value = node.inputs[declared.name]
            if not declared.path or not isinstance(value, str) or not value.strip():
                continue
            try:
                if declared.path == "folder" and not Path(value.strip()).is_absolute():
                    placed = str(resolve_within(base, value, str(base)))
                else:
                    placed = "\n".join(str(allowed(served, line)) for line in lines(value))
            except InputError as error:
                raise RecipeInput(f"{node}: {declared.name}: {error.what}", error.remedy) from None
            inputs = {**nodes[node.id].inputs, declared.name: placed}
            nodes[node.id] = replace(nodes[node.id], inputs=inputs)
    return replace(recipe, nodes=nodes)


def readers(recipe: Recipe) -> list[Node]:
    """The nodes that a client can send pictures to."""
    return [node for node in recipe.nodes.values() if node.step in _READING]


def _reading(recipe: Recipe, name: str) -> str:
    """Id of the picture-reading node with the title or id `name`."""
    ids = [node.id for node in readers(recipe) if name in (node.id, node.title)]
    if len(ids) != 1:
        there = ", ".join(f"{node.id} ({node.title})" for node in readers(recipe)) or "none"
        raise RecipeInput(
            f"Pictures are for the node {name!r}, which {'is several' if ids else 'is not one'} "
            "that reads them",
            f"Nodes that read pictures: {there}.",
        )
    return ids[0]


def _with_paths(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """`document` with empty paths where there are none: pictures may be sent instead."""
    ids = [step.id for step in _READING]  # a list, as an untrusted class_type may be unhashable
    return {
        id: {**node, "inputs": {"paths": "", **node["inputs"]}}
        if isinstance(node, dict)
        and node.get("class_type") in ids
        and isinstance(node.get("inputs"), dict)
        else node
        for id, node in document.items()
    }


def _sitters(recipe: Recipe) -> list[str]:
    names: list[str] = []
    for node in recipe.nodes.values():
        if node.step in _SITTERS:
            named = node.inputs[_SITTERS[node.step]]
            if isinstance(named, Link) or named is None:
                raise RecipeUnreadable(
                    f"{node}: the sitter's name comes along a link", "Type the name in."
                )
            names += lines(str(named)) if node.step is TEAM_FRAMING else [str(named)]
    return [key_of(known_as(name)) for name in names]
