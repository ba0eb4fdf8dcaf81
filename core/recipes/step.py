"""The one declaration of a step, read by every host: ComfyUI, server, GIMP, CLI and docs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ..registry import resolve

if TYPE_CHECKING:  # the vault loads what would make `headshots --help` slow
    from ..vault.consent import Purpose


class Kind(StrEnum):
    """The type of an input or output.

    PICTURES: list of `picture.Picture`: pixels, matte, layers, provenance and scorecard. Images
        may be linked instead; see `images.entered`.
    IMAGE: list of sRGB float32 (H, W, 3) 0..1, for other packs' nodes and from them.
    MASK: list of float32 (H, W) 0..1, parallel to the images.
    PHOTO: list of encoded photos with their names.
    IDENTITY: one identity.
    LOOK: one or more looks.
    PAINTING: how a diffusion model shall paint.
    MODEL: a diffusion model that a host has loaded; no step of the core takes one.

    The rest are constants that a person types in. CHOICE is one of the choices, CHOICES are one or
    more of them in an order, a tuple; recipes write that as {"__value__": [...]}.
    """

    PICTURES = "HEADSHOTS_PICTURES"
    IMAGE = "IMAGE"
    MASK = "MASK"
    PHOTO = "HEADSHOTS_PHOTO"
    IDENTITY = "HEADSHOTS_IDENTITY"
    LOOK = "HEADSHOTS_LOOK"
    PAINTING = "HEADSHOTS_PAINTING"
    MODEL = "MODEL"
    STRING = "STRING"
    INT = "INT"
    FLOAT = "FLOAT"
    BOOLEAN = "BOOLEAN"
    CHOICE = "COMBO"
    CHOICES = "CHOICES"

    @property
    def words(self) -> str:
        """What it is to a person who reads a message."""
        return _WORDS[self]

    def takes(self, other: Kind) -> bool:
        """True if an input of this kind may be linked to an output of the kind `other`."""
        return other is self or (self, other) == (Kind.PICTURES, Kind.IMAGE)

    @property
    def constant(self) -> bool:
        """True if a person types it in; False if it only comes along a link."""
        return self in (
            Kind.STRING,
            Kind.INT,
            Kind.FLOAT,
            Kind.BOOLEAN,
            Kind.CHOICE,
            Kind.CHOICES,
        )


_WORDS = {
    Kind.PICTURES: "pictures",
    Kind.IMAGE: "images",
    Kind.MASK: "masks",
    Kind.PHOTO: "photos",
    Kind.IDENTITY: "a sitter",
    Kind.LOOK: "looks",
    Kind.PAINTING: "settings for painting",
    Kind.MODEL: "a model",
    Kind.STRING: "text",
    Kind.INT: "a whole number",
    Kind.FLOAT: "a number",
    Kind.BOOLEAN: "on or off",
    Kind.CHOICE: "a choice",
    Kind.CHOICES: "choices",
}


Constant: TypeAlias = str | int | float | bool | tuple[str, ...]


@dataclass(frozen=True)
class Input:
    """One input of a step.

    default: of constants; None: a value is required.
    low, high: range of INT and FLOAT, inclusive.
    choices: of CHOICE and CHOICES; a callable where they depend on what is installed.
    optional: a linked input that may stay unlinked (the step receives None).
    advanced: True for what few people change; hosts may fold it away.
    multiline: for STRING, one item a line, as many as there are lines.
    path: for STRING, what the text names on disk, so that hosts can offer a file dialog.
    use: of IDENTITY, required: the purpose for which the step uses the sitter. Their consent to it
        is checked before the step runs.
    """

    name: str
    kind: Kind
    tooltip: str
    default: Constant | None = None
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] | Callable[[], tuple[str, ...]] = ()
    optional: bool = False
    advanced: bool = False
    multiline: bool = False
    path: Literal["", "file", "files", "folder"] = ""
    use: Purpose | None = None

    def options(self) -> tuple[str, ...]:
        """The present choices; empty for other kinds of inputs."""
        return self.choices() if callable(self.choices) else self.choices


@dataclass(frozen=True)
class Output:
    """One output of a step.

    shown: True for text, images or pictures that hosts show to a person, if they can.
    path: for STRING, what the text names on disk.
    prose: True for STRING that is sentences for a person, which hosts may show in their language.
    """

    name: str
    kind: Kind
    tooltip: str
    shown: bool = False
    path: Literal["", "files"] = ""
    prose: bool = False


@dataclass(frozen=True, eq=False)
class Within:
    """The context of a running step: the recipe's document in the API format, and its node."""

    document: Mapping[str, Any]
    node: str


@dataclass(frozen=True)
class Step:
    """One step of the product.

    id: ComfyUI's class_type, "Headshots...".
    title, category, summary: for people.
    place: "module:function" relative to the core package; called with a `Progress` as `progress`
        and every input by name, it returns a tuple parallel to `outputs`.
    fingerprint: "module:function" like `place`; given the constants by name it returns a string
        that changes when something outside the recipe did (a stored identity, a file); empty for
        steps that depend on their inputs alone. ComfyUI, which doesn't run its output nodes anew
        either while nothing has changed, asks it of steps that keep, too.
    keeps: True for steps that end a recipe: they write, store or show something. They are output
        nodes in ComfyUI. Only these and their dependencies are run, and they are never answered
        from the cache.
    shows: True for steps that may end a recipe by what they show, without writing or storing
        anything. They are run and are output nodes, too, and answered from the cache.
    effort: how long the step takes, relative to the others; for progress bars.
    within: True for steps that keep and whose function also takes `within`, a `Within`, or None
        where the host doesn't know the recipe.
    paints: the input and its value with which the step runs a diffusion model, on the GPU if there
        is one.
    stored: True for steps that read or alter stored sitters, which lie on one machine.
    foreign: True for another pack's node, which a ComfyUI runs. Only those of its outputs are known
        that our steps use, by number.
    """

    id: str
    title: str
    category: str
    summary: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    place: str
    fingerprint: str = ""
    keeps: bool = False
    shows: bool = False
    effort: float = 1.0
    within: bool = False
    paints: tuple[str, str] | None = None
    stored: bool = False
    foreign: bool = False

    @property
    def ends(self) -> bool:
        """True if a recipe may end with it: it is run although nothing needs its outputs."""
        return self.keeps or self.shows

    def input(self, name: str) -> Input:
        """The input called `name`; KeyError if there is none."""
        for declared in self.inputs:
            if declared.name == name:
                return declared
        raise KeyError(name)

    def consented(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """`values` with each identity checked for consent, and with its present consent.

        Raises:
            SitterForgotten, ConsentError: as `identity.stored.for_use`.
        """
        for_use = resolve("identity.stored:for_use")  # late, as declarations must load fast
        return dict(values) | {
            each.name: for_use(values[each.name], each.use)
            for each in self.inputs
            if each.kind is Kind.IDENTITY and values[each.name] is not None
        }

    def call(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """Run the step's function with `values`, which holds `progress` and every input.

        Raises:
            SitterForgotten, ConsentError: a sitter doesn't consent to it; nothing is run.
            HeadshotsError: whatever the function raises.
        """
        arguments = self.consented(values)
        for each in self.inputs:
            if each.kind is Kind.PICTURES and arguments[each.name] is not None:
                arguments[each.name] = resolve("recipes.actions.images:entered")(
                    arguments[each.name]
                )
        return resolve(self.place)(**arguments)
