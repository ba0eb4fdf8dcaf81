"""Attaches adapters to a loaded model, and removes them completely.

diffusers leaves things behind when it unloads an adapter, which would put a sitter's face into
other people's pictures: FaceID's LoRA stays active, a second FaceID file silently keeps the first
one's, and the feature extractor remains. So one `Attached` is on at a time. It removes all that it
added, and other LoRAs stay as active as before.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from math import lcm
from typing import Any

import torch
from torch import Tensor

from ....errors import ModelUnreadable, NotEnoughMemory
from ....images import Float, Image, to_u8
from ..families.latents import to_pixels
from ..families.painter import PaintJob
from ..models.cuda_graph import Captured
from ..models.libraries import transformers
from ..models.placement import ready
from ..models.shortage import out_of_memory
from .installed import Adapter, AdapterKind
from .instantid import key_points
from .parts import controlnet, vision

_LORA = "faceid_0"  # diffusers' name for the one inside FaceID's file


class Attached:
    """An adapter on a pipeline, with its sitters: one, and others by `add`.

    Args:
        pipeline: of diffusers.
        adapter: which is on the pipeline.
        embeddings: of the sitter's photos, float32 (n, 512), from `identity_conditioning`;
            InstantID uses their mean.
        faces: pictures of the same faces for CLIP, sRGB; only FaceID Plus uses them.
        controlnet: InstantID's.
        scale: weight of the ControlNet, 0..1.
        graphs: most recordings of the ControlNet, which needs all of it to stay on the device.
    """

    def __init__(
        self,
        pipeline: Any,
        adapter: Adapter,
        embeddings: Float,
        faces: Sequence[Image],
        controlnet: Any = None,
        scale: float = 1.0,
        graphs: int = 0,
    ) -> None:
        self._pipeline, self._adapter, self.controlnet = pipeline, adapter, controlnet
        self._recorded = Captured(controlnet, graphs) if graphs else controlnet
        self._scale = scale
        self._embeddings: list[Tensor] = []
        self._faces: list[Sequence[Image]] = []
        self._clip_views: dict[tuple[tuple[int, ...], bool], Tensor] = {}
        self._clip_places: dict[torch.Size, Tensor] = {}
        self.add(embeddings, faces)

    def unrecorded(self) -> None:
        """Drop recordings of the ControlNet for good, as its weights will move."""
        self._recorded = self.controlnet

    def add(self, embeddings: Float, faces: Sequence[Image]) -> None:
        """Add a sitter, whose number is one more than the last one's."""
        own = torch.from_numpy(embeddings)
        if self._adapter.kind is AdapterKind.INSTANTID:  # takes one face
            own = own.mean(dim=0, keepdim=True)
        self._embeddings.append(own[:, None])  # (n, 1, 512)
        self._faces.append(faces)

    def embeddings(self, people: Sequence[int], guided: bool) -> list[Tensor]:
        """For `added_cond_kwargs`: one tensor (batch, n, 1, 512), with zeros in the unguided half.

        people: number of the sitter for each row of the batch.
        """
        rows = torch.stack([self._even(self._embeddings[each], people) for each in people])
        rows = torch.cat([torch.zeros_like(rows), rows]) if guided else rows
        if self._adapter.kind is AdapterKind.FACEID_PLUS:
            self._show_faces(tuple(people), guided)
        return [rows]

    def _even(self, tokens: Tensor, people: Sequence[int]) -> Tensor:
        """The tokens of one sitter (n, ...), repeated to the same number for all of a batch.

        Repeated tokens share the attention of the single ones, so the result is the same.
        """
        most = lcm(*(len(self._embeddings[each]) for each in people))
        return tokens.repeat(most // len(tokens), *(1,) * (tokens.ndim - 1))

    def _show_faces(self, people: tuple[int, ...], guided: bool) -> None:
        """Set CLIP's encodings of the faces, which FaceID Plus keeps as state of its network."""
        projection = self._pipeline.unet.encoder_hid_proj.image_projection_layers[0]
        if (people, guided) not in self._clip_views:
            views = {each: self._view(each, guided) for each in set(people)}
            halves = zip(*(views[each] for each in people), strict=True)
            rows = [torch.stack([self._even(row, people) for row in half]) for half in halves]
            self._clip_views[people, guided] = torch.cat(rows)
        clip = self._clip_views[people, guided]
        # At one address for each shape, as a recorded CUDA graph reads that address.
        place = self._clip_places.setdefault(clip.shape, torch.empty_like(clip))
        projection.clip_embeds = place.copy_(clip)
        projection.shortcut = True  # as in version 2

    def _view(self, person: int, guided: bool) -> Tensor:
        """CLIP's encodings of a sitter's faces, (1 or 2, n, tokens, width), the unguided first."""
        return self._pipeline.prepare_ip_adapter_image_embeds(
            [[to_u8(face) for face in self._faces[person]]],
            None,
            self._pipeline._execution_device,
            1,
            guided,
        )[0]

    def residuals(
        self, jobs: Sequence[PaintJob], guided: bool
    ) -> Callable[..., tuple[Any, Any]] | None:
        """A function that gives the residuals of InstantID's ControlNet; None for others."""
        if self.controlnet is None:
            return None
        network, unet = self.controlnet, self._pipeline.unet
        points = to_pixels([key_points(each.face, each.start.shape) for each in jobs])
        drawing = (points / 2 + 0.5).to(self._pipeline._execution_device, network.dtype)
        drawing = torch.cat([drawing, drawing]) if guided else drawing
        tokens: list[Tensor] = []

        def ask(noisy: Tensor, time: Tensor, condition: Any) -> tuple[Any, Any]:
            if not tokens:
                ready(unet)
                faces = unet.encoder_hid_proj(condition.added["image_embeds"])[0]
                tokens.append(faces.flatten(1, 2))
            return self._recorded(
                noisy,
                time,
                # Face tokens replace the text tokens of other ControlNets.
                encoder_hidden_states=tokens[0],
                controlnet_cond=drawing,
                conditioning_scale=self._scale,
                added_cond_kwargs={
                    name: condition.added[name] for name in ("text_embeds", "time_ids")
                },
                return_dict=False,
            )

        return ask


@contextmanager
def attached(
    pipeline: Any,
    adapter: Adapter,
    embeddings: Float,
    faces: Sequence[Image],
    scale: float,
    graphs: int = 0,
) -> Generator[Attached]:
    """`adapter` on `pipeline` while the block runs; further networks are in main memory at first.

    embeddings, faces, graphs: see `Attached`.
    scale: weight of the attention to the face, 0..1. FaceID's LoRA has full weight, as in its
        authors' code, but none at 0.

    Raises:
        ModelUnreadable: its files don't hold an adapter for this model.
        NotEnoughMemory: memory ran out.
    """
    active = _active(pipeline)
    try:
        controlnet = _put_on(pipeline, adapter)
        pipeline.set_ip_adapter_scale(scale)
        if _LORA in getattr(pipeline.unet, "peft_config", {}):
            pipeline.set_adapters([*active, _LORA], [*active.values(), float(scale > 0)])
        elif active:
            pipeline.set_adapters(list(active), list(active.values()))
        yield Attached(pipeline, adapter, embeddings, faces, controlnet, scale, graphs)
    finally:
        _take_off(pipeline, active)


def _put_on(pipeline: Any, adapter: Adapter) -> Any:
    """Load the adapter; returns InstantID's ControlNet, or None."""
    try:
        network = None
        if adapter.kind is AdapterKind.INSTANTID:  # first, as it copies a UNet without an adapter
            assert adapter.encoder is not None
            network = controlnet(adapter.encoder, pipeline.unet)
        # The encoder is loaded separately, as diffusers would look for it in another folder.
        pipeline.load_ip_adapter(
            str(adapter.path.parent),
            subfolder="",
            weight_name=adapter.path.name,
            image_encoder_folder=None,
            local_files_only=True,
        )
        if adapter.kind is AdapterKind.FACEID_PLUS:
            _add_vision(pipeline, adapter)
        return network
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError) as error:
        if out_of_memory(error):
            raise NotEnoughMemory(
                f"Memory ran out while the adapter {adapter.path.name} was loaded",
                "Close other programs, or paint without it.",
            ) from error
        raise ModelUnreadable(
            f"The adapter {adapter.path} doesn't fit this model", "Fetch it again, for this family."
        ) from error


def _add_vision(pipeline: Any, adapter: Adapter) -> None:
    assert adapter.encoder is not None
    encoder = vision(adapter.encoder, pipeline.unet.dtype)
    side = encoder.config.image_size
    pipeline.register_modules(
        image_encoder=encoder,
        feature_extractor=transformers("CLIPImageProcessorPil")(
            size={"shortest_edge": side}, crop_size={"height": side, "width": side}
        ),
    )


def _active(pipeline: Any) -> dict[str, float]:
    """LoRAs that are active now, with their weights."""
    if not getattr(pipeline.unet, "peft_config", None):
        return {}
    layer = next(each for each in pipeline.unet.modules() if hasattr(each, "lora_A"))
    # peft's scaling is alpha / rank times the weight.
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
