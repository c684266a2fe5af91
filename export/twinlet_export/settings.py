"""The numbers of the export stage, each with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# All files of the contract, in the order in which the runtime prefers them.
BUILT = (
    "litert-fp32",
    "onnx-fp32",
    "litert-fp16",
    "onnx-fp16",
    "litert-dynamic",
    "onnx-dynamic",
    "litert-int8",
    "onnx-int8",
    "litert-int8-qat",
    "onnx-int8-qat",
    "litert-pruned",
    "litert-clustered",
)

# Targets when none is asked for; the first that the data supports becomes the default.
DEFAULT_FMRS = (0.01, 0.1, 0.001)

# Static quantization needs the range of every activation. Ranges stop growing after about a
# hundred images; twice that leaves room for varied data and takes seconds.
REPRESENTATIVE_IMAGES = 200
FEW_REPRESENTATIVE = 100  # below, the ranges may be too narrow for other images: it is said

# Images of the calibration split that are compared with Keras: 124,750 comparisons.
PARITY_IMAGES = 500

# Of non-mated similarities, between the first and the last percentile, at least. A collapsed
# twin gives all images nearly one embedding; below this, the float32 noise of two engines, up
# to 0.0005 near similarity 1, decides instead of the images.
SPREAD = 0.01

# Images of one split that are compared with each other: 50 million comparisons, 200 MB.
COMPARED_IMAGES = 10_000

# Images of the validation part that rank the layers of an int8 file: an identity of a hundred gives
# 4,950 mated comparisons, so with ten of them a point of FNMR is 500, and MobileNetV2 at 32 px
# embeds them in half a second. It is done for every layer.
RANKING_IMAGES = 1000

# Others that say whether anything is lost and whether a step pays, for few files: at most so many,
# 8 million comparisons. Where the part has fewer, each sample gets half of them.
CONFIRMING_IMAGES = 4000

# Timed calls of a file that is tried, in turn with the fp32 file: their ratio is told to a few
# hundredths, and a MobileNetV2 at 224 px takes two seconds for it.
SEARCH_RUNS = 50

# For each of the two static int8 files. Nothing is searched where nothing is lost, and all twelve
# files have to come out within twenty minutes on two cores, of which tuning takes most.
SEARCH_MINUTES = 2.0

# Golden probes: so many mated and so many non-mated pairs, over twice as many images.
GOLDEN_PAIRS = 8

# onnxruntime 1.18, the oldest supported, reads up to opset 21 and IR version 10; 17 has every
# operator a twin needs and is read by engines since 2022.
ONNX_OPSET = 17
ONNX_IR_VERSION = 8


@dataclass(frozen=True)
class FloatLimits:
    """What layers in float may cost a static int8 file."""

    layers: float  # share of all layers, at most
    bytes: float  # of the fp32 file's, at most
    growth: float  # the same on top of the plain int8 file, where that is above `bytes` already
    latency: float  # of the fp32 file's, below


# With more than a third of its layers in float, a file is no int8 file any more: quantization-aware
# tuning is the answer then. Three tenths of the bytes is what an int8 file is for; small networks
# are above it without a layer in float, since what is not weights does not shrink: a twentieth on
# top of that leaves them room for a few layers. A file that is no faster than the fp32 one, which
# misses fewer, has no use.
FLOAT_LIMITS = FloatLimits(layers=1 / 3, bytes=0.30, growth=0.05, latency=1.0)


@dataclass(frozen=True)
class ParityLimits:
    """How far a file may be from the twin it was made from."""

    cosine_median: float  # of embeddings to Keras' own, at least
    cosine_p01: float  # first percentile of the same, at least
    similarity_max_error: float  # of any comparison, angular similarity, at most
    agreement: float  # share of same decisions at the default FMR, at least
    mated_agreement: float  # the same among mated comparisons only, at least
    more_misses: float  # FNMR above the twin's at the default FMR, beyond its interval, at most
    reason: str  # for these numbers
    own: Mapping[str, str] = field(default_factory=dict)  # those a user set -> their reason

    def reason_for(self, key: str) -> str:
        """Why one of them is what it is."""
        return self.own.get(key, self.reason)


# The arc cosine turns 1e-6 next to 1 into 0.0005 of angular similarity, hence the wider third
# limit.
_EXACT = ParityLimits(
    *(0.99999, 0.9999, 0.005, 0.999, 0.999, 0.001),
    "nothing is rounded, only summed in another order: float32 noise of 1e-6 in a cosine",
)

# Measured on MobileNetV2 at 32 px: median 0.9997, first percentile 0.98.
_HALF = ParityLimits(
    *(0.999, 0.95, 0.1, 0.99, 0.97, 0.01),
    "weights keep 11 bits, which turns embeddings by a few thousandths",
)

# Eight bits cost a MobileNetV2 at 32 px (fine-tuned, CIFAR-10) a median cosine of 0.945 with
# fixed triplets and 0.9995 with mined ones, and its threshold and error rates are measured on
# the file itself, so what is lost shows in its FNMR and not in a broken promise. The first
# percentile is lower than the median lets expect, 0.58 to 0.71 by sample: an image between two
# identities has a short embedding, whose direction a few steps of rounding turn. The limits are
# there for files that are wrong: without scales per channel, or with batch normalisation left
# outside the convolutions, the median of the same model came out at 0.13 and 0.77.
_EIGHT_BITS = ParityLimits(
    *(0.9, 0.4, 0.5, 0.95, 0.8, 0.05),
    "eight bits turn embeddings visibly, wrong scales far more; a verifier that misses five points "
    "more is another product, whatever it saves",
)

# Other impostors pass than before: at a False Match Rate f both let f pass, and where they share
# none, 2 f of the decisions differ (a tenth at 5 %).
_TUNED = ParityLimits(
    *(0.5, 0.0, 0.7, 0.85, 0.8, 0.05),
    "fine-tuning goes on learning: embeddings may turn together, which changes no decision; what "
    "must stay is who is recognised",
)

PARITY_LIMITS = {
    "fp32": _EXACT,
    "fp16": _HALF,
    "dynamic": _EIGHT_BITS,
    "int8": _EIGHT_BITS,
    "int8-qat": _TUNED,
    "pruned": _TUNED,
    "clustered": _TUNED,
}

# The loader's self-test compares a file with itself on another processor: float kernels differ
# in the order of sums, integer kernels by single steps of rounding in each layer.
GOLDEN_MIN_COSINE = {
    "fp32": 0.9999,
    "fp16": 0.999,
    "dynamic": 0.98,
    "int8": 0.98,
    "int8-qat": 0.98,
    "pruned": 0.9999,
    "clustered": 0.9999,
}
