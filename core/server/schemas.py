"""The JSON bodies of requests and responses."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ..recipes.step import Constant
from ..vault.consent import PURPOSE, TEXT, USUAL, WAYS, Use, Way
from .jobs import State
from .problems import Problem

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Which = Literal["only", "largest", "1", "2", "3", "4", "5", "6", "7", "8", "9"]
Id = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class Wanted(BaseModel):
    """A request; undeclared fields are refused, so that a misspelt one is not ignored."""

    model_config = ConfigDict(extra="forbid")


class Health(BaseModel):
    """Whether the server can work, and what is missing if it can't."""

    version: str
    ready: bool = Field(description="All that the default path needs is in place.")
    remedies: list[str] = Field(description="What to do where it isn't.")
    weights_missing: list[str]
    generators: list[str]
    analysers: list[str]
    devices: list[str]
    waiting: int = Field(description="Jobs that wait.")
    running: int = Field(description="Jobs that run.")
    retention_days: int = Field(description="Days that a sitter is kept at most.")
    warnings: list[str] = Field(
        description="Messages that a person should read. They may name sitters who were "
        "forgotten because their last day was over."
    )
    notices: list[str] = Field(
        description="Ids of the notices of forgotten sitters that no person has acknowledged."
    )


class InputShape(BaseModel):
    """One input of a step; see the steps' reference."""

    name: str
    label: str = Field(description="The name in the language that was asked for.")
    kind: str
    tooltip: str
    default: Constant | None
    low: float | None
    high: float | None
    choices: list[str]
    labels: list[str] = Field(description="The choices in that language, in their order.")
    optional: bool
    multiline: bool
    path: Literal["", "file", "files", "folder"]


class OutputShape(BaseModel):
    """One output of a step."""

    name: str
    label: str = Field(description="The name in the language that was asked for.")
    kind: str
    tooltip: str


class StepShape(BaseModel):
    """One step as declared, titles and tooltips in the language that was asked for."""

    id: str
    title: str
    category: str
    summary: str
    inputs: list[InputShape]
    outputs: list[OutputShape]
    keeps: bool


class LookShape(BaseModel):
    """One look; its values are those of its TOML file."""

    name: str
    title: str
    description: str
    values: dict[str, Any]


class PresetShape(BaseModel):
    """One preset of retouching: strengths from 0 to 1 by part."""

    name: str
    label: str = Field(description="The name in the language that was asked for.")
    own: bool = Field(description="True for the user's own, False for a built-in one.")
    parts: dict[str, float]


class FaceShape(BaseModel):
    """Where a face is in a picture: its box in pixels. Nothing of whose it is."""

    x: float
    y: float
    width: float
    height: float


class RecipeShape(BaseModel):
    """One recipe: its settable inputs, by the address that a job takes."""

    name: str
    own: bool = Field(description="True for the user's own, False for a built-in one.")
    comfyui: bool = Field(description="Whether it has nodes that a running ComfyUI runs.")
    missing: str = Field(
        description="Why it can't be run now, with what is missing and where to get it; empty "
        "where it can."
    )
    inputs: dict[str, Constant | None]
    pictures: list[str] = Field(description="Nodes that pictures can be sent to.")
    titles: dict[str, str] = Field(description="The nodes' titles in the language asked for.")


Word = Annotated[str, StringConstraints(max_length=200)]
Sha256 = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]


class PictureShape(BaseModel):
    """An upload."""

    id: str


class Consent(Wanted):
    """The sitter's consent to be enrolled, and what it covers."""

    how: Way = Field(description="How it was given.", examples=[WAYS[0]])
    uses: Annotated[list[Use], Field(min_length=1)] = Field(
        list(USUAL), description="What they agreed to."
    )
    purpose: Annotated[str, StringConstraints(min_length=1, max_length=500)] = PURPOSE
    until: date | None = Field(
        None, description="The last day that they agreed to, if it is earlier than the default."
    )
    text: Annotated[str, StringConstraints(min_length=1, max_length=500)] = Field(
        TEXT, description="Which version of which text they agreed to."
    )


class ConsentQuestion(BaseModel):
    """What to ask before somebody is enrolled, so that every client asks the same."""

    question: str = Field(description="Answering yes is a consent to `uses`.")
    text: str = Field(description="Which version of which text it is.")
    uses: list[Use]
    ways: list[Way] = Field(description="How it can be given.")


