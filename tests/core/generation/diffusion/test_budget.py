"""What training needs is traced with the real configurations, on tensors without contents."""

from __future__ import annotations

import json
import weakref
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderKLFlux2,
    Flux2Transformer2DModel,
    UNet2DConditionModel,
)
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from headshots.core.errors import NotEnoughMemory
from headshots.core.generation.diffusion.families.detect import FAMILIES
from headshots.core.generation.diffusion.models.memory_plan import Machine, Plan
from headshots.core.generation.diffusion.tuning import budget
from headshots.core.generation.diffusion.tuning.budget import (
    ACTIVATIONS,
    DECODING,
    needed,
    require_room,
)
from headshots.core.generation.diffusion.tuning.lora import put_on
from headshots.core.generation.diffusion.tuning.training import LARGEST

_CONFIGS = Path(budget.__file__).parents[1] / "configs"
_RANK = 32


class _Live(TorchDispatchMode):
    """Counts the bytes of all living tensors that operations make."""

    def __init__(self, module: torch.nn.Module) -> None:
        super().__init__()
        held = (*module.parameters(), *module.buffers())
        self._known = {each.untyped_storage()._cdata: 0 for each in held}
        self.now = self.peak = 0

    def __torch_dispatch__(self, call: Any, types: Any, args: Any = (), named: Any = None) -> Any:
        made = call(*args, **(named or {}))
        for tensor in tree_leaves(made):
            if isinstance(tensor, torch.Tensor):
                storage = tensor.untyped_storage()
                if storage._cdata not in self._known:
                    self._known[storage._cdata] = storage.nbytes()
                    weakref.finalize(storage, self._gone, storage._cdata)
                    self.now += storage.nbytes()
                    self.peak = max(self.peak, self.now)
        return made

    def _gone(self, key: int) -> None:
        self.now -= self._known.pop(key, 0)


class _Fused(torch.autograd.Function):
    """Attention that keeps what fused kernels keep, and no table of all pairs."""

    @staticmethod
    def forward(ctx: Any, query: Any, key: Any, value: Any) -> Any:
        made = torch.empty_like(query)
        ctx.save_for_backward(query, key, value, made)
        return made

    @staticmethod
    def backward(ctx: Any, *slopes: Any) -> Any:
        return tuple(torch.empty_like(each) for each in ctx.saved_tensors[:3])


@pytest.fixture(autouse=True)
def _fused(monkeypatch: pytest.MonkeyPatch) -> None:
    def attention(query: Any, key: Any, value: Any, *_: Any, **__: Any) -> Any:
        return _Fused.apply(query, key, value)

    monkeypatch.setattr(torch.nn.functional, "scaled_dot_product_attention", attention)


def _empty(*shape: int) -> torch.Tensor:
    return torch.empty(shape, device="meta", dtype=torch.bfloat16)


def _made(kind: Any, *place: str) -> Any:
    config = json.loads(_CONFIGS.joinpath(*place, "config.json").read_text("utf-8"))
    with torch.device("meta"):
        return kind.from_config(config).to(torch.bfloat16).requires_grad_(False)


def _asked(name: str) -> tuple[Any, dict[str, Any]]:
    """The network of a family, and what it is asked for a picture of the family's size."""
    side = FAMILIES[name].side
    if name == "klein":
        tokens = (side // 16) ** 2
        return _made(Flux2Transformer2DModel, name, "transformer"), {
            "hidden_states": _empty(1, tokens, 128),
            "timestep": _empty(1),
            "guidance": None,
            "encoder_hidden_states": _empty(1, 512, 7680),
            "txt_ids": torch.zeros(1, 512, 4, device="meta"),
            "img_ids": torch.zeros(1, tokens, 4, device="meta"),
        }
    network = _made(UNet2DConditionModel, name, "unet")
    asked: dict[str, Any] = {
        "sample": _empty(1, 4, side // 8, side // 8),
        "timestep": torch.empty((), device="meta"),
        "encoder_hidden_states": _empty(1, 77, network.config.cross_attention_dim),
    }
    if name == "sdxl":
        asked["added_cond_kwargs"] = {"text_embeds": _empty(1, 1280), "time_ids": _empty(1, 6)}
    return network, asked


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_figures_are_those_of_the_real_networks(name: str) -> None:
    network, asked = _asked(name)
    put_on(network, FAMILIES[name], _RANK, 0)
    network.enable_gradient_checkpointing()
    with _Live(network) as live:
        network(**asked, return_dict=False)[0].float().square().mean().backward()
    assert 0.9 * ACTIVATIONS[name] <= live.peak <= 1.05 * ACTIVATIONS[name], live.peak


@pytest.mark.parametrize(("kind", "name"), [(AutoencoderKL, "sdxl"), (AutoencoderKLFlux2, "klein")])
def test_so_is_that_of_decoding_a_face(kind: Any, name: str) -> None:
    vae = _made(kind, name, "vae")
    vae.enable_gradient_checkpointing()
    latents = _empty(1, vae.config.latent_channels, LARGEST // 8, LARGEST // 8)
    with _Live(vae) as live:
        vae.decode(latents.requires_grad_(), return_dict=False)[0].float().mean().backward()
    assert 0.9 * DECODING <= live.peak <= 1.05 * DECODING, live.peak


class _Pipeline:
    """klein with its text encoder, as large as the real ones."""

    def __init__(self) -> None:
        self.transformer, _ = _asked("klein")
        self.text_encoder = torch.nn.Linear(4_000_000, 1000, bias=False, device="meta")
        self.text_encoder.to(torch.bfloat16)
        put_on(self.transformer, FAMILIES["klein"], _RANK, 0)


@pytest.mark.parametrize(
    ("card", "offload", "fits"),
    [
        (8, "none", True),  # free beside all of the model, as on a card of 24 GB
        (14, "parts", True),  # free on a card of 16 GB, on which the network alone lies
        (10, "parts", False),
        (14, "layers", False),
    ],
)
def test_what_does_not_fit_is_refused_with_figures(card: int, offload: Any, fits: bool) -> None:
    pipeline = _Pipeline()
    asked = ("klein", "klein", 1.0, pipeline, pipeline.transformer)
    plan = Plan("cuda", "bfloat16", offload, 1)
    free = Machine("cuda", True, int(card * 1e9), int(64e9))
    if fits:
        require_room(*asked, plan, free)
        return
    with pytest.raises(NotEnoughMemory, match=r"\d+\.\d GB are needed on the cuda and"):
        require_room(*asked, plan, free)


def test_larger_pictures_and_ranks_need_more() -> None:
    assert needed("sdxl", 1.0, 4, 1000) == pytest.approx(2 * needed("sdxl", 1.0, 2, 1000), rel=1e-3)
    assert needed("sdxl", 2.0, 2, 1000) > needed("sdxl", 1.0, 2, 1000)
    assert needed("sdxl", 1.0, 2, 10**9) > needed("sdxl", 1.0, 2, 10**8) + 20e9
