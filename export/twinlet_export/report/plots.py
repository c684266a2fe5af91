"""Curves of a bundle's files as SVG, to stand inside a page."""

import io
from collections.abc import Mapping
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

from twinlet.bundle import FileEntry
from twinlet.encodings import Pairing
from twinlet.metrics import deviates

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's colours, which colour-blind readers tell apart; one a precision.
_COLOURS = {
    "fp32": "#0072B2",
    "fp16": "#009E73",
    "dynamic": "#CC79A7",
    "int8": "#D55E00",
    "int8-qat": "#E69F00",
    "pruned": "#56B4E9",
    "clustered": "#8A8A00",
}
_LINES = {"tflite": "-", "onnx": (0, (4, 2))}  # one a format: curves often lie on each other
_MATED, _NON_MATED = "#0072B2", "#D55E00"

_DET_TICKS = (0.0001, 0.001, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95)
_DEVIATE = NormalDist().inv_cdf

_STYLE = {
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#8b949e",
    "axes.labelcolor": "#24292f",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.titlesize": 11,
    "axes.titlecolor": "#1f2328",
    "grid.color": "#e3e6ea",
    "xtick.color": "#57606a",
    "ytick.color": "#57606a",
    "svg.fonttype": "none",  # text stays text: smaller, and it can be searched
    "svg.hashsalt": "twinlet",  # the same bundle gives the same page
}


def roc_plot(files: Mapping[str, FileEntry]) -> str:
    """True against false match rate of every file, on linear axes, with the AUC."""

    def draw(axes: "Axes") -> None:
        axes.plot([0, 1], [0, 1], color="#b0b7bf", lw=1, ls=":")
        for name, entry in files.items():
            curve = entry.curves["roc"]
            label = f"{name}  {entry.evaluation['auc']:.4f}"
            axes.plot(curve["fmr"], curve["tmr"], label=label, **_line(entry))
        axes.set(title="ROC", xlim=(-0.01, 1), ylim=(0, 1.01), xlabel="false match rate")
        axes.set_ylabel("true match rate")
        axes.legend(title="AUC", loc="lower right", frameon=False, fontsize=9)

    return _svg(draw)


def det_plot(files: Mapping[str, FileEntry]) -> str:
    """False non-match against false match rate on normal-deviate axes, with operating points.

    Martin et al. 1997: normal scores give straight lines, and the low rates that matter get
    the room.
    """

    def draw(axes: "Axes") -> None:
        for name, entry in files.items():
            curve = entry.curves["roc"]
            non_mated, mated = entry.evaluation["non_mated"], entry.evaluation["mated"]
            fmr = deviates(curve["fmr"], non_mated)
            fnmr = deviates([1.0 - rate for rate in curve["tmr"]], mated)
            axes.plot(fmr, fnmr, label=name, **_line(entry))
            for point in entry.evaluation["fmr"].values():
                x, y = deviates(point["fmr"], non_mated), deviates(point["fnmr"], mated)
                axes.plot([x], [y], "o", ms=4, color=_line(entry)["color"])
        entry = next(iter(files.values()))
        for target in entry.evaluation["fmr"]:
            axes.axvline(_DEVIATE(float(target)), color="#b0b7bf", lw=1, ls=":")
        _deviate_axis(axes.xaxis, 0.5 / entry.evaluation["non_mated"], axes.set_xlim)
        _deviate_axis(axes.yaxis, 0.5 / entry.evaluation["mated"], axes.set_ylim)
        axes.set(title="DET", xlabel="false match rate", ylabel="false non-match rate")
        axes.legend(loc="upper right", frameon=False, fontsize=9)

    return _svg(draw)


def histogram_plot(entry: FileEntry, default_fmr: float) -> str:
    """Similarities of mated and non-mated comparisons of one file, with its thresholds."""

    def draw(axes: "Axes") -> None:
        shape = entry.curves["histogram"]
        edges = np.asarray(shape["edges"])
        for kind, colour, label in (
            ("non_mated", _NON_MATED, "different"),
            ("mated", _MATED, "same"),
        ):
            counts = np.asarray(shape[kind], dtype=np.float64)
            axes.stairs(
                100 * counts / counts.sum(),
                100 * edges,
                fill=True,
                alpha=0.45,
                color=colour,
                label=label,
            )
        for point in entry.operating_points:
            default = point.target == default_fmr
            axes.axvline(
                100 * point.threshold,
                color="#24292f",
                lw=1.6 if default else 0.9,
                ls="-" if default else ":",
            )
            axes.annotate(
                f"FMR {100 * point.target:g} %",
                (100 * point.threshold, 1.0),
                xycoords=("data", "axes fraction"),
                xytext=(3, -2),
                textcoords="offset points",
                rotation=90,
                va="top",
                fontsize=7.5,
                color="#24292f",
            )
        used = np.flatnonzero(np.asarray(shape["mated"]) + np.asarray(shape["non_mated"]))
        axes.set_xlim(100 * edges[used[0]] - 1, 100 * edges[used[-1] + 1] + 1)
        axes.margins(y=0.25)  # room for the legend
        axes.set(title=entry.name, xlabel="similarity, %", ylabel="share, %")
        axes.legend(loc="upper left", frameon=False, fontsize=8)

    return _svg(draw, size=(4.2, 2.7))


def reliability_plot(files: Mapping[str, FileEntry]) -> str:
    """Observed share of mated comparisons against the predicted probability, at equal prior."""

    def draw(axes: "Axes") -> None:
        axes.plot([0, 100], [0, 100], color="#b0b7bf", lw=1, ls=":")
        for name, entry in files.items():
            groups = entry.curves["reliability"]
            predicted, observed = (
                100 * np.asarray(groups[key]) for key in ("predicted", "observed")
            )
            label = f"{name}  {entry.likelihood[Pairing.FLOAT32].cllr:.3f}"
            axes.plot(predicted, observed, marker="o", ms=4, label=label, **_line(entry))
        axes.set(title="Reliability", xlim=(0, 100), ylim=(0, 100))
        axes.set(xlabel="predicted probability, %", ylabel="observed share of the same, %")
        axes.legend(title="Cllr, bits", loc="upper left", frameon=False, fontsize=9)

    return _svg(draw)


def _line(entry: FileEntry) -> dict[str, Any]:
    return {
        "color": _COLOURS.get(entry.precision, "#333333"),
        "ls": _LINES.get(entry.format, "-"),
        "lw": 1.6,
    }


def _deviate_axis(axis: Any, least: float, set_limits: Any) -> None:
    ticks = [tick for tick in _DET_TICKS if tick >= least]
    axis.set_ticks([_DEVIATE(tick) for tick in ticks], [f"{100 * tick:g} %" for tick in ticks])
    set_limits(_DEVIATE(max(least, 1e-5)), _DEVIATE(0.95))


def _svg(draw: Any, size: tuple[float, float] = (6.2, 4.6)) -> str:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=size, layout="constrained")
        draw(figure.subplots())
        text = io.StringIO()
        # No date: the same bundle gives the same page.
        figure.savefig(text, format="svg", metadata={"Date": None}, transparent=True)
    svg = text.getvalue()
    return svg[svg.index("<svg") :]
