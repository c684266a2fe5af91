"""The table of how often two-sided 95 % intervals hold the true value."""

from typing import Any

from tabulating import grid, load, source

SHOWN = {
    "fnmr": ("FNMR", ("dyadic-wilson", "bootstrap", "naive")),
    "fmr": ("FMR", ("dyadic-wilson", "bootstrap", "naive")),
    "auc": ("AUC", ("bootstrap", "naive")),
    "eer": ("EER", ("bootstrap", "naive")),
    "fnmr_at_fmr_0.01": ("FNMR at FMR 1 %", ("bootstrap",)),
    "recall_at_1": ("recall@1", ("bootstrap",)),
}


def intervals() -> str:
    """A row a kind of world; of each figure the coverage of its methods, in percent."""
    result = load("intervals")
    head = ["unit", "identities x images", "effects"]
    head += [f"{name}: {', '.join(methods)}" for name, methods in SHOWN.values()]
    rows = [
        [
            kind["unit"],
            f"{kind['identities']} x {kind['images']}",
            f"{kind['effects']:g}",
            *(
                _covered(kind["figures"].get(figure), methods)
                for figure, (_, methods) in SHOWN.items()
            ),
        ]
        for kind in result["kinds"]
    ]
    return grid(head, rows) + source(result, "intervals")


def _covered(figure: dict[str, Any] | None, methods: tuple[str, ...]) -> str:
    if figure is None:
        return ""
    return ", ".join(f"{100 * figure[method]['coverage']:.1f}" for method in methods)
