"""A bundle as one self-contained HTML page."""

import html
from collections.abc import Mapping
from typing import Any

from twinlet.bundle import Bundle, FileEntry, Manifest
from twinlet_export.report.evidence import evidence_section
from twinlet_export.report.mixed import mixed_section
from twinlet_export.report.pairs import pair_cards
from twinlet_export.report.plots import det_plot, histogram_plot, roc_plot
from twinlet_export.report.recalibrated import measured_files, recalibrated_section
from twinlet_export.report.style import CSS
from twinlet_export.report.tables import facts, files_table, percent, promises_table


def page(bundle: Bundle, title: str) -> str:
    """Draw everything a bundle says of itself.

    Args:
        bundle: Opened, that is, verified.
        title: Of the page, such as the bundle's file name.

    Returns:
        HTML that needs nothing from outside: curves are SVG, pictures are inside.

    Raises:
        InvalidInputError: No file of the bundle has error rates to draw.
    """
    manifest = measured_files(bundle.manifest)
    golden = bundle.golden()
    file, entry = next(iter(manifest.files.items()))
    name = html.escape(title)
    default = f"{100 * manifest.default_fmr:g} %"
    parts = [
        f"<h1>{name}</h1>",
        f'<p class="dim">Bundle <code>{manifest.bundle_id[:16]}</code>, made {manifest.created}. '
        f"Figures below are of <b>{html.escape(file)}</b> where no other file is named.</p>",
        recalibrated_section(bundle.manifest),
        _cards(manifest, entry),
        "<h2>Files</h2>",
        "<p>Every file is measured by itself: its own threshold, its own error rates, on the "
        "test part. FNMR is the share of same-identity comparisons that are rejected, with its "
        "95 % interval.</p>",
        files_table(manifest),
        mixed_section(manifest),
        _reasons("Left out", manifest.left_out),
        "<h2>Error rates</h2>",
        '<div class="plots">',
        f"<figure>{roc_plot(manifest.files)}</figure>",
        f"<figure>{det_plot(manifest.files)}</figure>",
        "</div>",
        "<p class='dim'>Right: the same curves on normal-deviate axes, lower left is better. "
        "Dotted lines are the targets, dots what each file's threshold gave on the test "
        "part.</p>",
        "<h2>Promised and measured</h2>",
        f"<p>{_promise(entry)} {html.escape(entry.calibration.method)}. {_tested(entry)}</p>",
        promises_table(manifest),
        _reasons("Targets the data does not support", manifest.refused),
        "<h2>Similarities</h2>",
        '<div class="plots small">',
        *(
            f"<figure>{histogram_plot(each, manifest.default_fmr)}</figure>"
            for each in manifest.files.values()
        ),
        "</div>",
        evidence_section(manifest),
        "<h2>Pairs</h2>",
        f"<p>Images of the test part, compared at the threshold for FMR "
        f"{default}. Similarity is 1 minus the angle between two "
        f"embeddings over 180 degrees: 100 % the same direction, 50 % unrelated.</p>",
        "<h3>The same</h3>",
        pair_cards(golden, file, mated=True),
        "<h3>Different</h3>",
        pair_cards(golden, file, mated=False),
        "<h2>Where it comes from</h2>",
        _provenance(manifest, entry),
    ]
    return _document(name, "\n".join(part for part in parts if part))


def _promise(entry: FileEntry) -> str:
    fitted = "Thresholds are fitted on the calibration part so that the "
    if not entry.calibration.promised:
        return f"<b>Nothing is promised.</b> {fitted} measured rate is at most the target:"
    return (
        f"{fitted} upper bound of the False Match Rate, at {entry.calibration.confidence:.0%} "
        f"confidence, is at most the target:"
    )


def _tested(entry: FileEntry) -> str:
    if entry.recalibrated:
        return f"Error rates are {html.escape(entry.recalibrated)}: they test nothing."
    return (
        "The test part shows whether it holds. Nothing was chosen by it, except that a file which "
        "misses too much beyond the twin there is left out."
    )


def _document(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{CSS}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _cards(manifest: Manifest, entry: FileEntry) -> str:
    measured, point = entry.evaluation, entry.operating_points[0]
    cards = {
        f"same pairs accepted at FMR {100 * point.target:g} %": percent(1.0 - point.fnmr),
        "area under the ROC": f"{measured['auc']:.4f}",
        "equal error rate": percent(measured["eer"]),
        f"test comparisons of {measured['identities']} identities": (
            f"{measured['mated'] + measured['non_mated']:,}"
        ),
        "smallest file": f"{min(e.bytes for e in manifest.files.values()) / 1e6:.2f} MB",
    }
    inner = "".join(
        f'<div class="card"><b>{value}</b><span>{label}</span></div>'
        for label, value in cards.items()
    )
    return f'<div class="cards">{inner}</div>'


def _reasons(heading: str, reasons: Mapping[str, str]) -> str:
    return f"<h3>{heading}</h3>{facts(reasons)}" if reasons else ""


def _provenance(manifest: Manifest, entry: FileEntry) -> str:
    record, size = manifest.provenance, manifest.input
    versions = record.get("versions", {})
    shown = {
        "bundle id": manifest.bundle_id,
        "input": f"{size.height} x {size.width} {size.color}, {size.dtype}, resized by "
        f"{size.resize}",
        "embedding": f"{manifest.embedding_size} numbers",
        "data": str(record.get("data", "")),
        "data fingerprint": entry.calibration.data_fingerprint,
        "protocol": entry.calibration.protocol,
        "calibration": f"{entry.calibration.comparisons:,} non-mated comparisons, "
        f"{entry.calibration.images:,} images, {entry.calibration.identities:,} identities",
        "seed": str(record.get("seed", "")),
        **_configuration(record.get("config", {})),
        "versions": ", ".join(f"{name} {number}" for name, number in versions.items()),
    }
    return facts({name: value for name, value in shown.items() if value})


def _configuration(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """One line a table of the run's configuration."""
    return {
        f"config, {table}": ", ".join(f"{key} {value}" for key, value in values.items())
        for table, values in tables.items()
    }