class NewIdentity(Wanted):
    """A sitter to be enrolled."""

    name: Name
    pictures: Annotated[list[Id], Field(min_length=1, max_length=100)] = Field(
        description="Ids of uploaded photos."
    )
    consent: Consent
    face: Which = "only"
    replace: bool = False
    detach: bool = False


class Coached(Wanted):
    """Photos to be judged before anybody is enrolled."""

    pictures: Annotated[list[Id], Field(min_length=1, max_length=100)] = Field(
        description="Ids of uploaded photos."
    )
    face: Which = "only"
    detach: bool = False


class IdentityShape(BaseModel):
    """A stored sitter."""

    name: str
    id: str = Field(description="Stands for them where their name must not appear.")
    photos: int
    created: str
    uses: list[Use] = Field(description="What they consented to; empty where nothing is recorded.")
    until: date = Field(description="The last day that they are kept.")
    days_left: int = Field(description="Days until then; 0 on the last one.")


class NewJob(Wanted):
    """A recipe to run."""

    recipe: Name | dict[str, Any] = Field(
        description="The name of a recipe, or a recipe in ComfyUI's API format."
    )
    title: Annotated[str, StringConstraints(max_length=200)] = ""
    inputs: dict[str, Constant] = Field(
        default_factory=dict[str, Constant],
        description="Inputs to change, by name, TITLE.INPUT or ID.INPUT.",
    )
    pictures: dict[str, Annotated[list[Name], Field(min_length=1, max_length=500)]] = Field(
        default_factory=dict[str, list[str]],
        description="For nodes that read photos or pictures, by title or id: ids of uploads, or "
        "JOB/NAME for a picture on the contact sheet of an earlier job.",
    )
    wanted: list[Name] = Field(
        default_factory=list[str],
        max_length=100,
        description="Ids of nodes to run for their outputs, besides those that keep or show some.",
    )
    files: bool = Field(
        default=True,
        description="False: no file is written; nodes that would are left out, and those "
        "before them are run.",
    )
    detach: bool = Field(
        default=False,
        description="True: the job continues when nobody watches. False: it is cancelled then.",
    )
    listed: bool = Field(
        default=True,
        description="False: the job is left out of the list of jobs, as it only serves a form.",
    )
    folders: list[Name] = Field(
        default_factory=list[str],
        max_length=10,
        description="Folders outside the output folder that the person chose to write to: absolute "
        "paths of folders that are there, none of them hidden.",
    )


class JobShape(BaseModel):
    """The state of a job."""

    id: str
    title: str
    state: State
    position: int = Field(description="Jobs before this one; 0 once it runs.")
    share: float = Field(ge=0, le=1, description="Share of the work that is done.")
    note: str
    previews: int = Field(description="How many previews came; the last one can be requested.")
    version: int = Field(description="Grows with every change.")
    error: Problem | None


class ResultShape(BaseModel):
    """One output of one node: text in full, pictures without pixels, of the rest the number.

    Sentences for people are in the language that was asked for; so are the `reasons` beside each
    picture's scorecard, whose own are English.
    """

    node: str
    title: str
    step: str
    output: str
    kind: str
    count: int
    value: Any = None


class SheetEntry(BaseModel):
    """One picture on the contact sheet of a job: its place among the results and its scores.

    sitter: name; empty where nobody said who it is.
    look: name of the look that it follows; empty where it follows none.
    look_words: its name for people, in the language that was asked for, as are all words here.
    verdict: "keep"; "spare", good enough, but others were kept before it; "reject"; or "pending".
    likeness_words: the likeness as contact sheets say it.
    """

    picture: str
    sitter: str
    look: str
    look_words: str
    node: str
    output: str
    index: int
    verdict: str
    likeness_words: str
    likeness: float | None
    percentile: float | None
    overall: float | None
    reasons: list[str]
    picked: bool


class Picks(Wanted):
    """The pictures that a person chose, by name."""

    pictures: Annotated[list[Name], Field(max_length=500)]


class LayerShape(BaseModel):
    """One layer of a picture, bottom to top."""

    name: str
    blend: str
    opacity: float
    width: int
    height: int
    mask: bool
