"""The error tree: each error says what happened, to which input, and what to do about it.

Codes are stable: scripts, the server and the hosts match on them. The exit codes are those of
the command line; a family of errors shares one.
"""

from __future__ import annotations

from collections.abc import Iterator


class HeadshotsError(Exception):
    """Base of all errors that are meant for a person to read.

    Args:
        what: what happened, naming the input; one clause without a full stop at its end.
        remedy: what to do about it; one or more sentences.
    """

    code: str = "headshots.error"
    exit_code: int = 1

    def __init__(self, what: str, remedy: str) -> None:
        self.what = what.rstrip(".")
        self.remedy = remedy
        super().__init__(what, remedy)

    def __str__(self) -> str:
        return f"{self.what}. {self.remedy}"


class InputError(HeadshotsError):
    """A value that does not fit its declaration."""

    code = "input.invalid"
    exit_code = 2


class UnknownName(InputError):
    """A name that no registry, look or weight answers to."""

    code = "input.unknown-name"


class Cancelled(HeadshotsError):
    """The work was stopped on request; nothing was kept of it."""

    code = "cancelled"
    exit_code = 130


class PhotoError(HeadshotsError):
    """A photo that can't be used."""

    code = "photo.error"
    exit_code = 3


class PhotoNotFound(PhotoError):
    code = "photo.not-found"


class PhotoNotAFile(PhotoError):
    """A folder, device or link to nowhere where a photo was expected."""

    code = "photo.not-a-file"


class PhotoUnreadable(PhotoError):
    """A file that exists or may exist, but can't be opened (permission, impossible name)."""

    code = "photo.unreadable"


class PhotoEmpty(PhotoError):
    code = "photo.empty"


class PhotoUnsupported(PhotoError):
    """Not a picture format that is read here."""

    code = "photo.unsupported"


class PhotoDamaged(PhotoError):
    """A known format whose content is truncated or broken."""

    code = "photo.damaged"


class PhotoTooLarge(PhotoError):
    """More pixels or bytes than are decoded: a mistake or a decompression bomb."""

    code = "photo.too-large"


class PhotoTooSmall(PhotoError):
    code = "photo.too-small"


class FaceError(PhotoError):
    """A photo whose faces don't fit the request."""

    code = "face.error"


class NoFace(FaceError):
    code = "face.none"


class SeveralFaces(FaceError):
    code = "face.several"


class IdentityError(HeadshotsError):
    """An identity that can't be made, found or read."""

    code = "identity.error"
    exit_code = 4


class WrongPerson(IdentityError):
    """One or more photos look like somebody else than the rest."""

    code = "identity.wrong-person"


class MixedPeople(IdentityError):
    """The photos show different people and no majority says who is meant."""

    code = "identity.mixed-people"


class NoUsablePhoto(IdentityError):
    code = "identity.no-usable-photo"


class IdentityNotFound(IdentityError):
    code = "identity.not-found"


class IdentityExists(IdentityError):
    code = "identity.exists"


class IdentityDamaged(IdentityError):
    """Stored bytes that are not an identity, or not one this version reads."""

    code = "identity.damaged"


class StorageFailed(IdentityError):
    """The disk refused to read, write or remove what is stored of a sitter."""

    code = "identity.storage-failed"


class SetupError(HeadshotsError):
    """Something that has to be installed or fetched first."""

    code = "setup.error"
    exit_code = 5


class WeightsMissing(SetupError):
    code = "weights.missing"


class WeightsCorrupt(SetupError):
    """A weights file whose hash is not the pinned one."""

    code = "weights.corrupt"


class DownloadFailed(SetupError):
    code = "weights.download-failed"


class ExtraMissing(SetupError):
    """An optional package that this back end needs."""

    code = "setup.extra-missing"


class GenerationError(HeadshotsError):
    """A generator that can't make a picture from what it was given."""

    code = "generation.error"
    exit_code = 6


class NoSource(GenerationError):
    """None of the sitter's photos can carry the look."""

    code = "generation.no-source"


class LookUnreadable(GenerationError):
    """A file of looks that can't be read, or a look in it with a fault."""

    code = "generation.look-unreadable"


class RecipeError(HeadshotsError):
    """A recipe that can't be read or run."""

    code = "recipe.error"
    exit_code = 7


class RecipeUnreadable(RecipeError):
    code = "recipe.unreadable"


class UnknownStep(RecipeError):
    """A node of another pack, or a step this version doesn't know."""

    code = "recipe.unknown-step"


class BrokenLink(RecipeError):
    """An input linked to a node or output that doesn't exist, or of another kind."""

    code = "recipe.broken-link"


class NothingToDo(RecipeError):
    """A recipe in which no node leaves or shows anything."""

    code = "recipe.nothing-to-do"


class RecipeCycle(RecipeError):
    code = "recipe.cycle"


class RecipeInput(RecipeError):
    """A missing, foreign or out-of-range input of a step."""

    code = "recipe.input"


class DeliveryError(HeadshotsError):
    """A picture that can't be written as asked."""

    code = "delivery.error"
    exit_code = 8


class WriteFailed(DeliveryError):
    """No room, no permission or no such folder; nothing half-written is left."""

    code = "delivery.write-failed"


class PhotographNeeded(DeliveryError):
    """A made picture where only a real photograph may be given."""

    code = "delivery.photograph-needed"


class NothingKept(HeadshotsError):
    """Pictures were made, but none was good enough to keep."""

    code = "selection.nothing-kept"
    exit_code = 9


def all_errors() -> Iterator[type[HeadshotsError]]:
    """Every error class of the tree, the base first."""
    pending: list[type[HeadshotsError]] = [HeadshotsError]
    while pending:
        error = pending.pop(0)
        yield error
        pending.extend(error.__subclasses__())
