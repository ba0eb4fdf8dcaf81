"""A discriminator between faces of photos and faces that a model painted anew.

Blur, size and compression are no evidence: real and painted faces are brought to one small size,
and are blurred, resized and compressed by chance, in the same way. It learns on one part of the
photos and is measured on the others; where it is not better than chance there, it says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from ....faces import Face
from ....images import Image, blur, resize, to_u8
from ..adapters.identity_conditioning import square

SIDE = 112  # of a face, pixels
_MARGIN = 0.1  # around the face's box, in sides of the box
_WIDTHS = (32, 64, 128)
_SLOPE, _FINE = 0.2, 8.0  # of the activation; how much fine detail is amplified
# Ranges of the share of the size, of the blur's deviation in pixels, and of JPEG's quality.
_SHRUNK, _BLURRED, _QUALITY = (0.5, 1.0), (0.7, 1.6), (50, 95)
_BATCH = 8  # faces of each kind in a step
_EVERY = 3  # each third photo is held out
LEAST = 9  # photos: with fewer, those held out can prove nothing
_VIEWS = 4  # degraded versions of a face whose verdicts are averaged
_SURE = 1.645  # standard errors above chance: 95 %
_RATE, _BETAS, _DECAY = 1e-3, (0.5, 0.99), 0.05  # of the optimiser


class Discriminator(nn.Module):
    """From faces (batch, 3, SIDE, SIDE), -1..1, to verdicts (batch,), high if real.

    A verdict for each patch (Isola et al. 2017), by the picture and by its fine detail.

    Args:
        seed: of the initial weights.
    """

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            layers: list[nn.Module] = []
            for before, after in zip((6, *_WIDTHS), _WIDTHS, strict=False):
                layers += [nn.Conv2d(before, after, 4, 2, 1), nn.LeakyReLU(_SLOPE)]
            self.layers = nn.Sequential(*layers, nn.Conv2d(_WIDTHS[-1], 1, 3, padding=1))

    def forward(self, faces: Tensor) -> Tensor:
        """See the class."""
        faces = faces.float()
        fine = faces - nn.functional.avg_pool2d(faces, 3, 1, 1, count_include_pad=False)
        return self.layers(torch.cat([faces, _FINE * fine], dim=1)).mean(dim=(1, 2, 3))


def face_of(image: Image, face: Face) -> Image:
    """The face as the discriminator is shown it, sRGB float32 (SIDE, SIDE, 3)."""
    return square(image, face, SIDE, _MARGIN)


def degraded(face: Image, chance: np.random.Generator) -> Image:
    """`face` (see `face_of`) smaller, blurred and compressed by chance, in its size."""
    side = round(SIDE * chance.uniform(*_SHRUNK))
    small = resize(blur(face, float(chance.uniform(*_BLURRED))), side, side)
    quality = int(chance.integers(*_QUALITY))
    _, data = cv2.imencode(".jpg", to_u8(small)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    read = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.float32)[..., ::-1] / 255
    return np.clip(resize(np.asarray(read, np.float32), SIDE, SIDE), 0, 1)


def as_seen(pixels: Tensor, chance: torch.Generator) -> Tensor:
    """Pixels of a face (1, 3, H, W), -1..1, resized as `degraded` does, differentiable."""
    low, high = _SHRUNK
    side = round(SIDE * (low + (high - low) * float(torch.rand((), generator=chance))))
    for length in (side, SIDE):
        pixels = nn.functional.interpolate(
            pixels.float(), (length, length), mode="bilinear", antialias=True
        )
    return pixels


@dataclass(frozen=True)
class Verdicts:
    """Mean verdicts on faces of photos that the discriminator never learnt on.

    real, painted: of each photo, and of the same photo painted anew.
    """

    real: tuple[float, ...]
    painted: tuple[float, ...]

    @property
    def auc(self) -> float | None:
        """How often the real one of a pair gets the higher verdict, 0.5 by chance .. 1 always.

        None without held-out photos.
        """
        if not self.real:
            return None
        above = np.subtract.outer(np.array(self.real), np.array(self.painted))
        return float(((above > 0) + 0.5 * (above == 0)).mean())

    @property
    def better_than_chance(self) -> bool:
        """Whether that is surely more than chance gives (Mann and Whitney 1947)."""
        count = len(self.real)
        if self.auc is None:
            return False
        return self.auc > 0.5 + _SURE * ((2 * count + 1) / (12 * count**2)) ** 0.5


class Critic:
    """A discriminator in training, with the faces it learns on.

    Args:
        real: faces of photos (see `face_of`).
        painted: the same photos painted anew by the model, in the same order.
        seed: of all randomness.
        device: where it runs.
    """

    def __init__(
        self, real: Sequence[Image], painted: Sequence[Image], seed: int, device: torch.device
    ) -> None:
        self.real, self.painted, self._seed = list(real), list(painted), seed
        self.discriminator = Discriminator(seed).to(device)
        self.learner = torch.optim.AdamW(
            self.discriminator.parameters(), _RATE, _BETAS, weight_decay=_DECAY
        )
        self._device = device
        held_out = set(range(_EVERY - 1, len(real), _EVERY))
        self.held_out = sorted(held_out)
        self.shown = [place for place in range(len(real)) if place not in held_out]

    def learn(self, steps: int, turn: int) -> float:
        """Train for `steps`, if there are photos; turn: number of the call, for its randomness.

        Returns:
            The mean logistic loss; 2 ln 2 = 1.39 where it tells nothing.
        """
        chance = np.random.default_rng([self._seed, turn])
        losses: list[float] = []
        for _ in range(steps if self.shown else 0):
            chosen = chance.choice(self.shown, _BATCH)
            real = self._verdict([degraded(self.real[each], chance) for each in chosen])
            painted = self._verdict([degraded(self.painted[each], chance) for each in chosen])
            loss = softplus(-real).mean() + softplus(painted).mean()
            self.learner.zero_grad()
            loss.backward()
            self.learner.step()
            losses.append(float(loss.detach()))
        return float(np.mean(losses)) if losses else 0.0

    def measured(self, painted: Sequence[Image] | None = None) -> Verdicts:
        """Verdicts on the held-out photos.

        painted: in place of those that it holds.
        """
        made = self.painted if painted is None else painted
        return Verdicts(
            tuple(verdict(self.discriminator, self.real[each]) for each in self.held_out),
            tuple(verdict(self.discriminator, made[each]) for each in self.held_out),
        )

    def _verdict(self, faces: Sequence[Image]) -> Tensor:
        return self.discriminator(_pixels(faces).to(self._device))


@torch.no_grad()
def verdict(discriminator: Discriminator, face: Image) -> float:
    """The mean verdict on degraded versions of a face, the same ones each time."""
    chance = np.random.default_rng(0)
    views = _pixels([degraded(face, chance) for _ in range(_VIEWS)])
    was = discriminator.training
    discriminator.eval()
    mean = float(discriminator(views.to(next(discriminator.parameters()).device)).mean())
    discriminator.train(was)
    return mean


def _pixels(faces: Sequence[Image]) -> Tensor:
    return torch.from_numpy(np.stack(faces)).movedim(-1, 1) * 2 - 1
