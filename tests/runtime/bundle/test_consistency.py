"""Manifests that are well formed and true to their digests, but contradict themselves."""

import pytest

from twinlet import BundleError
from twinlet.bundle import Bundle

MODEL = "files/onnx-fp32.onnx"
FILE = "onnx-fp32"


def lists_itself(values):
    values["entries"]["manifest.json"] = values["entries"]["README.md"]


def two_digests(values):
    values["files"][FILE]["sha256"] = "0" * 64


def two_sizes(values):
    values["files"][FILE]["bytes"] += 1


def other_input(values):
    values["files"][FILE]["input"]["shape"] = [None, 8, 9, 1]


def float_input(values):
    values["files"][FILE]["input"]["dtype"] = "float32"


def other_output(values):
    values["files"][FILE]["output"]["shape"] = [None, 9]


def default_out_of_reach(values):
    values["default_fmr"] = 1e-4


def another_probe(values):
    values["golden"]["probes"] += 1
    values["golden"]["labels"].append("one more")


def no_decisions(values):
    del values["golden"]["decisions"][FILE]


def int8_default_out_of_reach(values):
    entry = values["files"][FILE]["compact"]["int8"]
    entry["thresholds"] = entry["thresholds"][-3:]


def other_int8_targets(values):
    values["files"][FILE]["compact"]["int8"]["operating_points"][1]["target"] = 0.2


def there_and_left_out(values):
    values["left_out"][FILE] = "parity"


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (two_digests, f"two digests for '{MODEL}'"),
        (two_sizes, f"entry '{MODEL}' has"),
        (other_input, f"the input of '{FILE}' does not fit the bundle: expected uint8"),
        (float_input, f"the input of '{FILE}' does not fit the bundle: expected uint8"),
        (other_output, f"the output of '{FILE}' does not fit the bundle: expected float32 (n, 8)"),
        (default_out_of_reach, "does not support the bundle's default of 0.0001"),
        (int8_default_out_of_reach, f"calibration of '{FILE}' for int8 templates begins at FMR 0."),
        (other_int8_targets, f"of '{FILE}' for int8 templates are not at the targets of the file"),
        (another_probe, "entry 'golden/probes.bin' has 1024 bytes, where 1088 are expected"),
        (no_decisions, f"lacks golden.decisions of the file '{FILE}'"),
        (there_and_left_out, f"lists '{FILE}' both as there and as left out"),
    ],
)
def test_parts_that_contradict_each_other(forge, edit, message):
    with pytest.raises(BundleError) as caught:
        Bundle.open(forge.with_manifest(edit))
    assert message in str(caught.value)


def test_the_manifest_does_not_list_itself(forge):
    entries = {**forge.entries, "manifest.json": forge.restate(lists_itself)}
    with pytest.raises(BundleError, match=r"'manifest\.json'"):
        Bundle.open(forge.packed(entries))


@pytest.mark.parametrize("name", ["README.md", "golden/probes.bin", MODEL])
def test_what_every_bundle_needs(forge, name):
    def edit(values):
        del values["entries"][name]

    entries = {path: data for path, data in forge.entries.items() if path != name}
    with pytest.raises(BundleError, match=f"lists no entry '{name}', which every bundle needs"):
        Bundle.open(forge.packed({**entries, "manifest.json": forge.restate(edit)}))


def shorter(values):
    del values["golden"]["sources"][0]


@pytest.mark.parametrize("name", ["golden/inputs.bin", f"golden/{FILE}.inputs.templates.bin"])
def test_what_a_bundle_with_other_sizes_needs(sized_forge, name):
    def edit(values):
        del values["entries"][name]

    entries = {path: data for path, data in sized_forge.entries.items() if path != name}
    entries["manifest.json"] = sized_forge.restate(edit)
    with pytest.raises(BundleError, match=f"'{name}', which a bundle with golden.sources needs"):
        Bundle.open(sized_forge.packed(entries))


def test_other_sizes_of_the_wrong_number(sized_forge):
    message = r"'golden/inputs\.bin' has 256 bytes, where 192 are expected"
    with pytest.raises(BundleError, match=message):
        Bundle.open(sized_forge.with_manifest(shorter))


def test_other_sizes_of_a_vector(sized_forge):
    def edit(values):
        values["input"]["height"], values["input"]["width"] = 1, 64

    with pytest.raises(BundleError, match="1 x 64 takes vectors, which are never resized"):
        Bundle.open(sized_forge.with_manifest(edit))
