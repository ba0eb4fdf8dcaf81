"""The product on one page: every step, as all hosts show it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .step import Input, Kind, Output, Step, resolve


def _from(place: str) -> Callable[[], tuple[str, ...]]:
    """Choices asked of the part that owns them, when needed: this page must load fast."""
    return lambda: resolve(f"recipes.actions.choices:{place}")()


SITTER, MAKE, JUDGE, DELIVER = (
    "Headshots/1 Sitter",
    "Headshots/2 Make",
    "Headshots/3 Judge",
    "Headshots/4 Deliver",
)

_IDENTITY = Input("identity", Kind.IDENTITY, "The sitter, as enrolled or loaded.")
_IMAGES = Input("images", Kind.IMAGE, "The pictures.")
_SCORECARDS = Input("scorecards", Kind.SCORECARD, "Their scorecards, one for each picture.")
_FOLDER = Input(
    "folder",
    Kind.STRING,
    "Folder to write to; it is made if it isn't there. Files of the same names are replaced.",
    default="headshots",
    path="folder",
)

READ_PHOTOS = Step(
    id="HeadshotsReadPhotos",
    title="Read photos",
    category=SITTER,
    summary="Reads photos of a sitter: JPEG, PNG, TIFF, WebP; HEIC and camera RAW where installed.",
    inputs=(
        Input(
            "paths",
            Kind.STRING,
            "Photos of the sitter, one path a line. A folder stands for the photos in it. Three to "
            "ten sharp ones from different days and angles work best; one is enough.",
            multiline=True,
            path="files",
        ),
    ),
    outputs=(Output("photos", Kind.PHOTO, "The photos as they are in their files."),),
    place="recipes.actions.pictures:read_photos",
    fingerprint="recipes.actions.pictures:fingerprint",
)

ENROL = Step(
    id="HeadshotsEnrolSitter",
    title="Enrol sitter",
    category=SITTER,
    summary="Learns who the sitter is from the photos. A photo of somebody else is refused by "
    "name, and so is a photo with several faces unless you say which one is meant.",
    inputs=(
        Input("photos", Kind.PHOTO, "Photos of the sitter."),
        Input("name", Kind.STRING, "The sitter's name, as you want to find it again."),
        Input(
            "face",
            Kind.CHOICE,
            "Which face is the sitter's where a photo shows several: 'only' refuses such photos, "
            "'largest' takes the biggest face, a number counts from the left.",
            default="only",
            choices=("only", "largest", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
        ),
    ),
    outputs=(
        Output("identity", Kind.IDENTITY, "What is known of the sitter."),
        Output("report", Kind.STRING, "What was noticed about each photo, one a line."),
    ),
    place="recipes.actions.sitters:enrol_sitter",
    effort=8,
)

SAVE_SITTER = Step(
    id="HeadshotsSaveSitter",
    title="Save sitter",
    category=SITTER,
    summary="Stores an enrolled sitter on this machine, to be loaded by name. 'Forget sitter' "
    "removes it again.",
    inputs=(
        _IDENTITY,
        Input(
            "replace",
            Kind.BOOLEAN,
            "On: a stored sitter of this name is replaced. Off: that is refused.",
            default=False,
        ),
    ),
    outputs=(Output("identity", Kind.IDENTITY, "The same sitter."),),
    place="recipes.actions.sitters:save_sitter",
    keeps=True,
)

LOAD_SITTER = Step(
    id="HeadshotsLoadSitter",
    title="Load sitter",
    category=SITTER,
    summary="Loads a sitter that was stored on this machine.",
    inputs=(Input("name", Kind.STRING, "The sitter's name. Case doesn't matter."),),
    outputs=(Output("identity", Kind.IDENTITY, "What is known of the sitter."),),
    place="recipes.actions.sitters:load_sitter",
    fingerprint="recipes.actions.sitters:fingerprint",
)

FORGET_SITTER = Step(
    id="HeadshotsForgetSitter",
    title="Forget sitter",
    category=SITTER,
    summary="Removes everything that is stored of a sitter on this machine, and verifies that it "
    "is gone. Pictures that were delivered to other folders stay where they are.",
    inputs=(Input("name", Kind.STRING, "The sitter's name. Case doesn't matter."),),
    outputs=(Output("name", Kind.STRING, "The name that was forgotten."),),
    place="recipes.actions.sitters:forget_sitter",
    keeps=True,
)

CHOOSE_LOOK = Step(
    id="HeadshotsChooseLook",
    title="Choose look",
    category=MAKE,
    summary="A look by name: light, backdrop, framing and finish. Chain several to have the "
    "pictures go round them.",
    inputs=(
        Input("look", Kind.CHOICE, "The look.", default="studio-grey", choices=_from("looks")),
        Input("and_also", Kind.LOOK, "Looks chosen before this one.", optional=True),
    ),
    outputs=(Output("looks", Kind.LOOK, "The looks chosen so far."),),
    place="recipes.actions.making:choose_look",
    effort=0.1,
)

STUDIO = Step(
    id="HeadshotsStudio",
    title="Studio",
    category=MAKE,
    summary="Makes headshots from the sitter's own photos: cut out, relit, framed and set before a "
    "backdrop. The face is never generated. The same seed gives the same pictures.",
    inputs=(
        _IDENTITY,
        Input("looks", Kind.LOOK, "The looks to make; the pictures go round them in turn."),
        Input("count", Kind.INT, "How many pictures to make.", default=8, low=1, high=500),
        Input(
            "seed",
            Kind.INT,
            "Another number gives other pictures, the same number the same ones.",
            default=0,
            low=0,
            high=2**32 - 1,
        ),
        Input(
            "width",
            Kind.INT,
            "Width of each picture in pixels; the height follows from the look.",
            default=1024,
            low=256,
            high=4096,
        ),
        Input(
            "matched",
            Kind.BOOLEAN,
            "On: light, backdrop and framing are held exactly to the look, so that pictures of "
            "different people stand side by side. Off: they vary within the look.",
            default=False,
        ),
        Input(
            "layers",
            Kind.BOOLEAN,
            "On: each picture is taken apart into layers too, to be delivered as OpenRaster (ora). "
            "At a width of 1024 that takes 1.3 seconds and 50 MB of memory more for each picture.",
            default=False,
        ),
    ),
    outputs=(
        Output("images", Kind.IMAGE, "The pictures."),
        Output("mattes", Kind.MASK, "Where the sitter is in each."),
        Output("origins", Kind.ORIGIN, "How each was made."),
        Output("layers", Kind.LAYERS, "The layers of each, if they were asked for."),
    ),
    place="recipes.actions.making:studio",
    effort=20,
)

READ_PICTURES = Step(
    id="HeadshotsReadPictures",
    title="Read pictures",
    category=JUDGE,
    summary="Reads finished pictures, to be scored, refined or delivered.",
    inputs=(
        Input(
            "paths",
            Kind.STRING,
            "The pictures, one path a line. A folder stands for the pictures in it.",
            multiline=True,
            path="files",
        ),
    ),
    outputs=(
        Output("images", Kind.IMAGE, "The pictures."),
        Output("names", Kind.STRING, "Their names, one a line."),
        Output("origins", Kind.ORIGIN, "How each was made, as far as its file says."),
    ),
    place="recipes.actions.pictures:read_pictures",
    fingerprint="recipes.actions.pictures:fingerprint",
)

SCORE = Step(
    id="HeadshotsScore",
    title="Score",
    category=JUDGE,
    summary="Measures how like the sitter each picture is, against how alike the sitter's own "
    "photos are, by a recogniser that did not help to make it; and whether eyes, sharpness, light, "
    "cut-out and framing are good enough to deliver.",
    inputs=(
        _IMAGES,
        _IDENTITY,
        Input(
            "mattes", Kind.MASK, "Where the sitter is in each; finds more faults.", optional=True
        ),
        Input("origins", Kind.ORIGIN, "How each picture was made.", optional=True),
        Input(
            "names",
            Kind.STRING,
            "Names for the pictures, one a line; empty: they are numbered 01, 02 and so on.",
            default="",
            multiline=True,
        ),
        Input(
            "on_no_face",
            Kind.CHOICE,
            "What to do with a picture without a face, or with several: 'reject' it with that "
            "reason, 'raise' an error that stops the recipe, or 'pass' it on unmeasured.",
            default="reject",
            choices=("reject", "raise", "pass"),
        ),
    ),
    outputs=(Output("scorecards", Kind.SCORECARD, "One for each picture, not yet judged."),),
    place="recipes.actions.judging:score_pictures",
    effort=5,
)

KEEP_BEST = Step(
    id="HeadshotsKeepBest",
    title="Keep best",
    category=JUDGE,
    summary="Chooses the pictures worth keeping and says of each why it was kept or rejected.",
    inputs=(
        _IMAGES,
        _SCORECARDS,
        Input("mattes", Kind.MASK, "Where the sitter is in each.", optional=True),
        Input("layers", Kind.LAYERS, "The layers of each.", optional=True),
        Input("keep", Kind.INT, "Keep at most so many.", default=4, low=1, high=500),
        Input(
            "least_percentile",
            Kind.FLOAT,
            "Reject pictures that are less like the sitter than this share (in percent) of the "
            "sitter's own photos. 0 accepts every likeness.",
            default=5.0,
            low=0,
            high=100,
        ),
    ),
    outputs=(
        Output("kept", Kind.IMAGE, "The pictures worth keeping, best first."),
        Output("kept_scorecards", Kind.SCORECARD, "Their scorecards."),
        Output("scorecards", Kind.SCORECARD, "All scorecards, with verdict and reasons."),
        Output("kept_mattes", Kind.MASK, "Mattes of the pictures worth keeping."),
        Output("kept_layers", Kind.LAYERS, "Layers of the pictures worth keeping."),
    ),
    place="recipes.actions.judging:keep_best",
    effort=0.1,
)

REFINE = Step(
    id="HeadshotsRefine",
    title="Refine",
    category=MAKE,
    summary="Betters pictures, and hands back the picture as it was wherever the result would be "
    "less like the sitter.",
    inputs=(
        _IMAGES,
        _IDENTITY,
        Input("scorecards", Kind.SCORECARD, "Their scorecards, if there are any.", optional=True),
        Input(
            "refiner", Kind.CHOICE, "What to better.", default="retouch", choices=_from("refiners")
        ),
        Input("strength", Kind.FLOAT, "0 nothing .. 1 all.", default=0.6, low=0, high=1),
        Input(
            "longest",
            Kind.INT,
            "Longest side in pixels of what 'upscale' makes, up to four times the picture's.",
            default=6000,
            low=256,
            high=8192,
        ),
    ),
    outputs=(
        Output("images", Kind.IMAGE, "The refined pictures."),
        Output("scorecards", Kind.SCORECARD, "Their scorecards, measured anew."),
        Output("notes", Kind.STRING, "What was done to each or why it was not, one a line."),
    ),
    place="recipes.actions.refining:refine_pictures",
    effort=10,
)

SHOW_SCORES = Step(
    id="HeadshotsShowScores",
    title="Show scores",
    category=JUDGE,
    summary="Shows the scorecards as text: likeness, verdict and reasons of each picture.",
    inputs=(_SCORECARDS,),
    outputs=(Output("text", Kind.STRING, "One line for each picture."),),
    place="recipes.actions.judging:show_scores",
    keeps=True,
    effort=0.1,
)

CONTACT_SHEET = Step(
    id="HeadshotsContactSheet",
    title="Contact sheet",
    category=DELIVER,
    summary="Writes contact-sheet.png and contact-sheet.html with every picture, its scores and "
    "the reason for each keep and reject.",
    inputs=(
        _IMAGES,
        _SCORECARDS,
        _FOLDER,
        Input("title", Kind.STRING, "The heading of the sheet.", default="Headshots"),
    ),
    outputs=(Output("sheet", Kind.IMAGE, "The contact sheet as a picture."),),
    place="recipes.actions.delivering:contact_sheet",
    keeps=True,
    effort=2,
)

DELIVER_PICTURES = Step(
    id="HeadshotsDeliver",
    title="Deliver",
    category=DELIVER,
    summary="Writes pictures as files in a named size and format, each with metadata that says "
    "what it is and how it scored.",
    inputs=(
        _IMAGES,
        Input(
            "scorecards",
            Kind.SCORECARD,
            "Their scorecards; they name the files and go into their metadata.",
            optional=True,
        ),
        Input(
            "mattes", Kind.MASK, "Where the sitter is in each; crops spare the hair.", optional=True
        ),
        Input("origins", Kind.ORIGIN, "How each was made, if no scorecard says.", optional=True),
        Input(
            "layers", Kind.LAYERS, "The layers of each; only the format ora asks.", optional=True
        ),
        Input(
            "names",
            Kind.STRING,
            "Names for the files, one a line; empty: those on the scorecards, or numbers.",
            default="",
            multiline=True,
        ),
        _FOLDER,
        Input(
            "size", Kind.CHOICE, "What the picture is for.", default="full", choices=_from("sizes")
        ),
        Input(
            "format",
            Kind.CHOICE,
            "File format. OpenRaster (ora) holds the layers, for GIMP, Krita and others.",
            default="jpeg",
            choices=_from("formats"),
        ),
    ),
    outputs=(
        Output("paths", Kind.STRING, "The files that were written, one path a line."),
        Output("notes", Kind.STRING, "What differs from what was asked, one a line."),
    ),
    place="recipes.actions.delivering:deliver_pictures",
    keeps=True,
    effort=2,
)

ALL: tuple[Step, ...] = (
    READ_PHOTOS,
    ENROL,
    SAVE_SITTER,
    LOAD_SITTER,
    FORGET_SITTER,
    CHOOSE_LOOK,
    STUDIO,
    READ_PICTURES,
    SCORE,
    KEEP_BEST,
    REFINE,
    SHOW_SCORES,
    CONTACT_SHEET,
    DELIVER_PICTURES,
)

STEPS: Mapping[str, Step] = {step.id: step for step in ALL}
