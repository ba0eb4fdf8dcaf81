"""Steps about sitters: their photos, enrolled, stored and forgotten."""

from __future__ import annotations

from ..step import Input, Kind, Output, Step
from .common import FACE, PHOTOS, PHOTOS_AS_IMAGES, SITTER, identity_for

_STORED = Input(
    "name",
    Kind.STRING,
    "The sitter's name, in whatever case, or their id, such as id:3f9a2b7c1e, which names nobody.",
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

ADD_PHOTOS = Step(
    id="HeadshotsAddPhotos",
    title="Add photos",
    category=SITTER,
    summary="Turns images into photos of a sitter. Chain several nodes to collect images of "
    "different sizes, which can't be in one batch.",
    inputs=(
        Input("images", Kind.IMAGE, "The images."),
        Input(
            "names",
            Kind.STRING,
            "Names for the photos, one a line. Messages use them. Empty: the photos are numbered.",
            default="",
            multiline=True,
        ),
        Input("and_also", Kind.PHOTO, "Photos gathered before these.", optional=True),
    ),
    outputs=(Output("photos", Kind.PHOTO, "The photos gathered so far."),),
    place="recipes.actions.sitters:add_photos",
)

COACH = Step(
    id="HeadshotsCoach",
    title="Sitter coach",
    category=SITTER,
    summary="Says what the photos of a sitter lack (angles, light, expression, sharpness, "
    "size) and which photo to leave out, so that you can take better ones before "
    "enrolling. Nothing is stored.",
    inputs=(
        PHOTOS,
        PHOTOS_AS_IMAGES,
        FACE,
    ),
    outputs=(
        Output(
            "report",
            Kind.STRING,
            "What was noticed, one finding a line: of each photo by its name, then of all.",
            shown=True,
            prose=True,
        ),
    ),
    place="recipes.actions.sitters:coach_sitter",
    keeps=True,
    effort=6,
)

ENROL = Step(
    id="HeadshotsEnrolSitter",
    title="Enrol sitter",
    category=SITTER,
    summary="Learns who the sitter is from the photos. A photo of somebody else is refused by "
    "name. So is a photo with several faces, unless you say which face is the "
    "sitter's.",
    inputs=(
        PHOTOS,
        PHOTOS_AS_IMAGES,
        Input("name", Kind.STRING, "The sitter's name, as you want to find it again."),
        Input(
            "consent",
            Kind.STRING,
            "That the sitter agreed: 'yes' if they did so in person, now; 'yes to generate, tune "
            "and deliver, until 2027-01-31, by signed form' to say what for, until when and how; "
            "or a record as JSON. Anything else is refused, and nothing is learnt without it.",
            default="",
        ),
        FACE,
    ),
    outputs=(
        Output("identity", Kind.IDENTITY, "What is known of the sitter."),
        Output(
            "report",
            Kind.STRING,
            "What was noticed about each photo, one a line.",
            shown=True,
            prose=True,
        ),
    ),
    place="recipes.actions.sitters:enrol_sitter",
    fingerprint="recipes.actions.sitters:fingerprint_of_enrolment",
    effort=8,
)

SAVE_SITTER = Step(
    id="HeadshotsSaveSitter",
    title="Save sitter",
    category=SITTER,
    summary="Stores an enrolled sitter on this machine, to be loaded by name. 'Forget sitter' "
    "removes it again.",
    inputs=(
        identity_for("any"),
        Input(
            "replace",
            Kind.BOOLEAN,
            "On: another sitter stored under this name is replaced. Off: that is refused.",
            default=False,
        ),
    ),
    outputs=(Output("identity", Kind.IDENTITY, "The same sitter."),),
    place="recipes.actions.sitters:save_sitter",
    stored=True,
    fingerprint="recipes.actions.sitters:fingerprint_of_all",
    keeps=True,
)

LOAD_SITTER = Step(
    id="HeadshotsLoadSitter",
    title="Load sitter",
    category=SITTER,
    summary="Loads a sitter that was stored on this machine.",
    inputs=(_STORED,),
    outputs=(
        Output("identity", Kind.IDENTITY, "What is known of the sitter."),
        Output(
            "clock",
            Kind.STRING,
            "The sitter's id, and until when they are kept.",
            shown=True,
            prose=True,
        ),
    ),
    place="recipes.actions.sitters:load_sitter",
    stored=True,
    fingerprint="recipes.actions.sitters:fingerprint",
)

TUNE_SITTER = Step(
    id="HeadshotsTuneSitter",
    title="Tune sitter",
    category=SITTER,
    summary="Trains a LoRA for your diffusion model on the enrolled photos of a stored "
    "sitter. The LoRA is sealed with the photos and forgotten with them. Training "
    "stops when likeness on a held-out photo no longer improves; a stopped run "
    "continues where it was. The sitter must have agreed to 'tune'.",
    inputs=(
        identity_for("tune"),
        Input(
            "model",
            Kind.STRING,
            "Name of the model, as `headshots models` lists it: a FLUX.2 klein (the Base one is "
            "best), a Stable Diffusion XL or 1.5; empty: the first one whose licence allows "
            "commercial work.",
            default="",
        ),
        Input(
            "steps",
            Kind.INT,
            "Maximum number of training steps. Training ends earlier when more steps don't help.",
            default=1200,
            low=1,
            high=20_000,
        ),
        Input(
            "rank",
            Kind.INT,
            "Rank of the LoRA. A higher rank makes a larger file and learns details sooner.",
            default=32,
            low=1,
            high=256,
            advanced=True,
        ),
        Input(
            "others",
            Kind.PHOTO,
            "Photos of other people, one face each, for the network that learns to tell photos "
            "from painted pictures. With fewer than nine photos in all it says nothing.",
            optional=True,
        ),
        Input(
            "seed",
            Kind.INT,
            "Seed of the training. The same number gives the same order.",
            default=0,
            low=0,
            high=2**32 - 1,
        ),
        Input(
            "accept_licence",
            Kind.BOOLEAN,
            "On: you have read the model's licence and may use it as you mean to, also where it "
            "doesn't allow commercial work or doesn't say.",
            default=False,
        ),
    ),
    outputs=(
        Output("identity", Kind.IDENTITY, "The same sitter."),
        Output(
            "report", Kind.STRING, "What was learnt, one finding a line.", shown=True, prose=True
        ),
    ),
    place="recipes.actions.tune:tune_sitter",
    stored=True,
    keeps=True,
    effort=600,
)

FORGET_SITTER = Step(
    id="HeadshotsForgetSitter",
    title="Forget sitter",
    category=SITTER,
    summary="Destroys the sitter's key, so that copies of the vault can't be read any more, "
    "removes everything that is stored of them on this machine, and verifies that it is gone. A "
    "signed receipt says so. A backup that holds the vault's key too still reads them: "
    "`headshots key` keeps the two apart.",
    inputs=(
        _STORED,
        Input(
            "delivered",
            Kind.BOOLEAN,
            "On: pictures that were delivered of the sitter are removed as well. Off: they stay.",
            default=False,
        ),
    ),
    outputs=(
        Output("name", Kind.STRING, "The name that was forgotten."),
        Output("receipt", Kind.STRING, "The file with the receipt; it names nobody.", shown=True),
    ),
    place="recipes.actions.retention:forget_sitter",
    stored=True,
    fingerprint="recipes.actions.sitters:always_anew",
    keeps=True,
)
