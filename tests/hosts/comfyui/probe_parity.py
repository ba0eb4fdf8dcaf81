"""Nodes of another pack: the engine's own sampling on a tiny model, for the same by diffusers."""

import json

import comfy.model_patcher
import comfy.sample
import comfy.samplers
import comfy.supported_models
import comfy.utils
import torch
from comfy.ldm.flux.model import FluxParams


def random(seed, *shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


class ProbeRepaint:
    """Euler's rule from a noised latent on, everywhere or where a mask is; shows the latents."""

    CATEGORY = "probe"
    FUNCTION = "run"
    RETURN_TYPES = ()
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls):
        return {
            "required": {
                "model": ("MODEL",),
                "levels": ("STRING", {}),
                "masked": ("BOOLEAN", {"default": False}),
            }
        }

    def run(self, model, levels, masked):
        mask = torch.zeros(1, 1, 8, 8)
        mask[..., :4] = 1
        made = comfy.sample.sample_custom(
            model,
            random(1, 1, 4, 8, 8),
            4.0,
            comfy.samplers.sampler_object("euler"),
            torch.tensor(json.loads(levels)),
            [[random(2, 1, 77, 32), {}]],
            [[random(3, 1, 77, 32), {}]],
            random(5, 1, 4, 8, 8),
            noise_mask=mask if masked else None,
            disable_pbar=True,
        )
        return {"ui": {"made": [json.dumps(made.flatten().tolist())]}}


class ProbeKlein:
    """A tiny FLUX.2 klein from its file, as ComfyUI would tell it."""

    CATEGORY = "probe"
    FUNCTION = "run"
    RETURN_TYPES = ("MODEL",)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"file": ("STRING", {}), "shape": ("STRING", {})}}

    def run(self, file, shape):
        later = {"txt_ids_dims": [3]} if "txt_ids_dims" in FluxParams.__dataclass_fields__ else {}
        shape = {**json.loads(shape), **later, "dtype": torch.float32}
        config = comfy.supported_models.Flux2(shape)
        config.custom_operations = None
        cpu = torch.device("cpu")
        model = config.get_model({}, "", device=cpu)
        tensors = comfy.utils.load_torch_file(file)
        if not tensors.keys() <= model.diffusion_model.state_dict().keys():  # newer than 0.3.75
            tensors = {
                name.replace("_norm.scale", "_norm.weight"): each for name, each in tensors.items()
            }
        model.diffusion_model.load_state_dict(tensors)
        return (comfy.model_patcher.ModelPatcher(model, load_device=cpu, offload_device=cpu),)


class ProbePrediction:
    """The clean latents that klein predicts at a level beside references; shows them."""

    CATEGORY = "probe"
    FUNCTION = "run"
    RETURN_TYPES = ()
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls):
        return {
            "required": {
                "model": ("MODEL",),
                "level": ("FLOAT", {"default": 0.7}),
                "references": ("INT", {"default": 2}),
            }
        }

    def run(self, model, level, references):
        model.patch_model(device_to=torch.device("cpu"))
        try:
            with torch.no_grad():
                made = model.model.apply_model(
                    random(1, 1, 16, 4, 4),
                    torch.tensor([level]),
                    c_crossattn=random(2, 1, 512, 96),
                    ref_latents=[random(10 + n, 1, 16, 4, 6) for n in range(references)],
                    transformer_options={},
                )
        finally:
            model.unpatch_model()
        return {"ui": {"made": [json.dumps(made.flatten().tolist())]}}


NODE_CLASS_MAPPINGS = {
    name: each for name, each in list(globals().items()) if name.startswith("Probe")
}
