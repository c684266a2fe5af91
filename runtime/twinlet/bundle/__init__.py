"""The bundle `name.twin`: model files, calibration, golden data and where all came from."""

from twinlet.bundle.copying import contents_of
from twinlet.bundle.golden import Golden, self_test
from twinlet.bundle.manifest import (
    SCHEMA,
    CompactEntry,
    Entry,
    FileEntry,
    GoldenIndex,
    Manifest,
    OperatingPoint,
    Source,
)
from twinlet.bundle.names import FILE_NAMES, FileKind
from twinlet.bundle.other_sizes import OtherSizes, make_inputs
from twinlet.bundle.reader import Bundle
from twinlet.bundle.writer import BundleContents, PackedFile, check_target, unpack, write_bundle
from twinlet.contract import InputContract, TensorSpec

__all__ = [
    "FILE_NAMES",
    "SCHEMA",
    "Bundle",
    "BundleContents",
    "CompactEntry",
    "Entry",
    "FileEntry",
    "FileKind",
    "Golden",
    "GoldenIndex",
    "InputContract",
    "Manifest",
    "OperatingPoint",
    "OtherSizes",
    "PackedFile",
    "Source",
    "TensorSpec",
    "check_target",
    "contents_of",
    "make_inputs",
    "self_test",
    "unpack",
    "write_bundle",
]
