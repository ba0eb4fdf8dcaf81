"""The licence of a model's weights, as far as the files or their names show it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Licence:
    """A licence.

    name: by its maker.
    commercial: whether commercial work is allowed; None where unknown.
    """

    name: str
    commercial: bool | None

    @property
    def free(self) -> bool:
        """Whether commercial work is known to be allowed, so that it needs no acceptance."""
        return self.commercial is True

    @property
    def allows(self) -> str:
        """Whether commercial work is allowed, in a word or two."""
        return {True: "allowed", False: "not allowed", None: "not known"}[self.commercial]


UNKNOWN = Licence("not stated", None)

# Patterns in the names of licences, and whether these allow commercial work.
_TERMS: tuple[tuple[str, bool], ...] = (
    (r"non-?commercial|(^|[-_ ])nc([-_ ]|$)|research", False),
    (r"apache|^mit\b|bsd|cc0|cc-by-(4|sa-4)|open ?rail|openrail", True),
)
# Licences of published models by patterns in the files' names; from the makers' model cards.
_PUBLISHED: tuple[tuple[str, Licence], ...] = (
    (r"flux-?2.*klein.*9b|flux-?2.*dev", Licence("FLUX Non-Commercial License", False)),
    (r"flux-?2.*klein", Licence("Apache-2.0", True)),
    (r"sd-?xl-base|stable-diffusion-xl-base", Licence("OpenRAIL++-M", True)),
    (r"v1-5-pruned|stable-diffusion-v1-5", Licence("CreativeML OpenRAIL-M", True)),
    (r"ip-?adapter-?faceid", Licence("non-commercial (insightface's training data)", False)),
    (r"instantid", Licence("Apache-2.0; its face model is non-commercial", False)),
)


def licence_called(name: str) -> Licence:
    """The licence called `name` in a model card or a file."""
    for words, commercial in _TERMS:
        if re.search(words, name.casefold()):
            return Licence(name, commercial)
    return Licence(name, None)


def licence_of(name: str, metadata: Mapping[str, str], card: str = "") -> Licence:
    """The licence of the model called `name`.

    From the model card's front matter, else the file's metadata (ModelSpec's `modelspec.license`),
    else the names of published models.

    metadata: of its .safetensors file.
    card: text of its README.md.
    """
    fields = dict(_front_matter(card))
    if stated := fields.get("license_name") or fields.get("license"):
        return licence_called(stated)
    if stated := metadata.get("modelspec.license"):
        return licence_called(stated)
    plain = re.sub(r"[ _/.]+", "-", name.casefold())
    for pattern, licence in _PUBLISHED:
        if re.search(pattern, plain):
            return licence
    return UNKNOWN


def _front_matter(card: str) -> Iterator[tuple[str, str]]:
    """Single-line keys and values of the card's front matter."""
    lines = card.splitlines()
    if not lines or lines[0].strip() != "---":
        return
    for line in lines[1:]:
        if line.strip() == "---":
            return
        key, colon, value = line.partition(":")
        if colon and value.strip() and re.fullmatch(r"\w+", key):
            yield key, value.strip().strip("'\"")
