"""Routes about this installation: health, steps, looks, recipes."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from .... import __version__
from ...comfyui.addresses import warnings
from ...errors import HeadshotsError, InputError, RecipeError
from ...faces import ANALYSERS
from ...generation import GENERATORS, LOOKS, find_look
from ...generation.availability import unavailable
from ...generation.busts import light_png, look_png
from ...recipes.documents import native_names, shipped_names
from ...recipes.foreign import unmet
from ...recipes.graph import Link, Recipe, build
from ...recipes.languages import step_words
from ...recipes.step import Input, Step
from ...recipes.steps import STEPS
from ...refinement.presets import BUILT_IN, presets, save_preset
from ...retouching import retouching_from
from ...settings import settings
from ...translation.translate import Say, speaker_for
from ...vault import open_vault
from ...vault.news import troubles, worded
from ...vault.policy import retention_days
from ...weights.doctor import examine
from ...weights.store import State as Presence
from ..jobs import State
from ..language import Language, Spoken
from ..orders import named, own_recipes, readers
from ..problems import documented
from ..schemas import (
    Health,
    InputShape,
    LookShape,
    OutputShape,
    PresetShape,
    RecipeShape,
    StepShape,
)
from ..state import ServerState


def router(state: ServerState) -> APIRouter:
    """Routes about the installation."""
    routes = APIRouter(tags=["about"], responses=documented())

    @routes.get("/v1/health")
    def health(say: Spoken) -> Health:
        """Whether the server can work; what to do where it can't."""
        report = examine()
        jobs = state.jobs.all()
        news, notices = _news()
        return Health(
            version=__version__,
            ready=report.well,
            remedies=list(map(say, report.remedies)),
            weights_missing=[
                each.weight.name for each in report.weights if each.state is not Presence.PRESENT
            ],
            generators=list(GENERATORS.names()),
            analysers=list(ANALYSERS.names()),
            devices=list(state.devices),
            waiting=sum(job.state is State.QUEUED for job in jobs),
            running=sum(job.state is State.RUNNING for job in jobs),
            retention_days=retention_days(),
            warnings=list(map(say, (*warnings(), *news, *_undone(state, bool(jobs))))),
            notices=notices,
        )

    @routes.delete("/v1/notices/{id}", status_code=204)
    def acknowledge(id: str) -> Response:
        """Remove the notice of an erasure: a person has seen it."""
        open_vault().acknowledge([id])
        return Response(status_code=204)

    @routes.get("/v1/steps")
    def steps(language: Language = "en") -> list[StepShape]:
        """Every step with its inputs and outputs as declared, to build forms from.

        Titles, labels and tooltips are in the language; in English where there are none in it.
        Values are always sent as the declaration has them.
        """
        return [_step(step, language) for step in STEPS.values()]

    @routes.get("/v1/looks")
    def looks(say: Spoken) -> list[LookShape]:
        """The looks: those that come with headshots, then the user's own."""
        return [
            LookShape(
                name=look.name,
                title=say(look.title),
                description=say(look.description),
                values={
                    part: values
                    for part, values in asdict(look).items()
                    if part in ("framing", "light", "backdrop", "finish")
                },
            )
            for look in LOOKS.values()
        ]

    @routes.get(
        "/v1/looks/{name}/picture",
        response_class=Response,
        responses={200: {"content": {"image/png": {}}}, **documented(404, 422)},
    )
    def picture_of_look(name: str, width: Annotated[int, Query(ge=64, le=512)] = 192) -> Response:
        """A bust, nobody's, in the look's light before its backdrop."""
        return Response(look_png(find_look(name), width), media_type="image/png")

    @routes.get(
        "/v1/lights/{pattern}/picture",
        response_class=Response,
        responses={200: {"content": {"image/png": {}}}, **documented(404, 422)},
    )
    def picture_of_light(
        pattern: str,
        side: Literal["left", "right"] = "left",
        ratio: Annotated[float, Query(ge=0, le=16)] = 0.0,
        width: Annotated[int, Query(ge=64, le=512)] = 192,
    ) -> Response:
        """The head of a bust, nobody's, in a pattern of light from a side, as the step Relight
        takes them.
        """
        return Response(light_png(pattern, side, ratio, width), media_type="image/png")

    @routes.get("/v1/presets")
    def retouch_presets(say: Spoken) -> list[PresetShape]:
        """The presets of retouching: those that come with headshots, then the user's own."""
        return [
            PresetShape(
                name=name,
                label=say(name) if name in BUILT_IN else name,
                own=name not in BUILT_IN,
                parts=asdict(parts),
            )
            for name, parts in presets().items()
        ]

    @routes.put("/v1/presets/{name}", status_code=204, responses=documented(422))
    def save_retouch_preset(name: str, parts: dict[str, float]) -> Response:
        """Save strengths by part as a preset of the user's own."""
        try:
            retouching = retouching_from(parts)
        except ValueError as error:
            raise InputError(f"No preset: {error}", "Give numbers from 0 to 1 by part.") from error
        save_preset(name, retouching)
        return Response(status_code=204)

    @routes.get("/v1/generators")
    def generators(say: Spoken) -> dict[str, str]:
        """The generators by name, each with why it can't work on this machine now; "" if it can."""
        reasons = unavailable()
        return {name: say(reasons.get(name, "")) for name in GENERATORS.names()}

    @routes.get("/v1/recipes")
    def recipes(say: Spoken) -> list[RecipeShape]:
        """The recipes: those that come with headshots, then the user's own that are sound.

        What a recipe lacks now is asked of the running ComfyUIs.
        """
        own = own_recipes()
        every = ((name, _sound(name)) for name in (*shipped_names(), *own))
        return [_recipe(name, recipe, name in own, say) for name, recipe in every if recipe]

    @routes.get("/v1/recipes/{name}", responses=documented(404))
    def recipe(name: str) -> dict[str, object]:
        """One recipe in ComfyUI's API format."""
        return named(name)

    return routes


