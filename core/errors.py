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


class ReadingFailed(InputError):
    """An untrusted file that ended the process that read it."""

    code = "reading.failed"


class ReadingTooLarge(ReadingFailed):
    """It takes too much memory."""

    code = "reading.too-large"


class ReadingTooSlow(ReadingFailed):
    """It takes too much time."""

    code = "reading.too-slow"


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


class PhotoTooSlow(PhotoError):
    """A photo whose decoding takes more time than a server or a batch gives it."""

    code = "photo.too-slow"


class PhotoTooSmall(PhotoError):
    code = "photo.too-small"


class SidecarUnreadable(PhotoError):
    """An XMP sidecar that can't be edited; it stays as it is."""

    code = "photo.sidecar-unreadable"


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


class SitterForgotten(IdentityError):
    """A sitter was erased while something was to be made or written of them."""

    code = "identity.forgotten"


class SitterChanged(IdentityError):
    """Stored data was changed by another program since it was read."""

    code = "identity.changed"


class IdentityDamaged(IdentityError):
    """Stored bytes that are not an identity, or not one this version reads."""

    code = "identity.damaged"


class StorageFailed(IdentityError):
    """The disk refused to read, write or remove what is stored of a sitter."""

    code = "identity.storage-failed"


class VaultLocked(IdentityError):
    """The master key of the vault is not available, or it is another vault's."""

    code = "vault.locked"


class VaultBusy(IdentityError):
    """Another program has been writing to the vault for too long."""

    code = "vault.busy"


class ClockDoubtful(IdentityError):
    """The clock is so far from the vault's last use that no expired sitter is erased."""

    code = "vault.clock-doubtful"


class VaultDamaged(IdentityError):
    """What is in the vault was altered, cut off, swapped, or written by a newer version."""

    code = "vault.damaged"


class ReceiptInvalid(IdentityError):
    """A receipt that was altered, or is signed with another key or of another sitter."""

    code = "vault.receipt-invalid"


class ConsentError(HeadshotsError):
    """Something that the sitter did not agree to."""

    code = "consent.error"
    exit_code = 11


class ConsentMissing(ConsentError):
    """No consent is recorded, or none was given with the photos."""

    code = "consent.missing"


class ConsentUnclear(ConsentError):
    """The consent is neither a "yes" that can be read nor a valid record of this sitter."""

    code = "consent.unclear"


class ConsentWithheld(ConsentError):
    """The sitter agreed to other uses."""

    code = "consent.withheld"


class ConsentExpired(ConsentError):
    code = "consent.expired"


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


class ModelMissing(SetupError):
    """A diffusion model, or a part of one, that isn't installed."""

    code = "model.missing"


class ModelUnreadable(SetupError):
    """A diffusion model whose files are damaged, incomplete, or of another kind than they say."""

    code = "model.unreadable"


class GenerationError(HeadshotsError):
    """A generator that can't make a picture from what it was given."""

    code = "generation.error"
    exit_code = 6


class NoSource(GenerationError):
    """None of the sitter's photos can carry the look."""

    code = "generation.no-source"


class LicenceNotAccepted(GenerationError):
    """Weights whose licence forbids commercial work, or isn't known, and was not accepted."""

    code = "generation.licence-not-accepted"


class NotEnoughMemory(GenerationError):
    """A model that fits neither the graphics card nor the machine's memory."""

    code = "generation.not-enough-memory"


class LookUnreadable(GenerationError):
    """A file of looks that can't be read, or a look in it with a fault."""

    code = "generation.look-unreadable"


class PresetUnreadable(GenerationError):
    """A file of a preset of retouching that can't be read, or has a fault."""

    code = "generation.preset-unreadable"


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
    """A missing, unknown or out-of-range input of a step."""

    code = "recipe.input"


class DeliveryError(HeadshotsError):
    """A picture that can't be written as asked."""

    code = "delivery.error"
    exit_code = 8


class WriteFailed(DeliveryError):
    """No room, no permission or no such folder; nothing half-written is left."""

    code = "delivery.write-failed"


class SigningFailed(DeliveryError):
    """A picture can't be signed: the certificate is missing, unfit, or can't be kept."""

    code = "delivery.signing-failed"


class PhotographNeeded(DeliveryError):
    """A generated picture where only a real photograph is allowed."""

    code = "delivery.photograph-needed"


class ServerError(HeadshotsError):
    """The local server can't start or can't do what it was asked."""

    code = "server.error"
    exit_code = 10


class ServerRunning(ServerError):
    """Another server of this user is running already."""

    code = "server.running"


class PortTaken(ServerError):
    code = "server.port-taken"


class ServerBusy(ServerError):
    """The server's queue or its memory for pictures is full."""

    code = "server.busy"


class NothingHere(ServerError):
    """No job, picture or result of that name; it may have been dropped after some time."""

    code = "server.not-found"


class BatchError(HeadshotsError):
    """A batch that can't be run, or that is incomplete."""

    code = "batch.error"
    exit_code = 12


class BatchUnreadable(BatchError):
    """No folder of folders, or no CSV file with the columns that are needed."""

    code = "batch.unreadable"


class BatchStarted(BatchError):
    """The folder to deliver into holds a batch already."""

    code = "batch.started"


class BatchIncomplete(BatchError):
    """The batch has ended, and some people have no picture."""

    code = "batch.incomplete"


class WorkerLost(BatchError):
    """A worker process died twice over the same person."""

    code = "batch.worker-lost"


class ClusterLost(BatchError):
    """No cluster answers at that address."""

    code = "batch.cluster-lost"


class ComfyuiError(HeadshotsError):
    """A running ComfyUI did not run nodes of other packs."""

    code = "comfyui.error"
    exit_code = 13


class ComfyuiRemote(ComfyuiError):
    """An address that isn't this machine's, without permission or without encryption."""

    code = "comfyui.remote"


class ComfyuiUnreachable(ComfyuiError):
    """No ComfyUI answers there, or it went away in the middle."""

    code = "comfyui.unreachable"


class ComfyuiRefused(ComfyuiError):
    """An input of a node doesn't fit, or ComfyUI refused otherwise."""

    code = "comfyui.refused"


class ComfyuiLacks(ComfyuiError):
    """ComfyUI lacks a node, a model file, or is too old for one."""

    code = "comfyui.lacks"


class ComfyuiFailed(ComfyuiError):
    """A node failed there, was stopped there, or gave nothing."""

    code = "comfyui.failed"


class ComfyuiOutOfMemory(ComfyuiError):
    code = "comfyui.out-of-memory"


class GimpError(SetupError):
    """The plug-in for GIMP can't be put in place."""

    code = "gimp.error"


class GimpNotFound(GimpError):
    """No GIMP 3 was started by this user yet."""

    code = "gimp.not-found"


class GimpUnwritable(GimpError):
    """GIMP's folder can't be written."""

    code = "gimp.unwritable"


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
