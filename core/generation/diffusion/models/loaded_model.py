"""A loaded model as its users have it: what it is, how it runs, and what follows a shortage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, TypeVar

from ....errors import NotEnoughMemory
from ....images import Image
from ....progress import Progress
from ....provenance import ModelUse
from ..adapters.installed import Adapter
from ..families.painter import Painter, PaintJob, SamplingParams
from ..tuning.stored import Tuned
from .installed import Model
from .lora_files import LoraFile
from .memory_plan import SCORES, Plan, leaner
from .shortage import out_of_memory, release

Row = TypeVar("Row")
Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A loaded model.

    model: as installed.
    placement: of its networks in memory; see `Placement`.
    painter: the model itself.
    adapter: attached to it; None without one.
    on: the attached adapter for `SamplingParams.adapter`.
    tuned: the sitter's LoRA on it; None without one.
    loras: those that the painting names, on it.
    """

    model: Model
    placement: Any
    painter: Painter
    adapter: Adapter | None = None
    on: Any = None
    tuned: Tuned | None = None
    loras: tuple[LoraFile, ...] = ()

    @property
    def plan(self) -> Plan:
        """How it runs."""
        return self.placement.plan

    def retried(
        self, rows: Sequence[Row], work: Callable[[Sequence[Row]], list[Result]]
    ) -> list[Result]:
        """The results of `work` for `rows`.

        Where memory runs out, it is called once more by the next plan, for fewer rows at once.

        Raises:
            NotEnoughMemory: memory ran out again, or there is no other plan.
        """
        for attempt in (1, 2):
            try:
                count = len(rows) if attempt == 1 else self.plan.at_once
                return [
                    result
                    for first in range(0, len(rows), count)
                    for result in work(rows[first : first + count])
                ]
            except Exception as error:
                if not out_of_memory(error):
                    raise
            # Here the error is gone, and with it what its frames held.
            if attempt == 1 and not self._tightened():
                break
        raise NotEnoughMemory(
            f"Memory ran out while {self.model.name!r} painted",
            "Close other programs, ask for smaller pictures, or choose a smaller model.",
        )

    def in_tiles(self, params: SamplingParams, job: PaintJob, progress: Progress) -> Image:
        """See `painted_in_tiles`; raises as `retried` does."""
        from ..sampling.tiles import painted_in_tiles

        def work(rows: Sequence[PaintJob]) -> list[Image]:
            about = self.model.family.multiple, self.plan.at_once, progress
            return [painted_in_tiles(self.painter, params, each, *about) for each in rows]

        (image,) = self.retried([job], work)
        return image

    def _tightened(self) -> bool:
        """Whether there is a leaner plan, by which the model now runs."""
        if (less := leaner(self.plan, self.model)) is None:
            return False
        forget(self.painter)
        if self.on is not None:
            self.on.unrecorded()
        release()
        self.placement.short = True
        self.placement.replace(less)
        self.painter.network = network_for(self.model, self.placement.pipeline, less)
        return True

    @property
    def steps(self) -> int:
        """The recommended number, which may differ within a family."""
        return getattr(self.painter, "steps", self.model.family.steps)

    @property
    def guidance(self) -> float:
        """The recommended scale of classifier-free guidance, which may differ likewise."""
        return getattr(self.painter, "guidance", self.model.family.guidance)

    @property
    def word(self) -> str:
        """The sitter's trigger word; empty where the model is not tuned to them."""
        return self.tuned.word if self.tuned else ""

    @property
    def record(self) -> ModelUse:
        """Model, adapter and accepted licences, for a picture's provenance."""
        others = () if self.adapter is None else (self.adapter.licence,)
        used = chain((self.model.licence,), others, (each.licence for each in self.loras))
        accepted = dict.fromkeys(each.name for each in used if not each.free)
        return ModelUse(
            name=self.model.name,
            licence=self.model.licence.name,
            adapter=str(self.adapter.kind) if self.adapter else "",
            tuned=self.tuned.model if self.tuned else "",
            loras=tuple(f"{each.name} {each.weight:g}" for each in self.loras),
            licences_accepted=tuple(accepted),
        )


def network_for(model: Model, pipeline: Any, planned: Plan) -> Any:
    """The network for the painter: recorded as a CUDA graph, or with its attention in slices."""
    network = getattr(pipeline, model.family.network)
    if planned.graphs:
        from .cuda_graph import Captured

        return Captured(network, planned.graphs)
    if planned.device == "mps":
        from .sliced_attention import SlicedAttention

        return SlicedAttention(network, SCORES)
    return network


def forget(painter: Painter) -> None:
    """Drop recordings of the network and encodings, as an adapter exchanges parts of both."""
    painter.forget()
    recorded = getattr(painter.network, "forget", None)
    if recorded is not None:
        recorded()
