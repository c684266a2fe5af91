"""The tiny bundle, its files that can run here, and bundles forged from it."""

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import twinlet
from twinlet.backends import installed, open_engine
from twinlet.bundle import (
    Bundle,
    OtherSizes,
    Source,
    make_inputs,
    write_bundle,
)
from twinlet.bundle.copying import contents_of
from twinlet.bundle.zipped import write_zip
from twinlet.encodings import Pairing
from twinlet.likelihood import Likelihood
from twinlet.templates import normalise

TINY = Path(__file__).parents[1] / "data" / "tiny.twin"
OTHER_ID = "0" * 64
RUNNABLE = [
    name
    for name, engine in (("litert-fp32", "litert"), ("onnx-fp32", "onnxruntime"))
    if engine in installed()
]


@dataclass(frozen=True)
class Forge:
    """Makes bundles that the writer would refuse to write."""

    folder: Path
    entries: dict  # path -> bytes, of the sound bundle

    def restate(self, edit):
        """Edit the manifest's values and state the right digest of the result."""
        values = json.loads(self.entries["manifest.json"])
        edit(values)
        values["manifest_sha256"] = "0" * 64
        raw = json.dumps(values).encode()
        digest = hashlib.sha256(raw).hexdigest()
        return raw.replace(b"0" * 64, digest.encode(), 1)

    def packed(self, entries, name="forged.twin"):
        """Pack entries, whatever they are."""
        path = self.folder / name
        with path.open("wb") as stream:
            write_zip(stream, entries)
        return path

    def unpacked(self, entries, name="forged"):
        """Write entries into a folder, whatever they are."""
        for path, data in entries.items():
            place = self.folder / name / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        return self.folder / name

    def with_manifest(self, edit):
        """Pack the sound entries under an edited manifest."""
        return self.packed({**self.entries, "manifest.json": self.restate(edit)})


@pytest.fixture(scope="session")
def tiny():
    return TINY


@pytest.fixture(scope="session", params=RUNNABLE)
def verifier(request, tiny):
    """The tiny bundle, opened with each engine in turn."""
    return twinlet.load(tiny, file=request.param)


@pytest.fixture(scope="session")
def both_engines():
    """The exact file of each engine; the bare install has only one engine and skips."""
    if len(RUNNABLE) < 2:
        pytest.skip("needs both engines")
    return RUNNABLE


@pytest.fixture(scope="session")
def bundle():
    return Bundle.open(TINY)


@pytest.fixture(scope="session")
def contents(bundle):
    """What was put into the tiny bundle."""
    return contents_of(bundle)


@pytest.fixture(scope="session")
def sized(contents):
    """The same with golden images of other sizes, larger, smaller, grey, RGB, transparent."""
    golden = contents.golden
    sources = (
        Source(probe=0, height=19, width=26, channels=3),
        Source(probe=1, height=25, width=17, channels=4),
        Source(probe=2, height=4, width=6, channels=1),
        Source(probe=15, height=2, width=42, channels=3),
    )
    inputs = make_inputs(sources, golden.probes, contents.input)
    templates = {}
    for file in contents.files:
        if file.entry.engine in installed():
            engine = open_engine(file.entry.engine, file.model)
            rows = normalise(engine.embed(inputs))
            # Both files compute the same; the bare install has one engine only.
            templates = {name: templates.get(name, rows) for name in golden.templates}
    return replace(contents, golden=replace(golden, others=OtherSizes(sources, inputs, templates)))


def made_up(shift):
    """Log-likelihood ratios from -3 to 4, for similarities from 0.4 to 0.9."""
    return Likelihood(
        method="made up",
        knots=((0.4, -3.0), (0.5 + shift, -1.0), (0.7 + shift, 1.0), (0.9, 4.0)),
        mated=540,
        non_mated=6600,
        cllr=0.25,
        cllr_min=0.125,
    )


@pytest.fixture(scope="session")
def weighed(contents):
    """The same with log-likelihood ratios, of each pairing its own."""
    ratios = {pairing: made_up(0.01 * place) for place, pairing in enumerate(Pairing)}
    files = tuple(
        replace(file, entry=replace(file.entry, likelihood=ratios)) for file in contents.files
    )
    return replace(contents, files=files)


@pytest.fixture
def weighed_twin(weighed, write):
    """A bundle with log-likelihood ratios; its path."""
    return write(weighed)


@pytest.fixture
def weighed_forge(tmp_path, weighed_twin):
    bundle = Bundle.open(weighed_twin)
    names = ("manifest.json", *bundle.manifest.entries)
    return Forge(tmp_path, {name: bundle.read(name) for name in names})


@pytest.fixture
def write(tmp_path):
    """Write contents as a bundle; gives its path."""

    def written(contents):
        write_bundle(contents, tmp_path / "written.twin")
        return tmp_path / "written.twin"

    return written


@pytest.fixture
def sized_forge(tmp_path, sized, write):
    bundle = Bundle.open(write(sized))
    names = ("manifest.json", *bundle.manifest.entries)
    return Forge(tmp_path, {name: bundle.read(name) for name in names})


@pytest.fixture
def forge(tmp_path, bundle):
    names = ("manifest.json", *bundle.manifest.entries)
    return Forge(tmp_path, {name: bundle.read(name) for name in names})


@pytest.fixture(scope="session")
def other(tmp_path_factory, contents):
    """The tiny bundle under another twin's id."""
    path = tmp_path_factory.mktemp("other") / "other.twin"
    write_bundle(replace(contents, bundle_id=OTHER_ID), path)
    return path


@pytest.fixture(scope="session")
def probes(bundle):
    """The golden probes, uint8 (16, 8, 8, 1): two images each of eight identities."""
    return bundle.golden().probes
