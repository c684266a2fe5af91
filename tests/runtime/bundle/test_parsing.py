"""Keys of the manifest that are missing, unknown or wrong: the message names them."""

import pytest

from twinlet import BundleError
from twinlet.bundle import Bundle

FILE = "files.onnx-fp32"
COMPACT = f"{FILE}.compact.float32-int8"

# (key, wrong value, what was expected)
WRONG = [
    ("bundle_id", "abc", "a string like"),
    ("created", "yesterday", "a string like"),
    ("embedding_size", 0, "an integer in [1, 65536]"),
    ("embedding_size", 8.0, "an integer in [1, 65536]"),
    ("embedding_size", True, "an integer in [1, 65536]"),
    ("default_fmr", "0.01", "a number in [0, 1]"),
    ("default_fmr", 1.5, "a number in [0, 1]"),
    ("default_fmr", 10**400, "a number in [0, 1]"),
    ("input", [], "an object"),
    ("input.height", 5000, "an integer in [1, 4096]"),
    ("input.channels", 3, "the channels of L"),
    ("input.color", "BGR", "a string like L|RGB"),
    ("input.dtype", "float32", "a string like uint8"),
    ("input.layout", "NCHW", "a string like NHWC"),
    ("input.resize", "nearest", "a string like triangle-q16"),
    ("left_out", {"onnx-int8": 1}, "a string"),
    ("refused", [], "an object"),
    ("provenance", "mine", "an object"),
    (f"{FILE}.format", "tflite", "a string like onnx"),
    (f"{FILE}.engine", "litert", "a string like onnxruntime"),
    (f"{FILE}.path", "../x.onnx", "a string like"),
    (f"{FILE}.bytes", -1, "an integer in"),
    (f"{FILE}.sha256", "0", "a string like"),
    (f"{FILE}.input.shape", [None, 0], "positive integers or null"),
    (f"{FILE}.output.dtype", "int8", "a string like"),
    (f"{FILE}.golden_min_cosine", 2, "a number in [0, 1]"),
    (f"{FILE}.parity", [], "an object"),
    (f"{FILE}.mixed", "all", "an object"),
    (f"{FILE}.operating_points", {}, "an array"),
    (f"{FILE}.operating_points.0.fnmr_interval", [0.1], "two numbers"),
    (f"{FILE}.operating_points.0.threshold", 2, "a number in [0, 1]"),
    (f"{FILE}.calibration.curve", [], "at least one point"),
    (f"{FILE}.calibration.curve.0.fmr", 0, "strictly between 0 and 1"),
    (f"{FILE}.calibration.curve.0.fmr_upper", 0.5, "at most the promised"),
    (f"{FILE}.calibration.curve.1.threshold", 1, "a threshold that does not rise"),
    (f"{FILE}.calibration.curve.1.fmr", 0.9, "rising fmr"),
    (f"{FILE}.calibration.comparisons", 0, "an integer in"),
    (f"{FILE}.calibration.confidence", "high", "a number in [0, 1]"),
    (f"{COMPACT}.thresholds", [], "1 to 63 thresholds"),
    (f"{COMPACT}.thresholds", [0.5] * 64, "1 to 63 thresholds"),
    (f"{COMPACT}.thresholds", {}, "an array"),
    (f"{COMPACT}.thresholds.0", 1.5, "a number in [0, 1]"),
    (f"{COMPACT}.thresholds.3", "high", "a number in [0, 1]"),
    (f"{COMPACT}.thresholds.1", 1.0, "a threshold that does not rise"),
    (f"{COMPACT}.more_misses", [0.1], "3 numbers, one an operating point"),
    (f"{COMPACT}.more_misses.0", -2, "a number in [-1, 1]"),
    (f"{COMPACT}.operating_points.0.fnmr", None, "a number in [0, 1]"),
    (f"{FILE}.compact", [], "an object"),
    ("golden.probes", 1, "an integer in [2, 10000]"),
    ("golden.labels", ["a"], "16 strings"),
    ("golden.pairs.0", [0, 16, True], "[probe, probe, mated]"),
    ("golden.pairs.0", [0, 1, 1], "[probe, probe, mated]"),
    ("golden.pairs.0", "01", "[probe, probe, mated]"),
    ("golden.similarities.onnx-fp32", [0.5], "16 values of type float"),
    ("golden.decisions.onnx-fp32", [0.5] * 16, "16 values of type bool"),
    ("entries.README~md", {"bytes": 1.5, "sha256": "0" * 64}, "an integer in"),
]


