"""What the licence of a model's weights allows, as far as the files or their names tell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Licence:
    """name: as its maker calls it. commercial: None where nobody said."""

    name: str
    commercial: bool | None

    @property
    def free(self) -> bool:
        """Whether it needs no acceptance: commercial work is known to be allowed."""
        return self.commercial is True

    @property
    def allows(self) -> str:
        """Whether commercial work is allowed, in a word or two."""
        return {True: "allowed", False: "not allowed", None: "not known"}[self.commercial]


UNKNOWN = Licence("not stated", None)

# Licences by the words that model cards and files use for them.
_TERMS: tuple[tuple[str, bool], ...] = (
    (r"non-?commercial|(^|[-_ ])nc([-_ ]|$)|research", False),
    (r"apache|^mit\b|bsd|cc0|cc-by-(4|sa-4)|open ?rail|openrail", True),
)
# Published models by how their files are called; the makers' cards say the licence.
_PUBLISHED: tuple[tuple[str, Licence], ...] = (
    (r"flux-?2.*klein.*9b|flux-?2.*dev", Licence("FLUX Non-Commercial License", False)),
    (r"flux-?2.*klein", Licence("Apache-2.0", True)),
    (r"qwen-?image-?edit-?(2509|plus)|firered-?image-?edit", Licence("Apache-2.0", True)),
    (r"sd-?xl-base|stable-diffusion-xl-base", Licence("OpenRAIL++-M", True)),
    (r"v1-5-pruned|stable-diffusion-v1-5", Licence("CreativeML OpenRAIL-M", True)),
    (r"ip-?adapter-?faceid", Licence("non-commercial (insightface's training data)", False)),
    (r"instantid", Licence("Apache-2.0; its face model is non-commercial", False)),
)


def licence_called(name: str) -> Licence:
    """The licence that a card or a file calls `name`."""
    for words, commercial in _TERMS:
        if re.search(words, name.casefold()):
            return Licence(name, commercial)
    return Licence(name, None)


def licence_of(name: str, metadata: Mapping[str, str], card: str = "") -> Licence:
    """The licence of the model called `name`.

    Asked in this order: the model card's front matter, the file's own metadata (ModelSpec's
    `modelspec.license`), then how the published models are called.

    metadata: of its .safetensors file. card: text of its README.md.
    """
    said = dict(_front_matter(card))
    if stated := said.get("license_name") or said.get("license"):
        return licence_called(stated)
    if stated := metadata.get("modelspec.license"):
        return licence_called(stated)
    plain = re.sub(r"[ _/.]+", "-", name.casefold())
    for pattern, licence in _PUBLISHED:
        if re.search(pattern, plain):
            return licence
    return UNKNOWN


def _front_matter(card: str) -> Iterator[tuple[str, str]]:
    """Keys and values of one line each between the card's first two rules."""
    lines = card.splitlines()
    if not lines or lines[0].strip() != "---":
        return
    for line in lines[1:]:
        if line.strip() == "---":
            return
        key, colon, value = line.partition(":")
        if colon and value.strip() and re.fullmatch(r"\w+", key):
            yield key, value.strip().strip("'\"")
