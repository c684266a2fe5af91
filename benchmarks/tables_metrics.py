"""Tables of the metrics: what counting takes, and whether searches hold what they promise."""

from typing import Any

from tabulating import grid, load, share, source


def metrics_speed() -> str:
    """CPU seconds and peak memory of each step, one row a step."""
    result = load("metrics-speed")
    sizes = result["sizes"]
    rows = []
    for step in next(iter(sizes.values())):
        row = [f"`{step}`"]
        for steps in sizes.values():
            one = steps[step]
            row += [f"{one['cpu_seconds']:.2f} s", f"{one['peak_rss_mb']:.0f} MiB"]
        rows.append(row)
    head = ["step"]
    for count in sizes:
        head += [f"{int(count):,} comparisons", "peak"]
    return grid(head, rows) + source(result, "metrics-speed")


def one_to_many() -> str:
    """Of all kinds of world with one calibration and gallery, the least good outcome."""
    result = load("one-to-many")
    groups: dict[tuple[int, int, int], list[dict[str, Any]]] = {}
    for kind in result["kinds"]:
        key = (kind["identities"], kind["images"], kind["templates"])
        groups.setdefault(key, []).append(kind)
    rows = []
    for (identities, images, templates), kinds in groups.items():
        row = [f"{identities} x {images}", f"{templates:,}"]
        for target in ("0.1", "0.01"):
            methods = [kind["methods"] for kind in kinds]
            clustered = [one["clustered"][target] for one in methods]
            row += [
                share(min(one["kept"] for one in clustered)),
                span([one["refused"] for one in clustered]),
                least(
                    [
                        one["galleries_within"]
                        for kind, one in zip(kinds, clustered, strict=True)
                        if (1.0 - one["refused"]) * kind["worlds"] >= FEWEST_SEARCHES
                    ]
                ),
                *(share(min(one[name][target]["kept"] for one in methods)) for name in OTHERS),
            ]
        rows.append(row)
    head = ["calibration: identities x images", "templates"]
    for target in ("10 %", "1 %"):
        head += [f"FPIR {target}: kept", "refused", "galleries within", *OTHERS]
    return grid(head, rows) + source(result, "one-to-many")


def galleries() -> str:
    """Searches of real galleries, one row a size and target."""
    result = load("galleries")
    rows = []
    sets = {"birds": result["many"], **result["few"]}
    for data, found in sets.items():
        for unit, cases in found["galleries"].items():
            for case in cases:
                rate = "mean_fpir" in case
                rows.append(
                    [
                        data,
                        unit,
                        f"{case['templates']:,}",
                        f"{100 * case['target']:g} %",
                        share(case["refused"]),
                        share(case["mean_fpir"]) if rate else "",
                        share(case["galleries_within"]) if rate else "",
                        share(case["worst_gallery"]) if rate else "",
                        share(case["worst_class"]) if rate and case["worst_class"] else "",
                        share(case["mean_fnir"]) if rate else "",
                    ]
                )
    head = ["data", "unit", "templates", "FPIR set", "refused", "FPIR, mean", "galleries within"]
    head += ["worst gallery", "worst class of strangers", "FNIR, mean"]
    return grid(head, rows) + source(result, "galleries")


OTHERS = ("naive", "quantile")
FEWEST_SEARCHES = 20  # that were not refused: a share of fewer says little


def span(values: list[float]) -> str:
    """From where to where shares went."""
    low, high = share(min(values)), share(max(values))
    return low if low == high else f"{low} to {high}"


def least(values: list[float]) -> str:
    """The least of the shares, if there are any."""
    return share(min(values)) if values else ""
