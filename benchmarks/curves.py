"""Draw validation AUC against CPU time: every run of a result of `training.py`, and the recipe.

Writes `benchmarks/results/NAME.svg`. An epoch counts as its share of the training's CPU time, with
`--wall`, for a GPU, of its time.
"""

import argparse
from typing import Any

from commandline import RESULTS
from tabulating import load

REFERENCE = ("cifar10", "cifar10-fixed")  # result and recipe of `first_light.py`
LOWEST = 0.8


def main() -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("name", help="of the result file")
    parser.add_argument("--wall", action="store_true", help="minutes instead of CPU minutes")
    args = parser.parse_args()
    result = load(args.name)
    runs = {name: list(recipe["runs"].values()) for name, recipe in result["recipes"].items()}
    reference = load(REFERENCE[0])["recipes"][REFERENCE[1]]["train"]
    runs[REFERENCE[1]] = [reference]
    path = RESULTS / f"{args.name}.svg"
    path.write_text(drawn(runs, wall=args.wall), encoding="utf-8")
    print(f"wrote {path}")


def drawn(runs: dict[str, list[dict[str, Any]]], *, wall: bool) -> str:
    """One colour a recipe, one line a run, as SVG without a date, so that equal runs are equal."""
    import io

    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": "twinlet", "svg.fonttype": "none"}):
        figure = Figure(figsize=(7.0, 4.2), layout="constrained")
        axes = figure.add_subplot()
        for number, (name, trained) in enumerate(runs.items()):
            for run in trained:
                history = run["history"]["val_auc"]
                took = run["seconds" if wall else "cpu_seconds"]
                if took is None:  # its record was lost, see `note` there
                    continue
                epoch = took / 60.0 / len(history)
                minutes = [epoch * (place + 1) for place in range(len(history))]
                axes.plot(
                    minutes,
                    history,
                    color=f"C{number}",
                    label=name if run is trained[0] else None,
                )
        axes.set_ylim(LOWEST, 1.0)
        axes.set_xlim(left=0.0)
        axes.set_xlabel("minutes" if wall else "CPU minutes")
        axes.set_ylabel("AUC, all pairs of the validation split")
        axes.grid(alpha=0.3)
        axes.legend(loc="lower right")
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None})
    return stream.getvalue()


if __name__ == "__main__":
    main()
