"""Transfers open eyes, or a mouth at rest, from another photo of the same sitter.

A photo is mended only if it then serves much better than any unchanged photo, and only by a photo
with about the same head pose, smile, light, sharpness and place of the region. The limits were set
by eye: on frames of real video (faces 126 pixels wide), where a blink mended from a frame up to six
    degrees apart looked like a photo at 100 %, and one from ten degrees apart looked aside; and on
    portraits mended from turned, side-lit, blurred and reduced versions of themselves
    (`tests/benchmarks/studio/borrowing.py`). Wide eyes over a laugh, and a laugh under calm eyes,
    fit in
every other respect but look false, hence the limit on the smile.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil

from ....errors import NoSource
from ....faces import Face
from ....faces.suitability import asleep, check_face
from ....identity.identity import EnrolledPhoto
from ....images import Image
from ....photos import read_photo
from ....portrait.expression import looking_away, speaking
from ..sources.choice import rank_sources, suitability
from .blending import BlendedRegion, Fit, blend_region
from .regions import EYES, MOUTH, Region

# Least suitability of a mended photo, relative to the best that needs no mending.
_WORTH = 1.3
# Most lenders to try for a photo, the nearest in pose first: for each a photo must be decoded.
_MOST_LENDERS = 3
_TRIED = 240.0  # face width in pixels at which a transfer is tried

_MIDWORD, _QUIET = (
    0.12,
    0.05,
)  # `speaking` above which a mouth is mended, below which it can be lent
_GAZE = 0.5  # most `looking_away` of the lender's eyes
# Most degrees of yaw and pitch between the heads; the eyes look off the camera by as much.
_TURNED = 6.0
_SMILE = 0.3
_LEAST_SIZE = 0.8  # least width of the lender's face relative to the borrower's, both in pixels
# See `Fit`. Real frames up to 6 degrees apart: misfit .004 to .018, light .03 to .14, texture .6 to
# 1.2, seam to 4.6; with glasses drawn on one photo alone light .13 to .34, seam 7.8 and more.
_MISFIT = 0.018
_ENLARGED = 1.3
_EXPOSURE = 0.75  # a little over one stop
_LIGHT = 0.15
_TEXTURE = (0.6, 1.35)
_SEAM = 6.0
_WITHIN = 0.999
_COVERED = {"eyes": "eyes-covered", "mouth": "mouth-covered"}


@dataclass(frozen=True, eq=False)
class Transfer:
    """A region of the face to take from the photo `lender`."""

    region: Region
    lender: EnrolledPhoto


@dataclass(frozen=True, eq=False)
class Source:
    """A photo to work from, and the feature to transfer to it, if any."""

    photo: EnrolledPhoto
    transfer: Transfer | None = None

    @property
    def worth(self) -> float:
        """Its suitability after the transfer."""
        return (
            _mended_worth(self.photo, self.transfer) if self.transfer else suitability(self.photo)
        )


def mended_sources(photos: Sequence[EnrolledPhoto]) -> tuple[Source, ...]:
    """`rank_sources`, preceded by the photos that a transfer makes much better than the best.

    Never empty for a non-empty sequence. A mended photo replaces the unchanged one.

    Raises:
        PhotoError: a stored photo can't be read.
    """
    ranked = rank_sources(photos)
    worth = _WORTH * suitability(ranked[0])
    mended: list[Source] = []
    for photo in photos:
        transfer = find_transfer(photo, photos, worth)
        if transfer is not None:
            mended.append(Source(photo, transfer))
    mended.sort(key=lambda source: (-source.worth, source.photo.name, source.photo.sha256))
    taken = {source.photo.sha256 for source in mended}
    rest = [Source(photo) for photo in ranked if photo.sha256 not in taken]
    return (*mended, *rest)


def find_transfer(
    photo: EnrolledPhoto, photos: Sequence[EnrolledPhoto], worth: float
) -> Transfer | None:
    """The transfer that raises the suitability of `photo` to `worth`; None if there is none.

    Closed eyes are replaced, or a mouth caught in mid-word. None where neither or both are wrong,
    or where no photo fits.
    """
    closed, talking = asleep(photo.face), speaking(photo.face) > _MIDWORD
    if closed == talking:
        return None
    region = EYES if closed else MOUTH
    for lender in _lenders(photo, photos, region):
        transfer = Transfer(region, lender)
        if _mended_worth(photo, transfer) >= worth and not refusals(photo, transfer):
            return transfer
    return None


def refusals(photo: EnrolledPhoto, transfer: Transfer) -> tuple[str, ...]:
    """Why the transfer doesn't suit `photo`, in words; empty where it does.

    Raises:
        PhotoError: a stored photo can't be read.
    """
    reasons = tuple(_unlike(photo.face, transfer))
    if reasons:
        return reasons  # by the meshes alone, without decoding the photos
    image, face = _read(photo, _TRIED)
    trial = _trial(image, face, transfer)
    if trial is None:
        return ("The region can't be seen whole in both photos",)
    return tuple(_unfit(trial.fit))


def transfer_feature(image: Image, face: Face, transfer: Transfer) -> BlendedRegion:
    """Apply the transfer to `face` in `image` (sRGB float32 (H, W, 3) 0..1).

    Raises:
        NoSource: the region isn't whole in both photos; `refusals` says so beforehand.
        PhotoError: the lender can't be read.
    """
    lender, lender_face = _read(transfer.lender, face.width)
    blended = blend_region(image, face, lender, lender_face, transfer.region)
    if blended is None:
        raise NoSource(
            f"The {transfer.region.name} of {transfer.lender.name!r} does not fit another photo",
            "Use another photo.",
        )
    return blended


def _mended_worth(photo: EnrolledPhoto, transfer: Transfer) -> float:
    """The suitability of `photo` after the transfer."""
    mended = transfer.region.expressed(photo.face, transfer.lender.face)
    return suitability(replace(photo, face=mended))


def _lenders(
    photo: EnrolledPhoto, photos: Sequence[EnrolledPhoto], region: Region
) -> Iterator[EnrolledPhoto]:
    """The photos that could lend `region`, nearest in pose first."""
    fit = [
        each
        for each in photos
        if each.sha256 != photo.sha256 and not tuple(_unlike(photo.face, Transfer(region, each)))
    ]
    fit.sort(key=lambda each: (_turned(photo.face, each.face), each.name, each.sha256))
    yield from fit[:_MOST_LENDERS]


def _turned(face: Face, other: Face) -> float:
    return max(abs(face.pose.yaw - other.pose.yaw), abs(face.pose.pitch - other.pose.pitch))


def _unlike(face: Face, transfer: Transfer) -> Iterator[str]:
    """Reasons against a transfer by the meshes."""
    lender_face = transfer.lender.face
    if transfer.region is EYES:
        if asleep(lender_face):
            yield "The other photo's eyes are not open either"
        elif looking_away(lender_face) > _GAZE:
            yield "The other photo's eyes look aside"
    elif speaking(lender_face) > _QUIET:
        yield "The other photo's mouth is open too"
    if (turned := _turned(face, lender_face)) > _TURNED:
        yield f"The head is turned otherwise ({turned:.1f}°, at most {_TURNED:.0f}°)"
    if (apart := abs(face.smile - lender_face.smile)) > _SMILE:
        yield f"One smiles and the other doesn't ({apart:.2f}, at most {_SMILE:.2f})"
    if (size := lender_face.width / face.width) < _LEAST_SIZE:
        yield f"The face is smaller there ({size:.2f} of this one's, at least {_LEAST_SIZE:.2f})"


def _unfit(fit: Fit) -> Iterator[str]:
    """Reasons against a transfer by the pixels."""
    if fit.within < _WITHIN:
        yield "The other photo ends within the region"
    if fit.misfit > _MISFIT:
        yield f"The faces don't lie on each other ({fit.misfit:.3f}, at most {_MISFIT:.3f})"
    if fit.enlarged > _ENLARGED:
        yield f"It would be enlarged ({fit.enlarged:.2f}, at most {_ENLARGED:.2f})"
    if fit.exposure > _EXPOSURE:
        yield f"The exposure or colour differs ({fit.exposure:.2f}, at most {_EXPOSURE:.2f})"
    if fit.light > _LIGHT:
        yield f"The light falls otherwise ({fit.light:.2f}, at most {_LIGHT:.2f})"
    if not _TEXTURE[0] <= fit.texture <= _TEXTURE[1]:
        yield (
            f"The skin is not as sharp or as noisy ({fit.texture:.2f}, {_TEXTURE[0]:.2f} to "
            f"{_TEXTURE[1]:.2f})"
        )
    if fit.seam > _SEAM:
        yield f"A seam would show ({fit.seam:.1f}, at most {_SEAM:.1f})"


def _trial(image: Image, face: Face, transfer: Transfer) -> BlendedRegion | None:
    """The transfer at a small size; None where a region isn't whole or is covered."""
    lender, lender_face = _read(transfer.lender, face.width)
    codes = {finding.code for finding in check_face(lender, lender_face)}
    if _COVERED[transfer.region.name] in codes:
        return None
    return blend_region(image, face, lender, lender_face, transfer.region)


def _read(photo: EnrolledPhoto, width: float) -> tuple[Image, Face]:
    """`photo` and its face, decoded at a face about `width` pixels wide, or smaller."""
    wanted = min(1.0, 1.1 * width / photo.face.width)
    longest = max(256, ceil(wanted * max(photo.width, photo.height)))
    read = read_photo(photo.data, name=photo.name, longest=longest)
    return read.image, photo.face.scaled(read.scale)
