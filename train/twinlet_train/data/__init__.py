"""Labelled images from every `--data SPEC` of the command line."""

from twinlet_train.data.labelled import LabelledImages, Unreadable
from twinlet_train.data.spec import open_data
from twinlet_train.data.store import ImageStore, Selected, blocks

__all__ = ["ImageStore", "LabelledImages", "Selected", "Unreadable", "blocks", "open_data"]
