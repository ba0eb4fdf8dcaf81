"""How the published models run on machines of several sizes.

    .venv/bin/python tests/benchmarks/diffusion/memory_plans.py

No weights are there: their numbers come from the published configurations, on the meta device.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path

from headshots.core.errors import NotEnoughMemory
from headshots.core.generation.diffusion.families.detect import FAMILIES
from headshots.core.generation.diffusion.models.installed import Model
from headshots.core.generation.diffusion.models.libraries import quiet
from headshots.core.generation.diffusion.models.licences import UNKNOWN
from headshots.core.generation.diffusion.models.memory_plan import Machine, Need, plan

sys.path.insert(0, str(Path(__file__).parent))
from memory import CONFIGS, network

# ControlNet and face tokens of InstantID, and CLIP's ViT-H of FaceID Plus, as published.
INSTANTID = Need(at_once=4, adapter=1_691_134_141, controlnet=1_251_460_880)
FACEID_PLUS = Need(at_once=4, adapter=1_487_555_181, image_encoder=632_076_800)
CARDS, UNIFIED = (8, 12, 16, 24), (16, 24, 32, 64)  # gigabytes
# Of a card what the desktop takes, of unified memory what the system and programs do.
TAKEN, SYSTEM = 0.6e9, 4e9


@cache
def published(family: str) -> Model:
    """The published model, as its files tell it."""
    index: dict[str, list[str]] = json.loads(
        (CONFIGS / family / "model_index.json").read_text("utf-8")
    )
    names = [name for name in index if (CONFIGS / family / name / "config.json").is_file()]
    with quiet():
        parts = {
            name: sum(each.numel() for each in network(family, name).parameters()) for name in names
        }
    stored = "bfloat16" if family == "klein" else "float16"
    return Model(family, Path(family), FAMILIES[family], UNKNOWN, parts, stored=stored)


def card(gigabytes: float) -> Machine:
    """A machine with a card of that size and 64 GB."""
    return Machine("cuda", True, int((gigabytes * 2**30 - TAKEN) * 0.9), int(64e9 * 0.9))


def unified(gigabytes: float) -> Machine:
    """An Apple machine; its GPU may use three quarters of the memory."""
    free = (gigabytes * 2**30 - SYSTEM) * 0.9
    return Machine("mps", True, 0, int(min(free, gigabytes * 2**30 * 0.75)))


def told(model: Model, machine: Machine, need: Need) -> str:
    """A plan in a few words."""
    try:
        made = plan(model, machine, need)
    except NotEnoughMemory:
        return "refused"
    layers = {name.removesuffix("_2") for name in made.layered}
    words = {"none": "whole", "parts": "in turns", "layers": "in layers"}[made.offload]
    if made.offload == "parts" and layers:
        words += " (" + ", ".join(sorted(_SHORT[each] for each in layers)) + " in layers)"
    return f"{words}, {made.at_once} at once" + (", tiles" if made.decoding == "tiles" else "")


_SHORT = {"text_encoder": "encoders", "image_encoder": "encoders", "controlnet": "ControlNet"}


def plans() -> str:
    """The table of plans."""
    cases = (
        ("FLUX.2 klein", published("klein"), Need(at_once=4)),
        ("Stable Diffusion XL", published("sdxl"), Need(at_once=4)),
        ("with FaceID Plus", published("sdxl"), FACEID_PLUS),
        ("with InstantID", published("sdxl"), INSTANTID),
        ("Stable Diffusion 1.5", published("sd15"), Need(at_once=4)),
    )
    machines = [(f"{each} GB card", card(each)) for each in CARDS]
    machines += [(f"{each} GB Mac", unified(each)) for each in UNIFIED]
    lines = [f"| | {' | '.join(name for name, _, _ in cases)} |", "|---|" + "---|" * len(cases)]
    for name, free in machines:
        lines.append(f"| {name} | {' | '.join(told(m, free, need) for _, m, need in cases)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(plans() + "\n")
