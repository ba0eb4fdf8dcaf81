"""Opens a model for a sitter's pictures: checks licences, loads it, attaches adapters."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from threading import Lock
from typing import Any, cast

from ....errors import IdentityNotFound
from ....identity.identity import Identity
from ....painting import Painting
from ....progress import SILENT, Progress
from ....registry import resolve
from ....vault import open_vault
from ..adapters.identity_conditioning import identity_conditioning
from ..adapters.installed import Adapter, AdapterKind, adapter_for
from ..families.painter import Painter
from ..families.taesd import taesd
from ..tuning.stored import Tuned, tuned_to
from .installed import Model, find_model, installed, require_licence, weights_in
from .libraries import require_packages, threads
from .loaded_model import LoadedModel, forget, network_for
from .lora_files import LoraFile, lora_files
from .memory_plan import Machine, Need, leaner, machine, plan
from .shortage import out_of_memory, release

# Most pictures painted together; more make a GPU hardly faster.
_AT_ONCE = 4


class ModelPool:
    """Keeps one model in memory, for one caller at a time, as adapters change its state."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._opened: tuple[LoadedModel, Any, Machine] | None = None

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
            ModelMissing, UnknownName: there is no such model, adapter or LoRA.
            InputError: see `lora_files`.
            LicenceNotAccepted: the licence of model, adapter or LoRA doesn't allow commercial
                work, or is unknown, and `Painting.accept_licence` isn't set.
            NotEnoughMemory: the model doesn't fit this machine.
        """
        model = chosen_model(painting.model, painting.accept_licence)
        require_licence(model.licence, f"The model {model.name!r}", painting.accept_licence)
        adapter = _adapter(model, painting) if identity is not None else None
        loras = lora_files(painting.loras)
        for each in loras:
            require_licence(each.licence, f"The LoRA {each.name!r}", painting.accept_licence)
        with self._turn, ExitStack() as stack:
            progress.update(0.0, f"Loading {model.name}")
            tuned = _tuned(model, painting, identity)
            opened, pipeline = self._ready(model, _need(model, painting, adapter, tuned, loras))
            stack.enter_context(threads())
            if adapter is None and tuned is None and not loras:
                yield opened
                return
            stack.callback(forget, opened.painter)
            stack.enter_context(opened.placement.changed())
            if tuned is not None or loras:
                from ..tuning.lora import Wanted, applied, sitter_lora

                wanted: list[Wanted] = [(each.name, each.path, each.weight) for each in loras]
                if tuned is not None:
                    wanted.append(sitter_lora(tuned.lora))
                stack.enter_context(applied(pipeline, model.family, wanted))
            on = None
            if adapter is not None and identity is not None:
                from ..adapters.attach import attached

                arguments = (
                    pipeline,
                    adapter,
                    *identity_conditioning(identity, adapter.kind),
                    painting.likeness,
                    opened.plan.graphs,
                )
                on = stack.enter_context(attached(*arguments))
                for each in beside:
                    on.add(*identity_conditioning(each, adapter.kind))
            beside_network = on.controlnet if on is not None else None
            stack.callback(opened.placement.lift)
            forget(opened.painter)
            about = (model, opened.placement, opened.painter, adapter, on, tuned, tuple(loras))
            ready = LoadedModel(*about)
            ready.retried([beside_network], lambda rows: [opened.placement.place(rows[0])])
            yield ready

    @contextmanager
    def bare(
        self, name: str, accept_licence: bool, progress: Progress = SILENT
    ) -> Generator[tuple[LoadedModel, Any]]:
        """The model called `name` with its pipeline, for training while the block runs.

        Its painter calls the network itself and not a recording. Raises as `open` does.
        """
        model = chosen_model(name, accept_licence)
        require_licence(model.licence, f"The model {model.name!r}", accept_licence)
        with self._turn:
            progress.update(0.0, f"Loading {model.name}")
            opened, pipeline = self._ready(model, Need(at_once=_AT_ONCE))
            painter = opened.painter
            called, painter.network = painter.network, getattr(pipeline, model.family.network)
            try:
                with threads():
                    yield opened, pipeline
            finally:
                painter.network = called
                forget(painter)

    def _ready(self, model: Model, need: Need) -> tuple[LoadedModel, Any]:
        """`model` with its pipeline, loaded if it isn't yet, placed for what it is to do."""
        if self._opened is not None and self._opened[0].model == model:
            opened, pipeline, free = self._opened
            planned = plan(model, free, need)
            if opened.placement.short:
                planned = leaner(planned, model) or planned
            if planned.precision == opened.plan.precision:
                if planned != opened.plan:
                    opened.placement.replace(planned)
                    opened.painter.network = network_for(model, pipeline, planned)
                return opened, pipeline
        self._opened = None
        from .load import load
        from .placement import Placement

        require_packages()
        release()  # what the plan counts on
        free = machine()
        planned = plan(model, free, need)
        pipeline = load(model, planned)
        try:
            placement = Placement(pipeline, model.family.network, planned)
        except Exception as error:
            less = leaner(replace(planned, at_once=1, decoding="tiles", graphs=0), model)
            if less is None or not out_of_memory(error):
                raise
            pipeline.to("cpu")
            placement = Placement(pipeline, model.family.network, less)
        network = network_for(model, pipeline, placement.plan)
        painter = cast(Painter, resolve(model.family.painter)(pipeline, network))
        self._opened = LoadedModel(model, placement, painter), pipeline, free
        return self._opened[:2]


# The only pool, so that there are never two models in memory.
MODEL_POOL = ModelPool()


def _need(
    model: Model,
    painting: Painting,
    adapter: Adapter | None,
    tuned: Tuned | None,
    loras: Sequence[LoraFile],
) -> Need:
    """What the model is to do for `painting`, each weight of an adapter counted as it is stored."""
    weights = 0 if adapter is None else adapter.path.stat().st_size
    weights += 0 if tuned is None else len(tuned.lora)
    weights += sum(each.path.stat().st_size for each in loras)
    beside = 0 if adapter is None or adapter.encoder is None else weights_in(adapter.encoder)
    instantid = adapter is not None and adapter.kind is AdapterKind.INSTANTID
    guided = painting.guidance > 0 and painting.region == "everything"
    return Need(
        at_once=_AT_ONCE,
        adapter=weights,
        controlnet=beside if instantid else 0,
        image_encoder=0 if instantid else beside,
        guided=guided and taesd(model.family) is None,
    )


def chosen_model(name: str, accept_licence: bool = False) -> Model:
    """The installed model called `name`; without a name the first that may be used.

    accept_licence: whether one may whose licence doesn't allow commercial work, or isn't known.

    Raises:
        ModelMissing, UnknownName: there is none.
        LicenceNotAccepted: without a name, only models are installed whose licence needs accepting.
    """
    if name:
        return find_model(name)
    models = list(installed().models.values())
    free = [model for model in models if model.licence.free]
    if not free and models:
        what = "The only model installed, " if len(models) == 1 else "Every model installed, as "
        require_licence(models[0].licence, f"{what}{models[0].name!r},", accept_licence)
        free = models
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
    model = chosen_model(painting.model, painting.accept_licence)
    return _tuned(model, painting, identity) is not None


def _tuned(model: Model, painting: Painting, identity: Identity | None) -> Tuned | None:
    if identity is None or not painting.tuned:
        return None
    with suppress(IdentityNotFound):  # stored on another machine, or not at all
        return tuned_to(identity, model.family, open_vault())
    return None
