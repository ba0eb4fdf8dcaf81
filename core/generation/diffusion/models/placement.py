"""Places the networks of a loaded model in memory, by its plan.

diffusers has ways of its own, which don't fit here. Its parts take turns in the order of one run of
its pipeline, so that in the next run several are on the card; it doesn't know networks beside the
pipeline; and what an adapter adds later has no hook. Ours also copies no weights back from the
card: they didn't change, and stay in main memory, or in the mapped file, all the time.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from accelerate import cpu_offload
from accelerate.hooks import ModelHook, add_hook_to_module, remove_hook_from_module
from accelerate.utils import send_to_device
from torch.nn import Module

from .memory_plan import Plan

_TILE = 512  # side of a tile that the VAE decodes, pixels


class Placement:
    """The networks of a pipeline in memory.

    Args:
        pipeline: of diffusers, with all weights in main memory.
        network: name of its denoiser.
        plan: how it runs.

    short: whether memory ran out by the plan for the last job, so that the next needs a leaner one.
    """

    def __init__(self, pipeline: Any, network: str, plan: Plan) -> None:
        self.pipeline, self._network = pipeline, network
        self._hooked: list[Any] = []
        self._controlnet: Any = None
        self.plan, self.short = plan, False
        self.place()

    def place(self, controlnet: Any = None) -> None:
        """Put every network, and a ControlNet that runs with the denoiser, where the plan says."""
        self._controlnet = controlnet
        plan, parts = self.plan, self._parts()
        vae = self.pipeline.vae
        vae.use_slicing = plan.decoding != "together"
        vae.use_tiling = False
        if plan.decoding == "tiles":
            decode_in_tiles(vae)
        if plan.offload == "none":
            for part in parts.values():
                part.to(plan.device)
            return
        turns = _Turns(plan.device)
        for name in parts.keys() & plan.layered:
            cpu_offload(parts[name], torch.device(plan.device), offload_buffers=True)
        whole = {name: part for name, part in parts.items() if name not in plan.layered}
        together = [whole[name] for name in ("network", "controlnet") if name in whole]
        for name, part in whole.items():
            turns.add(part, together if name in ("network", "controlnet") else [part])
        self._hooked = list(parts.values())

    def lift(self) -> None:
        """Put all weights that take turns back into main memory, without hooks."""
        for part in self._hooked:
            remove_hook_from_module(part, recurse=True)
        self._hooked = []

    def replace(self, plan: Plan) -> None:
        """Place by another plan."""
        self.lift()
        if plan.offload != self.plan.offload:
            for part in self._parts().values():
                part.to("cpu")
        self.plan = plan
        self.place(self._controlnet)

    @contextmanager
    def changed(self) -> Generator[None]:
        """While the block runs, networks may be added and changed; `place` them before use.

        Afterwards, when the block has taken all back, they lie as before.
        """
        self.lift()
        try:
            yield
        finally:
            self.place()

    def _parts(self) -> dict[str, Any]:
        """The networks by the names that plans have for them."""
        parts = {
            "network" if name == self._network else name: each
            for name, each in self.pipeline.components.items()
            if isinstance(each, Module)
        }
        return parts | ({} if self._controlnet is None else {"controlnet": self._controlnet})


class _Turns:
    """Networks that are on a device one group at a time."""

    def __init__(self, device: str) -> None:
        self.device = device
        self._there: Sequence[Any] = ()
        self._kept: list[tuple[Any, str, Any]] = []

    def add(self, network: Any, group: Sequence[Any]) -> None:
        """Let `network` take its turn with all of its `group`."""
        add_hook_to_module(network, _Turn(self, group))

    def enter(self, group: Sequence[Any]) -> None:
        """Bring a group to the device, and take the one that is there off."""
        if group is self._there:
            return
        self.leave()
        self._there = group
        for network in group:
            for each in network.modules():
                self._kept += [(w, "", w.data) for w in each._parameters.values() if w is not None]
                self._kept += [(each._buffers, name, b) for name, b in each._buffers.items()]
            network.to(self.device)

    def leave(self) -> None:
        """Take off what is on the device."""
        for holder, name, tensor in self._kept:
            if name:
                holder[name] = tensor
            else:
                holder.data = tensor
        self._kept, self._there = [], ()


class _Turn(ModelHook):
    """Brings a network to the device before it runs."""

    def __init__(self, turns: _Turns, group: Sequence[Any]) -> None:
        self._turns, self._group = turns, group
        self.execution_device = turns.device  # where diffusers puts a network's inputs

    def pre_forward(self, module: Any, *args: Any, **kwargs: Any) -> Any:
        self._turns.enter(self._group)
        return send_to_device(args, self._turns.device), send_to_device(kwargs, self._turns.device)

    def detach_hook(self, module: Any) -> Any:
        self._turns.leave()
        return module


def ready(network: Any) -> None:
    """Bring a network that takes turns to its device, for the use of a part of it from outside."""
    hook = getattr(network, "_hf_hook", None)
    if isinstance(hook, _Turn):
        hook.pre_forward(network)


def decode_in_tiles(vae: Any) -> None:
    """Let a VAE decode a tile at a time; its own tiles are as large as a picture."""
    vae.enable_tiling()
    vae.tile_sample_min_size = min(_TILE, vae.config.sample_size // 2)
    vae.tile_latent_min_size = vae.tile_sample_min_size // 2 ** (
        len(vae.config.block_out_channels) - 1
    )
