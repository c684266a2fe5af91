"""From a manifest's JSON values to its dataclasses, all at once and strictly.

What is checked here is the manifest in itself; `twinlet.bundle.reader` checks it against the
entries.
"""

from collections.abc import Mapping
from typing import Any

from twinlet.bundle.fields import Fields, wrong
from twinlet.bundle.manifest import (
    MAX_SOURCE_PIXELS,
    Entry,
    FileEntry,
    GoldenIndex,
    Manifest,
    Source,
)
from twinlet.bundle.names import FILE_NAMES
from twinlet.bundle.parsing_calibration import parse_calibration
from twinlet.bundle.parsing_likelihood import parse_likelihood
from twinlet.bundle.parsing_points import parse_compact, parse_operating_points
from twinlet.contract import InputContract, TensorSpec
from twinlet.errors import BundleError

_SHA256 = "[0-9a-f]{64}"
_TIME = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z"
_MAX_SIDE = 4096  # pixels; bounds what a hostile manifest can make the runtime allocate
_MAX_DIMENSIONS = 65536
_MAX_SOURCES = 100


def parse_manifest(values: Mapping[str, Any]) -> Manifest:
    """Build a manifest from its parsed JSON.

    Raises:
        BundleError: A key is missing, unknown or wrong; the message names it.
    """
    root = Fields(values, "")
    manifest = Manifest(
        schema=root.integer("schema"),
        manifest_sha256=root.text("manifest_sha256", _SHA256),
        bundle_id=root.text("bundle_id", _SHA256),
        created=root.text("created", _TIME),
        embedding_size=root.integer("embedding_size", 1, _MAX_DIMENSIONS),
        default_fmr=root.number("default_fmr"),
        input=_input(root.child("input")),
        files={name: _file(name, fields) for name, fields in root.child("files").children()},
        left_out=root.child("left_out").texts(),
        refused=root.child("refused").texts(),
        golden=_golden(root.child("golden")),
        entries={path: _entry(fields) for path, fields in root.child("entries").children()},
        provenance=root.free("provenance"),
    )
    root.close()
    if not manifest.files:
        raise BundleError("the bundle holds no model file; export it again")
    return manifest


def _input(fields: Fields) -> InputContract:
    contract = InputContract(
        height=fields.integer("height", 1, _MAX_SIDE),
        width=fields.integer("width", 1, _MAX_SIDE),
        channels=fields.integer("channels", 1, 3),
        color=fields.text("color", "L|RGB"),
        dtype=fields.text("dtype", "uint8"),
        layout=fields.text("layout", "NHWC"),
        resize=fields.text("resize", "triangle-q16"),
    )
    fields.close()
    if (contract.channels, contract.color) not in ((1, "L"), (3, "RGB")):
        raise wrong("input.channels", f"the channels of {contract.color}", contract.channels)
    return contract


def _file(name: str, fields: Fields) -> FileEntry:
    if name not in FILE_NAMES:
        raise wrong("files", f"names out of {', '.join(FILE_NAMES)}", name)
    kind = FILE_NAMES[name]
    calibration = parse_calibration(fields.child("calibration"))
    entry = FileEntry(
        name=name,
        format=fields.text("format", kind.format),
        precision=fields.text("precision", kind.precision),
        engine=fields.text("engine", kind.engine),
        path=fields.text("path", kind.path.replace(".", r"\.")),
        bytes=fields.integer("bytes", 1),
        sha256=fields.text("sha256", _SHA256),
        input=_tensor(fields.child("input")),
        output=_tensor(fields.child("output")),
        calibration=calibration,
        operating_points=parse_operating_points(fields),
        parity=fields.free("parity"),
        evaluation=fields.free("evaluation"),
        curves=fields.free("curves"),
        golden_min_cosine=fields.number("golden_min_cosine"),
        mixed=fields.free("mixed") if "mixed" in fields.keys() else {},
        # Optional: bundles of before there were int8 templates have none.
        compact=parse_compact(fields.child("compact"), calibration)
        if "compact" in fields.keys()
        else {},
        likelihood=parse_likelihood(fields.child("likelihood"))
        if "likelihood" in fields.keys()
        else {},
    )
    fields.close()
    return entry


def _tensor(fields: Fields) -> TensorSpec:
    shape = fields.items("shape")
    for size in shape:
        if size is not None and (type(size) is not int or size < 1):
            raise wrong(fields.path("shape"), "positive integers or null", shape)
    spec = TensorSpec(fields.text("name"), fields.text("dtype", "uint8|float32"), tuple(shape))
    fields.close()
    return spec


def _golden(fields: Fields) -> GoldenIndex:
    labels = tuple(fields.items("labels"))
    pairs = tuple(tuple(pair) if isinstance(pair, list) else () for pair in fields.items("pairs"))
    probes = fields.integer("probes", 2, 10_000)
    if len(labels) != probes or not all(isinstance(label, str) for label in labels):
        raise wrong("golden.labels", f"{probes} strings", labels)
    for pair in pairs:
        if [type(part) for part in pair] != [int, int, bool] or not all(
            0 <= probe < probes for probe in pair[:2]
        ):
            raise wrong("golden.pairs", f"[probe, probe, mated] with probes below {probes}", pair)
    index = GoldenIndex(
        probes,
        labels,
        pairs,
        similarities=_per_pair(fields.child("similarities"), len(pairs), (float, int)),
        decisions=_per_pair(fields.child("decisions"), len(pairs), (bool,)),
        sources=_sources(fields, probes) if "sources" in fields.keys() else (),
    )
    fields.close()
    return index


def _sources(fields: Fields, probes: int) -> tuple[Source, ...]:
    values = fields.items("sources")
    if not 1 <= len(values) <= _MAX_SOURCES:
        raise wrong("golden.sources", f"1 to {_MAX_SOURCES} objects, or no such key", values)
    return tuple(
        _source(Fields(value, f"golden.sources[{index}]"), probes)
        for index, value in enumerate(values)
    )


def _source(fields: Fields, probes: int) -> Source:
    source = Source(
        probe=fields.integer("probe", 0, probes - 1),
        height=fields.integer("height", 1, MAX_SOURCE_PIXELS),
        width=fields.integer("width", 1, MAX_SOURCE_PIXELS),
        channels=fields.integer("channels", 1, 4),
    )
    fields.close()
    if source.height * source.width > MAX_SOURCE_PIXELS:
        size = f"{source.height} x {source.width}"
        raise wrong(fields.path("height"), f"at most {MAX_SOURCE_PIXELS} pixels in all", size)
    if source.channels == 2:
        raise wrong(fields.path("channels"), "1, 3 or 4", source.channels)
    return source


def _per_pair(fields: Fields, pairs: int, types: tuple[type, ...]) -> dict[str, tuple[Any, ...]]:
    values = {name: tuple(fields.items(name)) for name in fields.keys()}
    for name, row in values.items():
        if len(row) != pairs or any(type(value) not in types for value in row):
            raise wrong(fields.path(name), f"{pairs} values of type {types[0].__name__}", row)
    return values


def _entry(fields: Fields) -> Entry:
    entry = Entry(fields.integer("bytes"), fields.text("sha256", _SHA256))
    fields.close()
    return entry
