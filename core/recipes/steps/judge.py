"""Steps that look at pictures: read, scored, chosen, shown."""

from __future__ import annotations

from ..step import Input, Kind, Output, Step
from .common import JUDGE, NAMES, ON_NO_FACE, PICTURES, identity_for, pictures_out

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
    outputs=pictures_out(
        "The pictures, each with what its file says of how it was made and how it scored."
    ),
    place="recipes.actions.pictures:read_pictures",
    fingerprint="recipes.actions.pictures:fingerprint",
)

AS_PICTURES = Step(
    id="HeadshotsAsPictures",
    title="As pictures",
    category=JUDGE,
    summary="Makes pictures from images and mattes of any other node. Images can also be "
    "linked to a 'pictures' input directly; this node adds mattes, names and a "
    "history.",
    inputs=(
        Input("images", Kind.IMAGE, "The images."),
        Input("mattes", Kind.MASK, "Where the sitter is in each, if known.", optional=True),
        Input(
            "before",
            Kind.PICTURES,
            "The same pictures before another pack's node changed them, in the same order. "
            "Names and history are kept, and 'edited elsewhere' is added.",
            optional=True,
        ),
        NAMES,
    ),
    outputs=(Output("pictures", Kind.PICTURES, "The pictures."),),
    place="recipes.actions.images:as_pictures",
    effort=0.1,
)

SCORE = Step(
    id="HeadshotsScore",
    title="Score likeness",
    category=JUDGE,
    summary="Measures how like the sitter each picture is, against how alike the sitter's own "
    "photos are, by a recogniser that did not help to make it; and whether eyes, sharpness, light, "
    "cut-out and framing are good enough to deliver.",
    inputs=(PICTURES, identity_for("any"), ON_NO_FACE),
    outputs=(
        Output("pictures", Kind.PICTURES, "The pictures, each with its scorecard, not yet judged."),
        Output(
            "likeness",
            Kind.STRING,
            "How like the sitter each picture is, in words, one a line.",
            shown=True,
            prose=True,
        ),
    ),
    place="recipes.actions.scores:score_pictures",
    shows=True,
    effort=5,
)

KEEP_BEST = Step(
    id="HeadshotsKeepBest",
    title="Keep the best",
    category=JUDGE,
    summary="Chooses the pictures worth keeping and says of each why it was kept or rejected. "
    "Where 'Score likeness' is bypassed there is nothing to choose by: the first ones are kept.",
    inputs=(
        PICTURES,
        Input("keep", Kind.INT, "Maximum number of pictures to keep.", default=4, low=1, high=500),
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
        Output("kept", Kind.PICTURES, "The pictures worth keeping, best first."),
        Output("images", Kind.IMAGE, "These as images, for other packs' nodes.", shown=True),
        Output("mattes", Kind.MASK, "Where the sitter is in each of these."),
        Output("judged", Kind.PICTURES, "All pictures, each with verdict and reasons."),
        Output(
            "reasons",
            Kind.STRING,
            "Why each picture was kept or not, one a line.",
            shown=True,
            prose=True,
        ),
    ),
    place="recipes.actions.scores:keep_best",
    effort=0.1,
)

JOIN_SITTERS = Step(
    id="HeadshotsJoin",
    title="Join sitters",
    category=JUDGE,
    summary="Joins the pictures of sitters, to be compared, shown and delivered together; chain "
    "several for a large team. The pictures are named after their sitters.",
    inputs=(
        PICTURES,
        *(
            Input(number, Kind.PICTURES, "The pictures of the next sitter.", optional=True)
            for number in ("second", "third", "fourth", "fifth", "sixth")
        ),
    ),
    outputs=(Output("pictures", Kind.PICTURES, "All pictures."),),
    place="recipes.actions.teams:join_sitters",
    effort=0.1,
)

TEAM_SPREAD = Step(
    id="HeadshotsTeamSpread",
    title="Team spread",
    category=JUDGE,
    summary="Measures how alike the pictures of a team are: head height, eye line, centring, "
    "exposure, light, colour and backdrop. Says how far they are spread, which picture stands out "
    "and what to do. Skin is compared with the sitter's own photos, never between people; "
    "scorecards tell how it differs from them.",
    inputs=(PICTURES,),
    outputs=(
        Output(
            "report",
            Kind.STRING,
            "What stands out and what to do, then the spread of each figure, one a line.",
            shown=True,
            prose=True,
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
    inputs=(PICTURES,),
    outputs=(Output("text", Kind.STRING, "One line for each picture.", shown=True, prose=True),),
    place="recipes.actions.scores:show_scores",
    keeps=True,
    effort=0.1,
)
