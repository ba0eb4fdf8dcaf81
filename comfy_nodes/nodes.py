"""The declarations of all nodes: the steps, and those that only ComfyUI can run."""

from __future__ import annotations

from ..core.recipes.step import Input, Kind, Output, Step
from ..core.recipes.steps import ALL
from ..core.recipes.steps.common import MAKE, identity_for

APPLY_SITTER = Step(
    id="HeadshotsApplySitter",
    title="Apply sitter",
    category=MAKE,
    summary="Holds a Stable Diffusion 1.5 or XL model to the sitter, by IP-Adapter FaceID, and a "
    "model that was tuned to the sitter by its LoRA, which FLUX.2 klein takes too. What other "
    "nodes have patched into the model stays.",
    inputs=(
        Input("model", Kind.MODEL, "The model."),
        identity_for("generate"),
        Input(
            "strength",
            Kind.FLOAT,
            "How much the sitter counts; at 0 the model is as it was.",
            default=0.8,
            low=0,
            high=2,
        ),
        Input(
            "accept_licence",
            Kind.BOOLEAN,
            "On: you have read the adapter's licence and may use it as you mean to, although it "
            "doesn't allow commercial work.",
            default=False,
        ),
        Input(
            "tuned",
            Kind.BOOLEAN,
            "On: what a model was tuned to the sitter by is applied, where there is such; then "
            "FaceID is applied only where its licence is accepted. Off: FaceID alone.",
            default=True,
        ),
    ),
    outputs=(Output("model", Kind.MODEL, "The model, held to the sitter."),),
    place=".comfy_nodes.applying:apply_sitter",
)

NODES = (*ALL, APPLY_SITTER)
