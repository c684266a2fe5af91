"""Tables of what is in a bundle: its files, its templates, its preprocessing."""

from typing import Any

from tabulating import grid, interval, load, source


def brief(recipe: str) -> str:
    """The files of one recipe's bundle, in short."""
    result = load("twelve")["recipes"][recipe]
    rows = [
        [
            f"`{name}`",
            f"{(file['compressed_bytes'] or file['bytes']) / 1e6:.2f} MB"
            + (" compressed" if file["compressed_bytes"] else ""),
            f"{file['embed_p50_ms']['1']:.2f} ms",
            f"{file['auc']:.4f}",
            f"{100 * file['eer']:.2f} %",
            interval(file["fnmr"]["0.01"]["value"], file["fnmr"]["0.01"]["interval"]),
            f"{100 * file['parity']['0.01']['agreement']['value']:.2f} %",
        ]
        for name, file in result["files"].items()
    ]
    head = ["file", "size", "embed, p50", "AUC", "EER", "FNMR at FMR 1 % (95 %)"]
    return grid([*head, "decides as the twin"], rows) + source(result, "twelve")


def twelve(recipe: str) -> str:
    """All files of one recipe's bundle, and what was promised of them."""
    result = load("twelve")["recipes"][recipe]
    rows = []
    for name, file in result["files"].items():
        times, parity = file["embed_p50_ms"], file["parity"]
        rows.append(
            [
                f"`{name}`",
                f"{file['bytes']:,}" + compressed(file),
                *(f"{times[threads]:.2f}" for threads in ("1", "2")),
                f"{file['auc']:.4f}",
                f"{100 * file['eer']:.2f} %",
                *(
                    interval(file["fnmr"][rate]["value"], file["fnmr"][rate]["interval"])
                    for rate in ("0.01", "0.001")
                ),
                interval(*parity["0.01"]["more_misses"].values()),
                interval(*parity["0.01"]["agreement"].values()),
            ]
        )
    head = ["file", "bytes", "embed, p50 ms, 1 thread", "2 threads", "AUC", "EER"]
    head += ["FNMR at FMR 1 %", "at 0.1 %", "points above the twin's, at 1 %", "same decisions"]
    kept = [
        [promise, outcome(found), "yes" if found["kept"] else "**no**"]
        for promise, found in result["promises"].items()
    ]
    missing = [f"Left out: {reason}.\n\n" for reason in result["left_out"].values()]
    table = grid(head, rows) + "\n\n" + "".join(missing)
    table += grid(["set out", "measured", "kept"], kept)
    return table + source(result, "twelve")


def tunings(run: str) -> str:
    """What the steps of a tuning cost, on validation images."""
    result = load("tuning")["runs"][run]
    rows = []
    for text, row in result["tunings"].items():
        method, rate, settled = text.split(":")
        misses = row["more_misses"]
        rows.append(
            [
                f"`{method}`",
                rate if float(rate) else "none: rounding alone",
                "the last ten batches" if float(settled) >= 1.0 else "a mean",
                *(interval(*misses[rate].values()) for rate in ("0.01", "0.001")),
                f"{row['steps']} in {row['seconds']:.0f} s",
            ]
        )
    head = ["tuned", "learning rate", "statistics of", "points above the twin's FNMR, at FMR 1 %"]
    return grid([*head, "at 0.1 %", "steps"], rows) + source(result, "tuning")


def compressed(file: dict[str, Any]) -> str:
    """How many bytes a compressor leaves, where that is what a file is made for."""
    found = file["compressed_bytes"]
    return f" ({found:,} compressed)" if found else ""


def outcome(found: dict[str, Any]) -> str:
    """A promise's figure, in its own unit, with its interval where it has one."""
    if "interval" in found:
        return interval(found["value"], found["interval"])
    in_turn = f" ({found['in_turn']:g} in turn)" if "in_turn" in found else ""
    return found.get("why") or f"{found['value']:g}{in_turn}"


def resizing() -> str:
    """The runtime's resize beside Pillow's."""
    result = load("resizing")
    rows = []
    for case in result["cases"]:
        ms = case["p50_ms"]
        rows.append(
            [
                f"{case['width']} x {case['height']}",
                f"{case['side']} x {case['side']}",
                *(milliseconds(ms[name]) for name in ("twinlet", "whole_products", "pillow")),
                f"{case['times_pillow']:.2f}",
                f"{case['times_pillow_alone']:.2f}",
                str(case["largest_difference"]),
                f"{100 * case['differing_share']:.2f} %",
            ]
        )
    head = ["from", "to", "twinlet, p50", "products unlimited", "Pillow", "times Pillow"]
    head += ["times Pillow, from its image", "largest difference", "numbers that differ"]
    return grid(head, rows) + source(result, "resizing")


def milliseconds(value: float) -> str:
    """Three digits, or all before the point."""
    return f"{value:.0f} ms" if value >= 100 else f"{value:.3g} ms"


def templates() -> str:
    """What int8 templates lose, one row a file and pairing."""
    result = load("templates")
    rows = []
    for bundle_name, bundle in result["bundles"].items():
        for file_name, file in bundle["files"].items():
            for pairing, found in file["pairings"].items():
                moved = file["largest_difference"].get(pairing)
                kept = "float32" if pairing == "float32" else "int8"
                rows.append(
                    [
                        f"`{bundle_name}`, `{file_name}`",
                        pairing,
                        str(bundle["bytes"][kept]),
                        f"{found['auc']:.5f}",
                        f"{found['eer']:.5f}",
                        *(f"{100 * found['fnmr_at_fmr'][t]:.3f} %" for t in ("0.01", "0.001")),
                        "" if moved is None else f"{moved:.4f}",
                        f"{bundle['speed']['times_float32'][pairing]:.2f}",
                    ]
                )
    head = ["bundle, file", "templates", "bytes", "AUC", "EER", "FNMR at FMR 1 %", "at 0.1 %"]
    head += ["similarity moves by at most", "comparisons a second, float32: 1"]
    return grid(head, rows) + source(result, "templates")
