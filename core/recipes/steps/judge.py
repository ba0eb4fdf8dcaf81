"""Steps that look at pictures: read, scored, chosen, shown."""

from __future__ import annotations

from ..step import Input, Kind, Output, Step
from .common import IMAGES, JUDGE, ON_NO_FACE, SCORECARDS, identity_for

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
        Output(
            "scorecards",
            Kind.SCORECARD,
            "How each scored, as far as its file says; a file doesn't say who the sitter is.",
        ),
        Output(
            "mattes",
            Kind.MASK,
            "Where the sitter is in each that was delivered transparent; of others all 1.",
        ),
    ),
    place="recipes.actions.pictures:read_pictures",
    fingerprint="recipes.actions.pictures:fingerprint",
)

SCORE = Step(
    id="HeadshotsScore",
    title="Score likeness",
    category=JUDGE,
    summary="Measures how like the sitter each picture is, against how alike the sitter's own "
    "photos are, by a recogniser that did not help to make it; and whether eyes, sharpness, light, "
    "cut-out and framing are good enough to deliver.",
    inputs=(
        IMAGES,
        identity_for("any"),
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
        ON_NO_FACE,
    ),
    outputs=(
        Output("scorecards", Kind.SCORECARD, "One for each picture, not yet judged.", shown=True),
    ),
    place="recipes.actions.judging:score_pictures",
    effort=5,
)

KEEP_BEST = Step(
    id="HeadshotsKeepBest",
    title="Keep the best",
    category=JUDGE,
    summary="Chooses the pictures worth keeping and says of each why it was kept or rejected.",
    inputs=(
        IMAGES,
        SCORECARDS,
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
        Output(
            "scorecards", Kind.SCORECARD, "All scorecards, with verdict and reasons.", shown=True
        ),
        Output("kept_mattes", Kind.MASK, "Mattes of the pictures worth keeping."),
        Output("kept_layers", Kind.LAYERS, "Layers of the pictures worth keeping."),
        Output("kept_origins", Kind.ORIGIN, "How the pictures worth keeping were made."),
    ),
    place="recipes.actions.judging:keep_best",
    effort=0.1,
)

JOIN_SITTERS = Step(
    id="HeadshotsJoin",
    title="Join sitters",
    category=JUDGE,
    summary="Joins the pictures of two sitters, to be compared, shown and delivered together; "
    "chain several for a whole team. The pictures are named after their sitters.",
    inputs=(
        IMAGES,
        SCORECARDS,
        Input("mattes", Kind.MASK, "Where the sitter is in each.", optional=True),
        Input("more_images", Kind.IMAGE, "The pictures of the next sitter."),
        Input("more_scorecards", Kind.SCORECARD, "Their scorecards, one for each picture."),
        Input("more_mattes", Kind.MASK, "Where the sitter is in each of them.", optional=True),
    ),
    outputs=(
        Output("images", Kind.IMAGE, "All pictures."),
        Output("scorecards", Kind.SCORECARD, "Their scorecards."),
        Output("mattes", Kind.MASK, "Where the sitter is in each; none unless both gave them."),
    ),
    place="recipes.actions.teams:join_sitters",
    effort=0.1,
)

TEAM_SPREAD = Step(
    id="HeadshotsTeamSpread",
    title="Team spread",
    category=JUDGE,
    summary="Measures how alike the pictures of a team are: head height, eye line, centring, "
    "exposure, light, colour and backdrop. Says how far they are spread, which picture stands out "
    "and what to do. Skin is compared with the sitter's own photos, never between people.",
    inputs=(
        IMAGES,
        Input(
            "scorecards",
            Kind.SCORECARD,
            "Their scorecards, which tell how the skin differs from the sitter's own photos.",
            optional=True,
        ),
        Input(
            "mattes",
            Kind.MASK,
            "Where the sitter is in each; tells where hair ends.",
            optional=True,
        ),
        Input(
            "names",
            Kind.STRING,
            "Names for the pictures, one a line; empty: those on the scorecards, or numbers.",
            default="",
            multiline=True,
        ),
    ),
    outputs=(
        Output(
            "report",
            Kind.STRING,
            "What stands out and what to do, then the spread of each figure, one a line.",
            shown=True,
        ),
        Output("strip", Kind.IMAGE, "The pictures side by side.", shown=True),
    ),
    place="recipes.actions.teams:spread_of_team",
    keeps=True,
    effort=2,
)

SHOW_SCORES = Step(
    id="HeadshotsShowScores",
    title="Show scores",
    category=JUDGE,
    summary="Shows the scorecards as text: likeness, verdict and reasons of each picture.",
    inputs=(SCORECARDS,),
    outputs=(Output("text", Kind.STRING, "One line for each picture.", shown=True),),
    place="recipes.actions.judging:show_scores",
    keeps=True,
    effort=0.1,
)
