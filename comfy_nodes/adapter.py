"""Adapts a step as a ComfyUI node: schema, validation and execution."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any, ClassVar

import torch
from comfy_api.latest import io
from comfy_execution.graph_utils import ExecutionBlocker

from ..core.errors import HeadshotsError, InputError, RecipeInput
from ..core.progress import Progress
from ..core.recipes.step import Input, Kind, Output, Step, Within
from ..core.recipes.values import accepted, check
from ..core.registry import resolve
from .batches import batches_of, images_in, masks_in
from .finding import found
from .places import placed, require_there
from .refusals import refusal
from .showing import shown
from .stoppable import stoppable
from .types import BATCHES, PARALLEL, outlet, socket, takes_lists

_CHOSEN = (Kind.CHOICE, Kind.CHOICES)


class StepNode(io.ComfyNode):
    """The node of a step; `node_of` makes one class for each."""

    step: ClassVar[Step]

    @classmethod
    def define_schema(cls) -> io.Schema:
        """See `io.ComfyNode`; made anew each time, as choices depend on what is installed."""
        step = cls.step
        return io.Schema(
            node_id=step.id,
            display_name=step.title,
            category=step.category,
            description=step.summary,
            inputs=[socket(declared) for declared in step.inputs],
            outputs=[outlet(declared) for declared in step.outputs],
            is_input_list=takes_lists(step),
            is_output_node=step.ends,
            hidden=[io.Hidden.unique_id, io.Hidden.prompt] if step.within else [],
            **found(step),
        )

    @classmethod
    def fingerprint_inputs(cls, **values: Any) -> str | float:
        """An addition to ComfyUI's cache key; NaN makes the node run again."""
        step = cls.step
        if not step.fingerprint:
            return ""
        try:
            constants = {
                declared.name: _constant(declared, items)
                for declared in step.inputs
                if declared.kind.constant
                and (items := _items(step, values, declared)) != [None]  # it comes along a link
            }
            return resolve(step.fingerprint)(**constants)
        except HeadshotsError:  # the run will say what is wrong; a log must not, it may name people
            return float("nan")

    @classmethod
    def execute(cls, **values: Any) -> io.NodeOutput:
        """Run the step.

        Raises:
            InterruptProcessingException: ComfyUI's stop button.
            Exception: a `HeadshotsError`, as `refusal` words it.
        """
        try:
            return stoppable(lambda progress: cls._run(values, progress))
        except HeadshotsError as error:
            raise refusal(error) from None

    @classmethod
    def _run(cls, values: Mapping[str, Any], progress: Progress) -> io.NodeOutput:
        step = cls.step
        inputs = {each.name: _value_of(each, _items(step, values, each)) for each in step.inputs}
        where = {"within": cls._within()} if step.within else {}
        outputs = step.call({"progress": progress, **where, **inputs})
        handed = (_handed(step, *each) for each in zip(step.outputs, outputs, strict=True))
        return io.NodeOutput(*handed, ui=shown(step, inputs, outputs))

    @classmethod
    def _within(cls) -> Within | None:
        """The running graph; None for a node that another node added at run time."""
        graph, node = cls.hidden.prompt, cls.hidden.unique_id
        return Within(graph, node) if graph and node in graph else None


def node_of(step: Step) -> type[StepNode]:
    """The node class of `step`."""
    members: dict[str, Any] = {"step": step, "__doc__": step.summary, "__module__": __name__}
    if checked := [each for each in step.inputs if each.kind in _CHOSEN or each.path]:
        members["validate_inputs"] = classmethod(_validation(step, checked))
    return type(step.id, (StepNode,), members)


def _validation(step: Step, checked: Sequence[Input]) -> Callable[..., bool | str]:
    """`validate_inputs` for inputs that ComfyUI doesn't check itself, or not with a clear message.

    ComfyUI reads from the signature which inputs it validates, and skips its own checks of those.
    """

    def validate_inputs(cls: type[StepNode], **values: Any) -> bool | str:
        problems: list[str] = []
        for declared in checked:
            items = _items(step, values, declared)
            try:
                if items != [None]:  # else it comes along a link and is checked when it is there
                    value = _constant(declared, items)
                    if isinstance(value, str):
                        require_there(declared, value)
            except HeadshotsError as error:
                problems.append(str(error))
        return " ".join(problems) or True

    named = inspect.Parameter.POSITIONAL_OR_KEYWORD
    validate_inputs.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(name, named) for name in ("cls", *(each.name for each in checked))]
    )
    return validate_inputs


def _items(step: Step, values: Mapping[str, Any], declared: Input) -> list[Any]:
    """The values of an input as a list; empty if there are none."""
    if declared.name not in values:
        return []
    value = values[declared.name]
    return list(value) if takes_lists(step) else [value]


def _value_of(declared: Input, items: list[Any]) -> Any:
    """The value of an input as the step needs it.

    Raises:
        InputError: a required value is missing, there are several instead of one, or it is invalid.
    """
    items = [item for item in items if item is not None]
    if declared.kind.constant:
        return _constant(declared, items)
    if not items:
        if declared.optional:
            return None
        raise _missing(declared)
    match declared.kind:
        case Kind.PICTURES:
            return list(chain.from_iterable(_pictures(item, declared.name) for item in items))
        case Kind.IMAGE:
            return images_in(items, declared.name)
        case Kind.MASK:
            return masks_in(items, declared.name)
        case Kind.LOOK:
            return tuple(chain.from_iterable(items))
        case kind if kind in PARALLEL:
            return list(chain.from_iterable(items))
        case _:
            return _single(declared, items)


def _pictures(item: Any, name: str) -> Sequence[Any]:
    """The values linked to an input of pictures: our pictures, or images of any other node."""
    return images_in([item], name) if isinstance(item, torch.Tensor) else item


def _constant(declared: Input, items: list[Any]) -> Any:
    if not items and declared.default is None:
        raise _missing(declared)
    value = check(declared, _single(declared, items) if items else declared.default)
    return placed(declared, value) if isinstance(value, str) else value


def _single(declared: Input, items: list[Any]) -> Any:
    if len(items) > 1:
        raise InputError(
            f"{len(items)} values came for {declared.name}, which takes one",
            "Link one value, or run the graph once for each.",
        )
    return items[0]


def _missing(declared: Input) -> RecipeInput:
    return RecipeInput(f"{declared.name} is missing", f"{declared.name} is {accepted(declared)}.")


def _handed(step: Step, declared: Output, value: Any) -> Any:
    """The value of an output as ComfyUI hands it on."""
    if declared.kind not in (*BATCHES, Kind.PICTURES):
        return value
    if len(value):
        return batches_of(value) if declared.kind in BATCHES else value
    # Other nodes can't take an empty batch, and ours have nothing to do; this says so.
    return ExecutionBlocker(f"{step.title!r} has nothing to hand on at {declared.name!r}.")
