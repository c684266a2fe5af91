"""Labelled images from every `--data SPEC` of the command line."""

from twinlet_train.data.labelled import LabelledImages, Unreadable
from twinlet_train.data.spec import open_data

__all__ = ["LabelledImages", "Unreadable", "open_data"]
