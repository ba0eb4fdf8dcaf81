"""Adapters on a loaded model, and off it again without a trace.

diffusers leaves things behind when it takes an adapter off, which would paint somebody into
pictures that nobody meant: FaceID's LoRA stays active, a second FaceID file silently keeps the
first one's, and the feature extractor remains. So one `Attached` is on at a time, it takes off all
that it put on, and other LoRAs are as active afterwards as before.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from math import lcm
from typing import Any

import torch
from torch import Tensor

from ....errors import ModelUnreadable
from ....images import Float, Image, to_u8
from ..families.latents import to_pixels
from ..families.painter import PaintJob
from ..models.cuda_graph import Captured
from ..models.libraries import transformers
from .installed import Adapter, AdapterKind
from .instantid import key_points
from .parts import controlnet, vision

_LORA = "faceid_0"  # as diffusers calls the one inside FaceID's file


class Attached:
    """An adapter on a pipeline, told who the sitters are: one, and others by `add`.

    Args:
        embeddings: of the sitter's photos, float32 (n, 512), as `likenesses.told` gives them;
            InstantID reads their mean. faces: pictures of the same faces for CLIP, sRGB; only
            FaceID Plus looks at them. controlnet: InstantID's, which counts as much as `scale`
            says, 0..1.
    """

    def __init__(
        self,
        pipeline: Any,
        adapter: Adapter,
        embeddings: Float,
        faces: Sequence[Image],
        controlnet: Any = None,
        scale: float = 1.0,
    ) -> None:
        self._pipeline, self._adapter, self._controlnet = pipeline, adapter, controlnet
        self._asked = Captured(controlnet)
        self._scale = scale
        self._given: list[Tensor] = []
        self._faces: list[Sequence[Image]] = []
        self._seen: dict[tuple[tuple[int, ...], bool], Tensor] = {}
        self._shown: dict[torch.Size, Tensor] = {}
        self.add(embeddings, faces)

    def add(self, embeddings: Float, faces: Sequence[Image]) -> None:
        """Tell it of a further sitter, whose number is one more than the last one's."""
        given = torch.from_numpy(embeddings)
        if self._adapter.kind is AdapterKind.INSTANTID:  # reads one face
            given = given.mean(dim=0, keepdim=True)
        self._given.append(given[:, None])  # (n, 1, 512)
        self._faces.append(faces)

    def embeddings(self, people: Sequence[int], guided: bool) -> list[Tensor]:
        """For `added_cond_kwargs`: one tensor (batch, n, 1, 512), the unguided half zeros.

        people: whom each row of the batch shows.
        """
        told = torch.stack([self._even(self._given[each], people) for each in people])
        told = torch.cat([torch.zeros_like(told), told]) if guided else told
        if self._adapter.kind is AdapterKind.FACEID_PLUS:
            self._show_faces(tuple(people), guided)
        return [told]

    def _even(self, given: Tensor, people: Sequence[int]) -> Tensor:
        """What is told of one sitter (n, ...), repeated until all of a batch have as many: twice
        the same tokens share the attention that one of each gets, so that nothing changes by it.
        """
        most = lcm(*(len(self._given[each]) for each in people))
        return given.repeat(most // len(given), *(1,) * (given.ndim - 1))

    def _show_faces(self, people: tuple[int, ...], guided: bool) -> None:
        """CLIP's view of the faces, which this adapter keeps as the state of its network."""
        projection = self._pipeline.unet.encoder_hid_proj.image_projection_layers[0]
        if (people, guided) not in self._seen:
            views = {each: self._view(each, guided) for each in set(people)}
            halves = zip(*(views[each] for each in people), strict=True)
            rows = [torch.stack([self._even(row, people) for row in half]) for half in halves]
            self._seen[people, guided] = torch.cat(rows)
        shown = self._seen[people, guided]
        # In one place for each shape, whoever is shown: a recorded network knows it by its place.
        place = self._shown.setdefault(shown.shape, torch.empty_like(shown))
        projection.clip_embeds = place.copy_(shown)
        projection.shortcut = True  # what makes it version 2

    def _view(self, person: int, guided: bool) -> Tensor:
        """CLIP's view of one sitter's faces (1 or 2, n, tokens, width), the unguided one first."""
        return self._pipeline.prepare_ip_adapter_image_embeds(
            [[to_u8(face) for face in self._faces[person]]],
            None,
            self._pipeline._execution_device,
            1,
            guided,
        )[0]

    def residuals(
        self, beginnings: Sequence[PaintJob], guided: bool
    ) -> Callable[..., tuple[Any, Any]] | None:
        """What asks InstantID's ControlNet for its part; None for the other adapters."""
        if self._controlnet is None:
            return None
        network, unet = self._controlnet, self._pipeline.unet
        points = to_pixels([key_points(each.face, each.start.shape) for each in beginnings])
        shown = (points / 2 + 0.5).to(network.device, network.dtype)
        shown = torch.cat([shown, shown]) if guided else shown

        def ask(noisy: Tensor, time: Tensor, condition: Any) -> tuple[Any, Any]:
            # The face stands where the text does for other ControlNets.
            tokens = unet.encoder_hid_proj(condition.added["image_embeds"])[0]
            return self._asked(
                noisy,
                time,
                encoder_hidden_states=tokens.flatten(1, 2),
                controlnet_cond=shown,
                conditioning_scale=self._scale,
                added_cond_kwargs={
                    name: condition.added[name] for name in ("text_embeds", "time_ids")
                },
                return_dict=False,
            )

        return ask


@contextmanager
def attached(
    pipeline: Any, adapter: Adapter, embeddings: Float, faces: Sequence[Image], scale: float
) -> Generator[Attached]:
    """`adapter` on `pipeline` while the block runs.

    scale: 0..1, how much attention to the face counts. FaceID's LoRA, trained with the rest, counts
        whole as in its authors' code, but at 0 there is nothing.

    Raises:
        ModelUnreadable: its files don't hold an adapter for this model.
    """
    active = _active(pipeline)
    try:
        controlnet = _put_on(pipeline, adapter)
        pipeline.set_ip_adapter_scale(scale)
        if _LORA in getattr(pipeline.unet, "peft_config", {}):
            pipeline.set_adapters([*active, _LORA], [*active.values(), float(scale > 0)])
        elif active:
            pipeline.set_adapters(list(active), list(active.values()))
        yield Attached(pipeline, adapter, embeddings, faces, controlnet, scale)
    finally:
        _take_off(pipeline, active)


def _put_on(pipeline: Any, adapter: Adapter) -> Any:
    """Load the adapter; gives InstantID's ControlNet, or None."""
    try:
        network = None
        if (
            adapter.kind is AdapterKind.INSTANTID
        ):  # before there is an adapter on the UNet it is made like
            assert adapter.encoder is not None
            network = controlnet(adapter.encoder, pipeline.unet).to(pipeline._execution_device)
        # The encoder is loaded by hand: by its own folder diffusers would look for it elsewhere.
        pipeline.load_ip_adapter(
            str(adapter.path.parent),
            subfolder="",
            weight_name=adapter.path.name,
            image_encoder_folder=None,
            local_files_only=True,
        )
        if adapter.kind is AdapterKind.FACEID_PLUS:
            _see(pipeline, adapter)
        return network
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError) as error:
        raise ModelUnreadable(
            f"The adapter {adapter.path} doesn't fit this model", "Fetch it again, for this family."
        ) from error


