"""Do the parts of a manifest fit together? For parts that are each well formed."""

from collections.abc import Iterator

from twinlet.bundle.golden import PROBES_PATH, templates_path
from twinlet.bundle.manifest import (
    MANIFEST_PATH,
    README_PATH,
    SIGNATURE_PATH,
    FileEntry,
    Manifest,
    OperatingPoint,
)
from twinlet.bundle.other_sizes import INPUTS_PATH, input_templates_path
from twinlet.bundle.paths import check_path
from twinlet.calibration import Calibration
from twinlet.errors import BundleError


def check_consistency(manifest: Manifest) -> None:
    """Check what one part of a manifest says of another.

    Raises:
        BundleError: Two parts contradict each other; the message names both.
    """
    for path in manifest.entries:
        check_path(path)
        if path in (MANIFEST_PATH, SIGNATURE_PATH):
            raise BundleError(f"the manifest lists {path!r} among its entries, which it must not")
    size = manifest.input
    pixels = size.height * size.width * size.channels
    _check_entry(manifest, README_PATH)
    _check_entry(manifest, PROBES_PATH, manifest.golden.probes * pixels)
    _check_sources(manifest)
    for name, file in manifest.files.items():
        _check_file(manifest, file)
        _check_entry(
            manifest, templates_path(name), manifest.golden.probes * manifest.embedding_size * 4
        )
        for part, rows in (
            ("similarities", manifest.golden.similarities),
            ("decisions", manifest.golden.decisions),
        ):
            if name not in rows:
                raise BundleError(f"the manifest lacks golden.{part} of the file {name!r}")
    for name in manifest.left_out:
        if name in manifest.files:
            raise BundleError(f"the manifest lists {name!r} both as there and as left out")


def _check_sources(manifest: Manifest) -> None:
    size, sources = manifest.input, len(manifest.golden.sources)
    if not sources:
        return
    if size.is_vector:
        raise BundleError(
            f"the manifest has golden.sources, images of other sizes, but the input of "
            f"{size.height} x {size.width} takes vectors, which are never resized"
        )
    sizes = {INPUTS_PATH: sources * size.height * size.width * size.channels}
    for name in manifest.files:
        sizes[input_templates_path(name)] = sources * manifest.embedding_size * 4
    for path, expected in sizes.items():
        _check_entry(manifest, path, expected, who="a bundle with golden.sources")


def _check_file(manifest: Manifest, file: FileEntry) -> None:
    _check_entry(manifest, file.path, file.bytes)
    if manifest.entries[file.path].sha256 != file.sha256:
        raise BundleError(f"the manifest states two digests for {file.path!r}")
    size = manifest.input
    for side, tensor, dtype, shape in (
        ("input", file.input, size.dtype, (size.height, size.width, size.channels)),
        ("output", file.output, "float32", (manifest.embedding_size,)),
    ):
        if tensor.dtype != dtype or tensor.shape[1:] != shape:
            raise BundleError(
                f"the {side} of {file.name!r} does not fit the bundle: expected {dtype} "
                f"(n, {', '.join(map(str, shape))}), got {tensor.dtype} {tensor.shape}"
            )
    targets = [point.target for point in file.operating_points]
    _check_default(manifest, repr(file.name), file.calibration)
    if any((point.fmr_upper is None) is file.calibration.promised for point in _all_points(file)):
        raise BundleError(
            f"{file.name!r} has operating points and a calibration of which one states a bound of "
            f"the FMR and the other does not"
        )
    for pairing, entry in file.compact.items():
        name = f"{file.name!r} for {pairing} templates"
        _check_default(manifest, name, entry.calibration)
        if [point.target for point in entry.operating_points] != targets:
            raise BundleError(
                f"the operating points of {name} are not at the targets of the file's own, "
                f"{', '.join(f'{target:g}' for target in targets)}"
            )


def _all_points(file: FileEntry) -> Iterator[OperatingPoint]:
    yield from file.operating_points
    for entry in file.compact.values():
        yield from entry.operating_points


def _check_default(manifest: Manifest, name: str, calibration: Calibration) -> None:
    if calibration.lowest > manifest.default_fmr * (1 + 1e-12):
        raise BundleError(
            f"the calibration of {name} begins at FMR {calibration.lowest:g} and does "
            f"not support the bundle's default of {manifest.default_fmr:g}"
        )


def _check_entry(
    manifest: Manifest, path: str, size: int | None = None, *, who: str = "every bundle"
) -> None:
    if path not in manifest.entries:
        raise BundleError(f"the manifest lists no entry {path!r}, which {who} needs")
    found = manifest.entries[path].bytes
    if size is not None and found != size:
        raise BundleError(f"the entry {path!r} has {found} bytes, where {size} are expected")
