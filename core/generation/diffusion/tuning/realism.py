"""The discriminator as a measure of realism."""

from __future__ import annotations

from safetensors.torch import load, save

from ....faces import Face
from ....images import Image
from ....safetensors_header import in_order, metadata_of
from .discriminator import Discriminator, Verdicts, face_of, verdict

_REAL, _PAINTED, _AUC = "real", "painted", "auc"


def realism_file(discriminator: Discriminator, untuned: Verdicts) -> bytes:
    """The discriminator as a .safetensors file.

    untuned: its verdicts on held-out photos, and on these as the model painted them before it was
        tuned; their means become 1 and 0.
    """
    held = {name: each.contiguous().cpu() for name, each in discriminator.state_dict().items()}
    metadata: dict[str, str] = {}
    if untuned.better_than_chance:
        metadata = {
            _REAL: repr(sum(untuned.real) / len(untuned.real)),
            _PAINTED: repr(sum(untuned.painted) / len(untuned.painted)),
            _AUC: repr(untuned.auc),
        }
    return in_order(save(held, metadata))


class Realism:
    """A discriminator from its file.

    auc: how often it told a held-out photo from the same one painted anew, 0.5..1; None where that
        was not better than chance.
    """

    def __init__(self, data: bytes) -> None:
        about = metadata_of(data)
        self.auc = float(about[_AUC]) if _AUC in about else None
        self._discriminator = Discriminator().eval().requires_grad_(False)
        self._discriminator.load_state_dict(load(data))
        self._ends = float(about.get(_PAINTED, 0)), float(about.get(_REAL, 1))

    def of(self, image: Image, face: Face) -> float | None:
        """How real the face in `image` looks: 0 as the model painted untuned .. 1 as photos.

        None where the discriminator is not better than chance.
        """
        if self.auc is None:
            return None
        low, high = self._ends
        share = (verdict(self._discriminator, face_of(image, face)) - low) / ((high - low) or 1.0)
        return min(1.0, max(0.0, share))
