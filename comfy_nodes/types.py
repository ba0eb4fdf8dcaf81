"""Maps each input and output of a step to ComfyUI's sockets and widgets.

Our pictures are one value on a socket type of our own, however many there are; an IMAGE of any
other node may be linked there, too. Steps also output them as other packs expect them: IMAGE
(B, H, W, 3) and MASK (B, H, W), float32 0..1, as a list of batches, so that one link can carry
several sizes.
"""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from ..core.recipes.step import Input, Kind, Output, Step

# Each holds an item for each picture or photo, so a node must see all of it at once.
PARALLEL = (Kind.PICTURES, Kind.IMAGE, Kind.MASK, Kind.PHOTO)

# Those that go as ComfyUI's own batches.
BATCHES = (Kind.IMAGE, Kind.MASK)

# A step of the wheel over a number's range, and the digits kept: enough for shares and degrees.
_STEP = 0.01


def takes_lists(step: Step) -> bool:
    """True if the node must get whole lists; otherwise ComfyUI runs it once for each item."""
    return any(declared.kind in PARALLEL for declared in step.inputs)


def socket(declared: Input) -> Any:
    """The `io.Input` of an input.

    A constant with a default may be left out of a prompt, as it may be of a recipe.
    """
    made = _socket(declared)
    if declared.advanced:
        made.extra_dict["advanced"] = True  # newer front ends fold it away
    return made


def _socket(declared: Input) -> Any:
    common: dict[str, Any] = {"display_name": _label(declared.name), "tooltip": declared.tooltip}
    if declared.kind is Kind.PICTURES:
        types = [_type(Kind.PICTURES), _type(Kind.IMAGE)]
        return io.MultiType.Input(declared.name, types, optional=declared.optional, **common)
    if not declared.kind.constant:
        return _type(declared.kind).Input(declared.name, optional=declared.optional, **common)
    common |= {"default": declared.default, "optional": declared.default is not None}
    match declared.kind:
        case Kind.STRING:
            # Without dynamic prompts: braces in a path or a name have no meaning here.
            return io.String.Input(
                declared.name, multiline=declared.multiline, dynamic_prompts=False, **common
            )
        case Kind.INT:
            return io.Int.Input(declared.name, **_range(declared, int), step=1, **common)
        case Kind.FLOAT:
            return io.Float.Input(declared.name, **_range(declared, float), step=_STEP, **common)
        case Kind.BOOLEAN:
            return io.Boolean.Input(declared.name, **common)
        case Kind.CHOICES:
            common |= {"default": [*declared.default]} if declared.default else {}
            return _Choices(declared.name, options=list(declared.options()), **common)
        case _:
            return io.Combo.Input(declared.name, options=list(declared.options()), **common)


class _Choices(io.MultiCombo.Input):
    """A combo of several choices, declared as front ends read it: they refuse a plain `true`."""

    def as_dict(self) -> dict[str, Any]:
        return super().as_dict() | {"multi_select": {"chip": True}}


def outlet(declared: Output) -> Any:
    """The `io.Output` of an output."""
    return _type(declared.kind).Output(
        display_name=_label(declared.name),
        tooltip=declared.tooltip,
        is_output_list=declared.kind in BATCHES,
    )


def _type(kind: Kind) -> Any:
    match kind:
        case Kind.IMAGE:
            return io.Image
        case Kind.MASK:
            return io.Mask
        case Kind.STRING:
            return io.String
        case Kind.INT:
            return io.Int
        case Kind.FLOAT:
            return io.Float
        case Kind.BOOLEAN:
            return io.Boolean
        case _:
            return io.Custom(kind.value)


def _range(declared: Input, number: type[int] | type[float]) -> dict[str, int | float]:
    bounds = {"min": declared.low, "max": declared.high}
    return {name: number(bound) for name, bound in bounds.items() if bound is not None}


def _label(name: str) -> str:
    return name.replace("_", " ")
