"""The numbers of a bundle as HTML tables."""

import html
from collections.abc import Iterable, Mapping, Sequence

from twinlet.bundle import FileEntry, Manifest
from twinlet.metrics import clopper_pearson


def percent(share: float) -> str:
    """Write a share of 1: two digits after the point, more where it would read 0."""
    value = 100 * share
    return f"{value:.2f} %" if value >= 0.01 or value == 0 else f"{value:.2g} %"


def files_table(manifest: Manifest) -> str:
    """One row a file: size, likeness to the twin, error rates at the default FMR."""
    head = (
        "file",
        "engine",
        "size",
        "cosine to Keras",
        "same decisions",
        "AUC",
        "EER",
        "recall@1",
        f"FNMR at FMR {100 * manifest.default_fmr:g} %",
    )
    rows = []
    for name, entry in manifest.files.items():
        rows.append(
            (
                f"<b>{html.escape(name)}</b>",
                html.escape(entry.engine),
                f"{entry.bytes / 1e6:.2f} MB",
                _parity(entry, "cosine_median", "{:.5f}"),
                _parity(entry, "decision_agreement", "{:.2%}"),
                f"{entry.evaluation['auc']:.4f}",
                percent(entry.evaluation["eer"]),
                percent(entry.evaluation["recall_at_1"]),
                _misses(entry, manifest.default_fmr),
            )
        )
    return table(head, rows)


def _misses(entry: FileEntry, target: float) -> str:
    """FNMR at one rate; a dash where nothing was measured there."""
    for point in entry.operating_points:
        if point.target == target:
            low, high = point.fnmr_interval
            return f"{percent(point.fnmr)} <small>[{percent(low)} &ndash; {percent(high)}]</small>"
    return "&ndash;"


def promises_table(manifest: Manifest) -> str:
    """One row a file and target: the threshold, what it promises, what the test part gave."""
    head = (
        "file",
        "target FMR",
        "threshold",
        "bound on the calibration part",
        "FMR measured on the test part",
        "promise",
        "FNMR on the test part",
    )
    rows = []
    for name, entry in manifest.files.items():
        for index, point in enumerate(entry.operating_points):
            measured = entry.evaluation["fmr"][f"{point.target:g}"]["fmr"]
            rows.append(
                (
                    f"<b>{html.escape(name)}</b>" if index == 0 else "",
                    f"{100 * point.target:g} %",
                    f"{100 * point.threshold:.2f} %",
                    "none: point estimate"
                    if point.fmr_upper is None
                    else f"&le; {percent(point.fmr_upper)}",
                    percent(measured),
                    _verdict(entry, point.target, measured),
                    percent(point.fnmr),
                )
            )
    return table(head, rows)


def _verdict(entry: FileEntry, target: float, measured: float) -> str:
    if not entry.calibration.promised:
        return "nothing promised"
    if entry.recalibrated:
        return "not tested: the same comparisons"
    return promise(target, measured, entry.evaluation["non_mated"])


def facts(pairs: Mapping[str, str]) -> str:
    """A list of names and values; both are escaped."""
    items = "".join(
        f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>"
        for name, value in pairs.items()
    )
    return f"<dl>{items}</dl>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are HTML already."""
    titles = "".join(f"<th>{cell}</th>" for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return (
        f'<div class="wide"><table><thead><tr>{titles}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def promise(target: float, measured: float, comparisons: int) -> str:
    """Say whether a target holds where it was measured, as far as so many comparisons tell."""
    if measured <= target:
        return '<span class="kept">kept</span>'
    # Twice the one-sided 5 percent: exceeded only when even the lower bound is above the target.
    lower, _ = clopper_pearson(round(measured * comparisons), comparisons, 0.9)
    if lower <= target:
        return '<span class="kept">kept, within the uncertainty</span>'
    return '<span class="broken">exceeded</span>'


def _parity(entry: FileEntry, key: str, form: str) -> str:
    value = entry.parity.get(key)
    return form.format(value) if isinstance(value, int | float) else "&ndash;"
