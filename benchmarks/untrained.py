"""What comparing the inputs themselves gives, without a network, on the test split of a run."""

from pathlib import Path

import numpy as np


def untrained_auc(run: Path) -> float:
    """AUC of the cosine of the pixels, less the mean image of the training split."""
    from twinlet.metrics import auc, compare_all
    from twinlet.templates import normalise
    from twinlet_train import load_run

    opened = load_run(run)
    data = opened.data()
    splits = opened.splits(data)
    mean = np.mean(data.images[splits.train], axis=0, dtype=np.float64)
    differences = (data.images[splits.test] - mean).reshape(len(splits.test), -1)
    templates = normalise(differences.astype(np.float32))
    return round(float(auc(compare_all(templates, data.labels[splits.test]))), 5)
