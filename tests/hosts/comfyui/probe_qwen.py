"""Nodes of another pack: a tiny Qwen-Image-Edit for ComfyUI's own encoder and sampler."""

import json
from pathlib import Path

import comfy.model_patcher
import comfy.sd
import comfy.supported_models
import comfy.text_encoders.qwen_vl as qwen_vl
import comfy.utils
import torch


class ProbeQwen:
    """The networks of three files below ComfyUI's folders, loaded by its own code.

    Only what that code has fixed is made smaller: the vision tower, and the heads of the denoiser.
    """

    CATEGORY = "probe"
    FUNCTION = "run"
    RETURN_TYPES = ("MODEL", "CLIP", "VAE")

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {name: ("STRING", {}) for name in ("network", "text", "vae", "sizes")}}

    def run(self, network, text, vae, sizes):
        numbers = json.loads(sizes)
        return self.network(Path(network)), self.clip(text, **numbers), SmallVAE(vae)

    @staticmethod
    def network(file):
        tensors = comfy.utils.load_torch_file(str(file))
        shape = json.loads((file.with_suffix("") / "transformer" / "config.json").read_text())
        names = ("in_channels", "num_layers", "attention_head_dim", "num_attention_heads")
        names = (*names, "joint_attention_dim", "axes_dims_rope")
        kept = {name: shape[name] for name in names}
        config = comfy.supported_models.QwenImage({"image_model": "qwen_image", **kept})
        config.custom_operations = None
        model = config.get_model({}, "", device=torch.device("cpu"))
        model.diffusion_model.load_state_dict(tensors)
        cpu = torch.device("cpu")
        return comfy.model_patcher.ModelPatcher(model, load_device=cpu, offload_device=cpu)

    @staticmethod
    def clip(file, text, vision):
        tower = qwen_vl.Qwen2VLVisionTransformer

        def small(hidden_size, output_hidden_size, **more):
            return tower(output_hidden_size=output_hidden_size, **vision, **more)

        qwen_vl.Qwen2VLVisionTransformer = small
        try:
            return comfy.sd.load_clip(
                [file],
                clip_type=comfy.sd.CLIPType.QWEN_IMAGE,
                model_options={"qwen25_7b_model_config": text},
            )
        finally:
            qwen_vl.Qwen2VLVisionTransformer = tower


class SmallVAE(comfy.sd.VAE):
    """ComfyUI's, shown an eighth of each side: its encoder node makes a million pixels of a
    picture, at which a processor reads for half a minute.
    """

    def __init__(self, file):
        super().__init__(sd=comfy.utils.load_torch_file(file))

    def encode(self, pixels):
        small = torch.nn.functional.avg_pool2d(pixels.movedim(-1, 1), 8)
        return super().encode(small.movedim(1, -1))


class ProbeMade:
    """Shows latents, or a conditioning with its references, as JSON."""

    CATEGORY = "probe"
    FUNCTION = "run"
    RETURN_TYPES = ()
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"latent": ("LATENT",), "conditioning": ("CONDITIONING",)}}

    def run(self, latent, conditioning):
        ((told, more),) = conditioning
        held = more.get("reference_latents", [])
        made = {"latent": latent["samples"], "told": told}
        shown = {name: each.flatten().tolist() for name, each in made.items()}
        return {"ui": {"made": [json.dumps({**shown, "held": [list(e.shape) for e in held]})]}}


NODE_CLASS_MAPPINGS = {"ProbeQwen": ProbeQwen, "ProbeMade": ProbeMade}