def _sound(name: str) -> Recipe | None:
    """The recipe; None where it is the user's own and invalid, which running it would report."""
    foreign = bool(settings().comfy) or name in native_names()
    try:
        return build(named(name), foreign=foreign)
    except RecipeError:
        return None


def _recipe(name: str, recipe: Recipe, own: bool, say: Say) -> RecipeShape:
    inputs = {
        f"{node.id}.{declared.name}": value
        for node in recipe.nodes.values()
        for declared in node.step.inputs
        if declared.kind.constant and not isinstance(value := node.inputs[declared.name], Link)
    }
    return RecipeShape(
        name=name,
        own=own,
        comfyui=any(node.step.foreign for node in recipe.nodes.values()),
        missing=say(unmet(recipe)),
        inputs=inputs,
        pictures=[node.title for node in readers(recipe)],
        titles={node.title: say(node.title) for node in recipe.nodes.values()},
    )


def _undone(state: ServerState, working: bool) -> list[str]:
    """That the last server left jobs undone; until somebody orders new ones."""
    if working or not state.lost:
        return []
    jobs = "a job" if state.lost == 1 else f"{state.lost} jobs"
    return [f"The last server ended with {jobs} undone; order again what is missing."]


def _news() -> tuple[list[str], list[str]]:
    """Messages about the vault, and the ids of the notices among them."""
    try:
        vault = open_vault()
        notices = vault.notices()
        return [*troubles(vault), *map(worded, notices)], [each.id for each in notices]
    except HeadshotsError:  # requests that need a locked vault report it
        return [], []


def _step(step: Step, language: str) -> StepShape:
    words, say = step_words(step, language), speaker_for(language)
    return StepShape(
        id=step.id,
        title=words.step.label,
        category=step.category,
        summary=words.step.text,
        inputs=[
            InputShape(
                name=each.name,
                label=words.inputs[each.name].label,
                kind=each.kind,
                tooltip=_with_labels(words.inputs[each.name].text, each, say),
                default=each.default,
                low=each.low,
                high=each.high,
                choices=list(each.options()),
                labels=list(map(say, each.options())),
                optional=each.optional,
                multiline=each.multiline,
                path=each.path,
            )
            for each in step.inputs
        ],
        outputs=[
            OutputShape(name=each.name, label=said.label, kind=each.kind, tooltip=said.text)
            for each, said in zip(step.outputs, words.outputs, strict=True)
        ],
        keeps=step.keeps,
    )


def _with_labels(tooltip: str, declared: Input, say: Say) -> str:
    """A tooltip that names choices as the list shows them."""
    for each in declared.options():
        if say(each) != each:
            tooltip = re.sub(rf"'{re.escape(each)}'|„{re.escape(each)}“", f"„{say(each)}“", tooltip)
    return tooltip
