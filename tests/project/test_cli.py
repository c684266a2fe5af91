"""Every command of the runtime, through a process of its own; its keys and exit codes."""

import json
import re

import pytest

from twinlet.bundle import Bundle
from twinlet.commands.table import COMMANDS


@pytest.fixture
def answer(twinlet_process):
    """Run a command with `--json`; the exit code and the object it printed."""

    def run(*words):
        done = twinlet_process(*words, "--json")
        assert done.stdout.count("\n") == 1, done.stderr
        return done.returncode, json.loads(done.stdout)

    return run


def test_verify_says_match_by_its_exit_code(answer, tiny, pictures):
    code, found = answer("verify", tiny, *pictures.match)
    assert (code, found["match"]) == (0, True)
    assert found["similarity"] >= found["threshold"]
    code, found = answer("verify", tiny, *pictures.no_match)
    assert (code, found["match"]) == (1, False)
    assert found["similarity"] < found["threshold"]
    assert set(found) == {"match", "similarity", "threshold", "fmr", "file", "bundle_id"}


def test_verify_takes_a_rate_and_a_file(answer, tiny, pictures):
    entry = Bundle.open(tiny).file("onnx-fp32")
    point = entry.calibration.curve[-1]  # the loosest
    words = ("--fmr", str(point.fmr), "--file", "onnx-fp32")
    _, found = answer("verify", tiny, *pictures.match, *words)
    assert found["fmr"] == point.fmr
    assert found["threshold"] == point.threshold
    assert found["file"] == "onnx-fp32"


def test_verify_tells_a_person_in_percent(twinlet_process, tiny, pictures):
    done = twinlet_process("verify", tiny, *pictures.match)
    assert done.stdout.startswith("match: similarity ")
    assert " % >= threshold " in done.stdout
    done = twinlet_process("verify", tiny, *pictures.no_match)
    assert done.stdout.startswith("no match: similarity ")
    assert " % < threshold " in done.stdout


def test_enroll_then_identify_someone_and_unknown(answer, tiny, pictures, tmp_path):
    gallery = str(tmp_path / "people.db")
    known, other = pictures.no_match
    code, found = answer("enroll", tiny, "--gallery", gallery, "ann", known)
    assert code == 0
    assert {key: found[key] for key in ("id", "enrolled", "identities")} == {
        "id": "ann",
        "enrolled": 1,
        "identities": 1,
    }
    code, found = answer("identify", tiny, "--gallery", gallery, known, "--top", "1")
    assert code == 0
    assert set(found) == {"candidates", "unknown", "threshold", "fpir"}
    assert found["unknown"] is False
    assert [candidate["id"] for candidate in found["candidates"]] == ["ann"]
    assert set(found["candidates"][0]) == {"id", "similarity"}
    # One template: the FPIR asked for is the FMR, at whose threshold the pair does not match.
    default = str(Bundle.open(tiny).manifest.default_fmr)
    words = ("--gallery", gallery, other, "--fpir", default)
    code, found = answer("identify", tiny, *words)
    assert (code, found["unknown"], found["fpir"]) == (1, True, float(default))


def test_enroll_and_identify_tell_a_person(twinlet_process, tiny, pictures, tmp_path):
    gallery = str(tmp_path / "people.db")
    first, second = pictures.match
    done = twinlet_process("enroll", tiny, "--gallery", gallery, "ann", first, second)
    assert done.stdout == f"enrolled 2 images of ann; {gallery} holds 1 identity\n"
    done = twinlet_process("identify", tiny, "--gallery", gallery, first)
    assert done.stdout.startswith("ann (threshold ")
    # Angles near zero magnify rounding: a cosine of 1 - 1e-7 is an angular similarity of 0.9999.
    assert re.search(r"\n  1\. ann  (100|99\.99\d*) %\n$", done.stdout)


def test_a_gallery_remembers_its_file(answer, tiny, pictures, tmp_path):
    """`--file` need not be repeated, and a wrong one is refused."""
    gallery = str(tmp_path / "people.db")
    words = ("--gallery", gallery, "ann", pictures.paths[0], "--file", "onnx-fp32")
    assert answer("enroll", tiny, *words)[0] == 0
    code, found = answer("enroll", tiny, "--gallery", gallery, "bob", pictures.paths[1])
    assert (code, found["file"]) == (0, "onnx-fp32")


def test_an_unusable_image_enrols_nothing_and_makes_no_gallery(answer, tiny, pictures, tmp_path):
    gallery = tmp_path / "people.db"
    missing = str(tmp_path / "missing.npy")
    words = ("--gallery", str(gallery), "ann", pictures.paths[0], missing)
    code, found = answer("enroll", tiny, *words)
    assert (code, found["error"]["kind"]) == (2, "InvalidInputError")
    assert not gallery.exists()


def test_inspect_shows_what_was_verified(answer, twinlet_process, tiny):
    code, found = answer("inspect", tiny)
    assert code == 0
    assert {
        "bundle_id", "schema", "embedding_size", "input", "files", "signed", "verified",
    } <= set(found)  # fmt: skip
    assert (found["schema"], found["signed"], found["verified"]) == (1, False, True)
    manifest = Bundle.open(tiny).manifest
    assert found["bundle_id"] == manifest.bundle_id
    assert set(found["files"]) == set(manifest.files)
    assert found["files"]["onnx-fp32"]["self_test"] == "passed"
    page = twinlet_process("inspect", tiny).stdout
    assert manifest.bundle_id in page
    assert "onnx-fp32" in page


def test_bench_measures_every_cost(answer, twinlet_process, tiny):
    code, found = answer("bench", tiny, "--file", "onnx-fp32", "--runs", "20")
    assert code == 0
    assert list(found["files"]) == ["onnx-fp32"]
    cost = found["files"]["onnx-fp32"]
    assert set(cost) == {
        "embed_ms", "verify_ms", "cold_start_ms", "bytes", "peak_rss_mb", "bare_engine_ms",
    }  # fmt: skip
    assert 0 < cost["embed_ms"]["p50"] <= cost["embed_ms"]["p95"]
    # Verifying embeds two images, and nothing embeds faster than the bare engine.
    assert cost["verify_ms"]["p50"] > cost["embed_ms"]["p50"] > cost["bare_engine_ms"]["p50"] > 0
    assert cost["cold_start_ms"] > cost["verify_ms"]["p50"]
    assert cost["bytes"] == Bundle.open(tiny).file("onnx-fp32").bytes
    # numpy and an engine take tens of MiB; a training stack would take hundreds.
    assert 20 < cost["peak_rss_mb"] < 300


def test_bench_tells_a_person_in_a_table(twinlet_process, tiny):
    done = twinlet_process("bench", tiny, "--file", "onnx-fp32", "--runs", "3")
    heading, row = done.stdout.splitlines()
    assert heading.split()[0] == "file"
    assert row.split()[0] == "onnx-fp32"
    assert len(heading) == len(row)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(twinlet_process, name):
    done = twinlet_process(name, "--help")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"usage: twinlet {name} ")
    assert "--json" in done.stdout
