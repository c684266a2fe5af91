"""Every command of the command line: where it lives and what it needs."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """Where a command lives and what must be installed to run it."""

    module: str  # holds the Command, named COMMAND
    help: str  # one line for `twinlet --help`
    extra: str = ""  # the extra that brings what it needs
    needs: tuple[str, ...] = ()  # top-level modules no call can do without


_EXPORT_NEEDS = ("tensorflow", "keras", "tf2onnx", "onnx", "onnxruntime", "ai_edge_litert")

COMMANDS: Mapping[str, Entry] = {
    "demo": Entry(
        "twinlet_export.commands.demo",
        "from nothing to a report on scikit-learn's digits, in minutes",
        "export",
        _EXPORT_NEEDS,
    ),
    "train": Entry(
        "twinlet_train.commands.train",
        "train a twin from labelled images into a run folder",
        "train",
        ("keras",),  # and a backend for it, TensorFlow or another
    ),
    "export": Entry(
        "twinlet_export.commands.export",
        "turn a run folder into a bundle of calibrated TFLite and ONNX files",
        "export",
        _EXPORT_NEEDS,
    ),
    "inspect": Entry("twinlet.commands.inspect", "show what is in a bundle, verified"),
    "verify": Entry("twinlet.commands.verify", "decide whether two images show the same"),
    "enroll": Entry("twinlet.commands.enroll", "add an identity's images to a gallery"),
    "identify": Entry("twinlet.commands.identify", "find an image's identity in a gallery"),
    "evaluate": Entry(
        "twinlet_train.commands.evaluate",
        "measure a bundle's error rates on your own labelled images",
        "train",
        ("PIL",),
    ),
    "calibrate": Entry(
        "twinlet_train.commands.calibrate",
        "recalibrate a bundle for your own images, or from a gallery",
        "train",  # for --data; a gallery takes the runtime alone
    ),
    "bench": Entry("twinlet.commands.bench", "measure latency, cold start, size and memory"),
    "report": Entry(
        "twinlet_export.commands.report",
        "write a bundle's curves and examples as one HTML page",
        "report",
        ("matplotlib", "PIL"),
    ),
}