def place(values, key):
    """Walk to the parent of a key; `~` stands for a dot inside one."""
    *parents, last = (part.replace("~", ".") for part in key.split("."))
    for part in parents:
        values = values[int(part) if isinstance(values, list) else part]
    return values, int(last) if isinstance(values, list) else last


def refusal(forge, edit):
    with pytest.raises(BundleError) as caught:
        Bundle.open(forge.with_manifest(edit))
    return str(caught.value)


@pytest.mark.parametrize(("key", "value", "expected"), WRONG)
def test_a_wrong_value(forge, key, value, expected):
    def edit(values):
        parent, last = place(values, key)
        parent[last] = value

    message = refusal(forge, edit)
    assert f"expected {expected}" in message or expected in message
    assert key.split(".")[0] in message
    assert "export the bundle again" in message


# Not asked for when it is missing: the digest is stated anew, and old bundles have no int8.
OPTIONAL = ("manifest_sha256", "compact")

OBJECTS = [
    "",
    "input",
    FILE,
    f"{FILE}.input",
    f"{FILE}.calibration",
    f"{FILE}.calibration.curve.0",
    f"{FILE}.operating_points.0",
    f"{FILE}.compact",
    COMPACT,
    f"{COMPACT}.operating_points.0",
    "golden",
    "entries.README~md",
]


@pytest.mark.parametrize("path", OBJECTS)
def test_an_unknown_key(forge, path):
    def edit(values):
        parent, _ = place(values, f"{path}.x" if path else "x")
        parent["novelty"] = 1

    assert "the manifest holds an unknown key" in refusal(forge, edit)


@pytest.mark.parametrize("path", OBJECTS)
def test_a_missing_key(forge, path):
    def edit(values):
        parent, _ = place(values, f"{path}.x" if path else "x")
        key = next(key for key in reversed(parent) if key not in OPTIONAL)
        del parent[key]

    assert "the manifest lacks the key" in refusal(forge, edit)


def test_a_file_of_no_known_name(forge):
    def edit(values):
        values["files"]["coreml-fp32"] = values["files"].pop("onnx-fp32")

    assert "expected names out of litert-fp32" in refusal(forge, edit)


def test_no_file_at_all(forge):
    def edit(values):
        values["files"] = {}

    assert "the bundle holds no model file" in refusal(forge, edit)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("golden.sources", [], "1 to 100 objects, or no such key"),
        ("golden.sources", {}, "an array"),
        ("golden.sources.0", 5, "an object"),
        ("golden.sources.0.probe", 16, "an integer in [0, 15]"),
        ("golden.sources.1.height", 0, "an integer in [1, 1048576]"),
        ("golden.sources.1.width", 2.0, "an integer in [1, 1048576]"),
        ("golden.sources.1.width", 1048576, "at most 1048576 pixels in all, got '25 x 1048576'"),
        ("golden.sources.2.channels", 2, "1, 3 or 4"),
        ("golden.sources.2.channels", 5, "an integer in [1, 4]"),
    ],
)
def test_a_wrong_source(sized_forge, key, value, expected):
    def edit(values):
        parent, last = place(values, key)
        parent[last] = value

    message = refusal(sized_forge, edit)
    assert f"expected {expected}" in message
    assert "golden.sources" in message


@pytest.mark.parametrize("key", ["probe", "height", "width", "channels"])
def test_a_source_that_lacks_a_key_or_has_one_more(sized_forge, key):
    def lacking(values):
        del values["golden"]["sources"][3][key]

    def more(values):
        values["golden"]["sources"][3]["novelty"] = 1

    assert f"lacks the key 'golden.sources[3].{key}'" in refusal(sized_forge, lacking)
    assert "unknown key 'golden.sources[3].novelty'" in refusal(sized_forge, more)


def test_fewer_thresholds_are_for_the_highest_rates(forge):
    def edit(values):
        del place(values, f"{COMPACT}.thresholds.0")[0][0]

    entry = Bundle.open(forge.with_manifest(edit)).manifest.files["onnx-fp32"]
    own, exact = entry.compact["float32-int8"].calibration.curve, entry.calibration.curve
    assert [point.fmr for point in own] == [point.fmr for point in exact[1:]]


def test_a_bundle_of_before_int8_templates(forge):
    def edit(values):
        for file in values["files"].values():
            del file["compact"]

    files = Bundle.open(forge.with_manifest(edit)).manifest.files
    assert all(entry.compact == {} for entry in files.values())
