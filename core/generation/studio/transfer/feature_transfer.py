"""Open eyes, or a mouth not caught in mid-word, borrowed from another photo of the same sitter.

A photo is mended only where it then serves much better than any photo does as it is, and only by a
photo that shows the head from the same side, with the same smile, in like light, as sharp, and of
which the region lies where the borrower's does. The limits were set by looking: at frames of one
face in real video (126 pixels wide), in which a blink mended by a frame up to six degrees apart
could not be told from a photo at 100 %, and one mended from ten degrees apart looked aside; and at
portraits mended from versions of themselves, turned, lit from the side, blurred and reduced
(`tests/benchmarks/studio/borrowing.py`). Wide eyes over a laugh, and a laugh under calm eyes, fit
in every other respect and look false: hence the smile.
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
from ....portrait.expression import looking_away, smile, speaking
from ..sources.choice import LEAST_SHARE, MOST, choose_sources, suitability
from .blending import BlendedRegion, Fit, blend_region
from .regions import EYES, MOUTH, Region

# A mended photo must serve this many times as well as the best that needs no mending.
_WORTH = 1.3
# Lenders tried for a photo, nearest in pose first: each costs the decoding of a photo.
_MOST_LENDERS = 3
_TRIED = 240.0  # face width in pixels at which a transfer is tried

_MIDWORD, _QUIET = 0.12, 0.05  # `speaking` above which a mouth is mended, below which it is lent
_GAZE = 0.5  # `looking_away` of eyes that are lent
# Degrees of yaw and of pitch between the heads; lent eyes are off the camera by as much.
_TURNED = 6.0
_SMILE = 0.3
_LEAST_SIZE = 0.8  # of the lender's face against the borrower's, pixels for pixels
# See `Fit`. Real frames up to 6 degrees apart: misfit .004 to .018, light .03 to .14, texture .6 to
# 1.2, seam to 4.6; with glasses drawn on one photo alone light .13 to .34, seam 7.8 and more.
_MISFIT = 0.018
_ENLARGED = 1.3
_EXPOSURE = 0.75  # a little over one stop
_LIGHT = 0.15
_TEXTURE = (0.6, 1.35)
_SEAM = 6.0
_SEEN = 0.999
_COVERED = {"eyes": "eyes-covered", "mouth": "mouth-covered"}


@dataclass(frozen=True, eq=False)
class Transfer:
    """A region that `lender` lends."""

    region: Region
    lender: EnrolledPhoto


@dataclass(frozen=True, eq=False)
class Source:
    """A photo to work from, with what it borrows."""

    photo: EnrolledPhoto
    transfer: Transfer | None = None

    @property
    def worth(self) -> float:
        """Its suitability, with what it borrows."""
        return _with(self.photo, self.transfer) if self.transfer else suitability(self.photo)


def mended_sources(photos: Sequence[EnrolledPhoto]) -> tuple[Source, ...]:
    """`choose_sources`, and before them the photos that a transfer makes much better than the best.

    Never empty for a non-empty sequence. A photo that is there mended is not there as it was.

    Raises:
        PhotoError: a stored photo can't be read.
    """
    chosen = choose_sources(photos)
    worth = _WORTH * suitability(chosen[0])
    mended: list[tuple[float, Source]] = []
    for photo in photos:
        transfer = find_transfer(photo, photos, worth)
        if transfer is not None:
            mended.append((_with(photo, transfer), Source(photo, transfer)))
    if not mended:
        return tuple(Source(photo) for photo in chosen)
    mended.sort(key=lambda each: (-each[0], each[1].photo.name, each[1].photo.sha256))
    least = LEAST_SHARE * mended[0][0]
    taken = {source.photo.sha256 for _, source in mended}
    rest = [
        Source(photo)
        for photo in chosen
        if photo.sha256 not in taken and suitability(photo) >= least
    ]
    return (*(source for _, source in mended), *rest)[:MOST]


def find_transfer(
    photo: EnrolledPhoto, photos: Sequence[EnrolledPhoto], worth: float
) -> Transfer | None:
    """The transfer that lets `photo` serve at least as well as `worth`; None if there is none.

    Eyes are transferred where they are closed, a mouth where it is caught in mid-word.

    None where nothing is wrong with the photo, where both are, and where no photo can lend.
    """
    closed, talking = asleep(photo.face), speaking(photo.face) > _MIDWORD
    if closed == talking:
        return None
    region = EYES if closed else MOUTH
    for lender in _lenders(photo, photos, region):
        transfer = Transfer(region, lender)
        if _with(photo, transfer) >= worth and not refusals(photo, transfer):
            return transfer
    return None


def refusals(photo: EnrolledPhoto, transfer: Transfer) -> tuple[str, ...]:
    """Why `photo` can't borrow that, in words; empty where it can.

    Raises:
        PhotoError: a stored photo can't be read.
    """
    found = tuple(_unlike(photo.face, transfer))
    if found:
        return found  # told by the meshes alone, without decoding anything
    image, face = _read(photo, _TRIED)
    tried = _tried(image, face, transfer)
    if tried is None:
        return ("The region can't be seen whole in both photos",)
    return tuple(_unfit(tried.fit))


def transfer_feature(image: Image, face: Face, transfer: Transfer) -> BlendedRegion:
    """`face` in `image` (sRGB float32 (H, W, 3) 0..1) with what it borrows.

    Raises:
        NoSource: the region isn't whole in both photos, which `refusals` tells beforehand.
        PhotoError: the lender can't be read.
    """
    lender, lent = _read(transfer.lender, face.width)
    blended = blend_region(image, face, lender, lent, transfer.region)
    if blended is None:
        raise NoSource(
            f"The {transfer.region.name} of {transfer.lender.name!r} does not fit another photo",
            "Use another photo.",
        )
    return blended


def _with(photo: EnrolledPhoto, transfer: Transfer) -> float:
    """The suitability of `photo` with the transfer."""
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
    """What the meshes say against a transfer."""
    lent = transfer.lender.face
    if transfer.region is EYES:
        if asleep(lent):
            yield "The other photo's eyes are not open either"
        elif looking_away(lent) > _GAZE:
            yield "The other photo's eyes look aside"
    elif speaking(lent) > _QUIET:
        yield "The other photo's mouth is open too"
    if (turned := _turned(face, lent)) > _TURNED:
        yield f"The head is turned otherwise ({turned:.1f}°, at most {_TURNED:.0f}°)"
    if (apart := abs(smile(face) - smile(lent))) > _SMILE:
        yield f"One smiles and the other doesn't ({apart:.2f}, at most {_SMILE:.2f})"
    if (size := lent.width / face.width) < _LEAST_SIZE:
        yield f"The face is smaller there ({size:.2f} of this one's, at least {_LEAST_SIZE:.2f})"


def _unfit(fit: Fit) -> Iterator[str]:
    """What the pixels say against a transfer."""
    if fit.seen < _SEEN:
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


def _tried(image: Image, face: Face, transfer: Transfer) -> BlendedRegion | None:
    """The transfer at a small size; None where a region isn't whole or is covered."""
    lender, lent = _read(transfer.lender, face.width)
    codes = {finding.code for finding in check_face(lender, lent)}
    if _COVERED[transfer.region.name] in codes:
        return None
    return blend_region(image, face, lender, lent, transfer.region)


def _read(photo: EnrolledPhoto, width: float) -> tuple[Image, Face]:
    """`photo` and its face, decoded so that the face is about `width` pixels wide, or smaller."""
    wanted = min(1.0, 1.1 * width / photo.face.width)
    longest = max(256, ceil(wanted * max(photo.width, photo.height)))
    read = read_photo(photo.data, name=photo.name, longest=longest)
    return read.image, photo.face.scaled(read.scale)
