"""Opens a model for a sitter's pictures: checks licences, loads it, attaches adapters."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from threading import Lock
from typing import Any, cast

from ....errors import IdentityNotFound
from ....identity.identity import Identity
from ....painting import Painting
from ....progress import SILENT, Progress
from ....provenance import ModelUse
from ....registry import resolve
from ....vault import open_vault
from ..adapters.identity_conditioning import identity_conditioning
from ..adapters.installed import Adapter, adapter_for
from ..families.painter import Painter
from ..tuning.stored import Tuned, tuned_to
from .installed import Model, find_model, installed, require_licence
from .libraries import require_packages, threads
from .memory_plan import Plan, machine, plan

# Most pictures painted together; more make a GPU hardly faster.
_AT_ONCE = 4


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A loaded model.

    model: as installed.
    plan: how it runs.
    painter: the model itself.
    adapter: attached to it; None without one.
    on: the attached adapter for `SamplingParams.adapter`.
    tuned: the sitter's LoRA on it; None without one.
    """

    model: Model
    plan: Plan
    painter: Painter
    adapter: Adapter | None = None
    on: Any = None
    tuned: Tuned | None = None

    @property
    def steps(self) -> int:
        """The recommended number, which may differ within a family."""
        return getattr(self.painter, "steps", self.model.family.steps)

    @property
    def word(self) -> str:
        """The sitter's trigger word; empty where the model is not tuned to them."""
        return self.tuned.word if self.tuned else ""

    @property
    def record(self) -> ModelUse:
        """Model, adapter and accepted licences, for a picture's provenance."""
        adapter_licences = () if self.adapter is None else (self.adapter.licence,)
        accepted = [
            each.name for each in chain((self.model.licence,), adapter_licences) if not each.free
        ]
        return ModelUse(
            name=self.model.name,
            licence=self.model.licence.name,
            adapter=str(self.adapter.kind) if self.adapter else "",
            tuned=self.tuned.model if self.tuned else "",
            licences_accepted=tuple(accepted),
        )


class ModelPool:
    """Keeps one model in memory, for one caller at a time, as adapters change its state."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._opened: tuple[LoadedModel, Any] | None = None

    @contextmanager
    def open(
        self,
        painting: Painting,
        identity: Identity | None,
        progress: Progress = SILENT,
        beside: Sequence[Identity] = (),
    ) -> Generator[LoadedModel]:
        """The model of `painting`, conditioned on the sitter while the block runs.

        identity: the sitter; None for nobody.
        beside: further sitters for the adapter, without models tuned to them.

        Raises:
            ModelMissing, UnknownName: there is no such model or adapter.
            LicenceNotAccepted: the model's or adapter's licence doesn't allow commercial work, or
                is unknown, and `Painting.accept_licence` isn't set.
            NotEnoughMemory: the model doesn't fit this machine.
        """
        model = chosen_model(painting.model)
        require_licence(model.licence, f"The model {model.name!r}", painting.accept_licence)
        adapter = _adapter(model, painting) if identity is not None else None
        with self._turn, ExitStack() as stack:
            progress.update(0.0, f"Loading {model.name}")
            opened, pipeline = self._ready(model)
            stack.enter_context(threads())
            tuned = _tuned(model, painting, identity)
            if identity is None or (adapter is None and tuned is None):
                yield opened
                return
            stack.callback(_forget, opened.painter)
            if tuned is not None:
                from ..tuning.lora import applied_lora

                stack.enter_context(applied_lora(pipeline, model.family, tuned.lora))
            on = None
            if adapter is not None:
                from ..adapters.attach import attached

                arguments = (
                    pipeline,
                    adapter,
                    *identity_conditioning(identity, adapter.kind),
                    painting.likeness,
                )
                on = stack.enter_context(attached(*arguments))
                for each in beside:
                    on.add(*identity_conditioning(each, adapter.kind))
            _forget(opened.painter)
            yield LoadedModel(model, opened.plan, opened.painter, adapter, on, tuned)

    @contextmanager
    def bare(
        self, name: str, accept_licence: bool, progress: Progress = SILENT
    ) -> Generator[tuple[LoadedModel, Any]]:
        """The model called `name` with its pipeline, for training while the block runs.

        Its painter calls the network itself and not a recording. Raises as `open` does.
        """
        model = chosen_model(name)
        require_licence(model.licence, f"The model {model.name!r}", accept_licence)
        with self._turn:
            progress.update(0.0, f"Loading {model.name}")
            opened, pipeline = self._ready(model)
            painter = opened.painter
            called, painter.network = painter.network, getattr(pipeline, model.family.network)
            try:
                with threads():
                    yield opened, pipeline
            finally:
                painter.network = called
                _forget(painter)

    def _ready(self, model: Model) -> tuple[LoadedModel, Any]:
        """`model` with its pipeline, loaded if it isn't yet."""
        if self._opened is not None and self._opened[0].model == model:
            return self._opened
        self._opened = None  # frees the memory that the plan counts on
        from .load import load

        require_packages()
        planned = plan(model, machine(), at_once=_AT_ONCE)
        pipeline = load(model, planned)
        painter = cast(
            Painter, resolve(model.family.painter)(pipeline, _network(model, pipeline, planned))
        )
        self._opened = LoadedModel(model, planned, painter), pipeline
        return self._opened


# The only pool, so that there are never two models in memory.
MODEL_POOL = ModelPool()


def _network(model: Model, pipeline: Any, planned: Plan) -> Any:
    """The network for the painter, recorded as a CUDA graph where it stays on the GPU."""
    network = getattr(pipeline, model.family.network)
    if planned.device != "cuda" or planned.offload != "none":
        return network
    from .cuda_graph import Captured

    return Captured(network)


def _forget(painter: Painter) -> None:
    """Drop recordings of the network, as an adapter exchanges parts of it."""
    forget = getattr(painter.network, "forget", None)
    if forget is not None:
        forget()


def chosen_model(name: str) -> Model:
    """The installed model called `name`; without a name the first free for commercial work.

    Raises:
        ModelMissing, UnknownName: there is none.
    """
    if name:
        return find_model(name)
    free = [model for model in installed().models.values() if model.licence.free]
    return free[0] if free else find_model("")


def _adapter(model: Model, painting: Painting) -> Adapter | None:
    adapter = adapter_for(model.family, painting.adapter) if painting.likeness > 0 else None
    if adapter is None:
        return None
    if painting.adapter == "auto" and not (adapter.licence.free or painting.accept_licence):
        return None  # "auto" doesn't use what needs acceptance
    require_licence(adapter.licence, f"The adapter {adapter.kind}", painting.accept_licence)
    return adapter


def is_tuned(painting: Painting, identity: Identity) -> bool:
    """Whether the model of `painting` is tuned to the sitter; raises as `open` does."""
    return _tuned(chosen_model(painting.model), painting, identity) is not None


def _tuned(model: Model, painting: Painting, identity: Identity | None) -> Tuned | None:
    if identity is None or not painting.tuned:
        return None
    with suppress(IdentityNotFound):  # stored on another machine, or not at all
        return tuned_to(identity, model.family, open_vault())
    return None
