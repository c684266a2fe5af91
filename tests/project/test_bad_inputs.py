"""What users get wrong, through the real command line: exit code 2, one line that helps."""

import json
from pathlib import Path

import pytest

from twinlet.bundle import Bundle, BundleContents, PackedFile, unpack, write_bundle

OTHER_ID = "0" * 64


@pytest.fixture(scope="module")
def place(tmp_path_factory, tiny, pictures, twinlet_process):
    """A folder of damaged things, and the words that name them."""
    folder = tmp_path_factory.mktemp("bad")
    data = Path(tiny).read_bytes()
    model = Bundle.open(tiny).read("files/onnx-fp32.onnx")
    inside = data.index(model) + len(model) // 2
    flipped = bytearray(data)
    flipped[inside] ^= 1

    (folder / "text.png").write_text("this is not an image\n")
    (folder / "empty.png").write_bytes(b"")
    (folder / "cut.npy").write_bytes(Path(pictures.paths[0]).read_bytes()[:-10])
    (folder / "text.twin").write_text("this is not a bundle\n")
    (folder / "empty.twin").write_bytes(b"")
    (folder / "truncated.twin").write_bytes(data[: len(data) // 2])
    (folder / "flipped.twin").write_bytes(flipped)
    (folder / "folder").mkdir()
    unpack(tiny, folder / "schema.twin")
    manifest = folder / "schema.twin" / "manifest.json"
    fields = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps({**fields, "schema": 99}), encoding="utf-8")
    write_other(tiny, folder / "other.twin")
    (folder / "text.db").write_text("this is not a gallery\n" * 100)

    a, b = pictures.match
    words = {"tiny": tiny, "a": a, "b": b, "here": str(folder)}
    enrolled = ("enroll", tiny, "--gallery", f"{folder}/people.db", "ann", a)
    assert twinlet_process(*enrolled).returncode == 0
    return words


def write_other(path, target):
    """The same bundle under another twin's id."""
    bundle = Bundle.open(path)
    manifest = bundle.manifest
    write_bundle(
        BundleContents(
            bundle_id=OTHER_ID,
            embedding_size=manifest.embedding_size,
            default_fmr=manifest.default_fmr,
            input=manifest.input,
            files=tuple(
                PackedFile(entry, bundle.read(entry.path)) for entry in manifest.files.values()
            ),
            golden=bundle.golden(),
            readme=bundle.readme(),
        ),
        target,
    )


# (words, part of the message)
BAD = [
    # images
    ("verify {tiny} {here}/missing.png {b}", "{here}/missing.png"),
    ("verify {tiny} {a} {here}/missing.png", "{here}/missing.png"),
    ("verify {tiny} {here}/text.png {b}", "{here}/text.png"),
    ("verify {tiny} {here}/empty.png {b}", "{here}/empty.png"),
    ("verify {tiny} {here}/cut.npy {b}", "{here}/cut.npy"),
    ("verify {tiny} {here}/folder {b}", "{here}/folder"),
    # bundles
    ("verify {here}/missing.twin {a} {b}", "there is no bundle at {here}/missing.twin"),
    ("inspect {here}/missing.twin", "there is no bundle at {here}/missing.twin"),
    ("verify {here}/text.twin {a} {b}", "this is no bundle; expected a ZIP or a folder"),
    ("verify {here}/empty.twin {a} {b}", "this is no bundle; expected a ZIP or a folder"),
    ("verify {here}/folder {a} {b}", "there is no manifest.json in it"),
    ("verify {here}/truncated.twin {a} {b}", "the bundle is damaged: it is cut short"),
    ("inspect {here}/truncated.twin", "the bundle is damaged: it is cut short"),
    ("bench {here}/truncated.twin", "the bundle is damaged: it is cut short"),
    ("verify {here}/flipped.twin {a} {b}", "the bundle is damaged: the checksum of"),
    ("inspect {here}/flipped.twin", "'files/onnx-fp32.onnx' does not match its bytes"),
    ("verify {here}/schema.twin {a} {b}", "schema version 99, this twinlet reads version 1"),
    ("inspect {here}/schema.twin", "schema version 99, this twinlet reads version 1"),
    # files of a bundle
    ("verify {tiny} {a} {b} --file onnx-fp23", "has no file 'onnx-fp23'; it has litert-fp32, onnx"),
    ("bench {tiny} --file onnx-fp23", "has no file 'onnx-fp23'; it has litert-fp32, onnx-fp32"),
    ("verify {tiny} {a} {b} --file litert-int8", "left out at export: not made"),
    # rates
    ("verify {tiny} {a} {b} --fmr 0", "FMR must lie strictly between 0 and 1, got 0"),
    ("verify {tiny} {a} {b} --fmr 1", "FMR must lie strictly between 0 and 1, got 1"),
    ("verify {tiny} {a} {b} --fmr 2", "FMR must lie strictly between 0 and 1, got 2"),
    ("verify {tiny} {a} {b} --fmr 1e-9", "cannot calibrate for FMR 1e-09: it needs"),
    ("verify {tiny} {a} {b} --fmr abc", "strictly between 0 and 1, such as 0.01, got 'abc'"),
    ("verify {tiny} {a} {b} --fmr nan", "FMR must lie strictly between 0 and 1, got nan"),
    ("verify {tiny} {a} {b} --fmr -0.1", "FMR must lie strictly between 0 and 1, got -0.1"),
    # priors
    ("verify {tiny} {a} {b} --prior 0", "the prior must lie strictly between 0 and 1, got 0"),
    ("verify {tiny} {a} {b} --prior abc", "strictly between 0 and 1, such as 0.01, got 'abc'"),
    ("verify {tiny} {a} {b} --prior 0.1", "holds no log-likelihood ratios of "),
    # galleries
    ("enroll {here}/other.twin --gallery {here}/people.db bob {b}", "was made with bundle"),
    ("identify {here}/other.twin --gallery {here}/people.db {b}", "this is bundle 00000000"),
    ("identify {tiny} --gallery {here}/missing.db {b}", "there is no gallery at {here}/missing.db"),
    ("identify {tiny} --gallery {here}/text.db {b}", "is no gallery"),
    ("identify {tiny} --gallery {here}/folder {b}", "is a folder"),
    ("enroll {tiny} --gallery {here}/no/people.db ann {b}", "cannot be opened"),
    ("identify {tiny} --gallery {here}/people.db {here}/text.png", "{here}/text.png"),
    ("identify {tiny} --gallery {here}/people.db {b} --fpir 1", "FPIR must lie strictly between"),
    ("identify {tiny} --gallery {here}/people.db {b} --fpir 1e-9", "cannot search 1 template"),
    ("identify {tiny} --gallery {here}/people.db {b} --top 0", "at least 1, got '0'"),
    ("enroll {tiny} --gallery {here}/people.db bob {b} --templates int8", "keeps float32 template"),
    ("enroll {tiny} --gallery {here}/x.db bob {b} --templates int4", "invalid choice: 'int4'"),
    # calibrating anew
    ("calibrate {tiny} --out {here}/new.twin", "one of the arguments --data --gallery"),
    (
        "calibrate {tiny} --gallery {here}/missing.db --out {here}/new.twin",
        "there is no gallery at",
    ),
    ("calibrate {tiny} --gallery {here}/people.db --out {here}/no/x.twin", "there is no folder"),
    (
        "calibrate {tiny} --gallery {here}/people.db --out {here}/new.twin",
        "at least two identities",
    ),
    ("calibrate {tiny} --gallery {here}/people.db --out {here}/x.twin --fmr 0", "between 0 and 1"),
    # usage
    ("verify {tiny} {a}", "the following arguments are required: B"),
    ("enroll {tiny} ann {a}", "the following arguments are required: --gallery"),
    ("verfy {tiny} {a} {b}", "did you mean 'verify'?"),
]


@pytest.mark.parametrize(("line", "message"), BAD, ids=[line for line, _ in BAD])
def test_a_mistake_is_trouble_with_a_message(twinlet_process, place, line, message):
    words = [word.format(**place) for word in line.split()]
    done = twinlet_process(*words)
    assert done.returncode == 2, done.stdout
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("twinlet")
    assert message.format(**place) in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("verify {tiny} {here}/text.png {b}", "InvalidInputError"),
        ("verify {here}/flipped.twin {a} {b}", "BundleError"),
        ("verify {tiny} {a} {b} --fmr 1e-9", "CalibrationError"),
        ("verify {tiny} {a} {b} --fmr 2", "UsageError"),
        ("identify {here}/other.twin --gallery {here}/people.db {b}", "GalleryError"),
    ],
)
def test_a_program_gets_the_kind_of_a_mistake(twinlet_process, place, line, kind):
    done = twinlet_process(*(word.format(**place) for word in line.split()), "--json")
    assert done.returncode == 2
    error = json.loads(done.stdout)["error"]
    assert error["kind"] == kind
    assert error["message"] in done.stderr