def _see(pipeline: Any, adapter: Adapter) -> None:
    assert adapter.encoder is not None
    encoder = vision(adapter.encoder, pipeline.unet.dtype)
    side = encoder.config.image_size
    pipeline.register_modules(
        image_encoder=encoder.to(pipeline._execution_device),
        feature_extractor=transformers("CLIPImageProcessorPil")(
            size={"shortest_edge": side}, crop_size={"height": side, "width": side}
        ),
    )


def _active(pipeline: Any) -> dict[str, float]:
    """LoRAs that are active now, with their weights."""
    if not getattr(pipeline.unet, "peft_config", None):
        return {}
    layer = next(each for each in pipeline.unet.modules() if hasattr(each, "lora_A"))
    # What peft multiplies by is alpha / rank, times the weight that was asked for.
    return {
        name: float(layer.scaling[name] * layer.r[name] / layer.lora_alpha[name])
        for name in layer.active_adapters
    }


def _take_off(pipeline: Any, active: dict[str, float]) -> None:
    if getattr(pipeline.unet, "encoder_hid_proj", None) is not None:
        pipeline.unload_ip_adapter()
    if _LORA in getattr(pipeline.unet, "peft_config", {}):
        pipeline.delete_adapters(_LORA)
        if not active:
            pipeline.unload_lora_weights()
    pipeline.register_modules(image_encoder=None, feature_extractor=None)
    if active:
        pipeline.set_adapters(list(active), list(active.values()))
