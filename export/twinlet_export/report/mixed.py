"""Which layers of the int8 files are in float, and what was measured to find them."""

import html
from collections.abc import Mapping
from typing import Any

from twinlet.bundle import Manifest
from twinlet_export.report.tables import percent, table


def mixed_section(manifest: Manifest) -> str:
    """What the search says of each file that has one; empty when none has.

    Args:
        manifest: Of the bundle.

    Returns:
        HTML: a sentence a file, the steps of its search, and all tries folded away.
    """
    parts = [
        f"<p><b>{html.escape(name)}</b>: {html.escape(str(entry.mixed.get('summary', '')))}</p>"
        + _measured(entry.mixed)
        for name, entry in manifest.files.items()
        if entry.mixed
    ]
    return "\n".join(["<h3>Layers of int8 files</h3>", *parts]) if parts else ""


def _measured(mixed: Mapping[str, Any]) -> str:
    if not mixed.get("searched"):
        return ""
    plain = {**mixed["int8"], "outcome": "int8 alone"}
    steps = _rows([plain, *mixed["steps"]], mixed)
    tries = _rows(sorted(mixed["tries"], key=lambda each: float(each["fnmr"])), mixed)
    return f"{steps}<details><summary>all {len(mixed['tries'])} tries</summary>{tries}</details>"


def _rows(tries: list[dict[str, Any]], mixed: Mapping[str, Any]) -> str:
    target = 100 * mixed["target"]
    head = (
        "layers in float",
        f"FNMR at FMR {target:g} %, {mixed['images']['ranking']} validation images",
        "bytes, of the fp32 file's",
        "latency, of the fp32 file's",
        "",
    )
    return table(
        head,
        (
            (
                "<br>".join(html.escape(name) for name in each["float"]) or "none",
                percent(each["fnmr"]),
                f"{each['bytes'] / mixed['fp32_bytes']:.3f}",
                f"{each['latency']:.2f}",
                html.escape(each.get("outcome", "")),
            )
            for each in tries
        ),
    )
