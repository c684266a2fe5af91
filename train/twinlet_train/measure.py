"""What a finished twin is worth on its test split, in Keras, before any export."""

from typing import TYPE_CHECKING, Any

import numpy as np

from twinlet.metrics import auc, compare_all, compare_pairs, eer, fnmr_at_fmr, recall_at_k
from twinlet_train.batches import Labels, fixed_triplets
from twinlet_train.callbacks import embed

if TYPE_CHECKING:
    import keras

    from twinlet.metrics import Comparisons
    from twinlet_train.data import ImageStore

RECIPE_TRIPLETS = 1500  # the reference recipe's test: as many mated and non-mated pairs


def measure(
    twin: "keras.Model", images: "ImageStore", labels: Labels, *, seed: int
) -> dict[str, dict[str, Any]]:
    """Measure by the reference recipe's 1,500 + 1,500 pairs and by all pairs.

    Args:
        twin: Pixels (n, h, w, c) to raw embeddings (n, d).
        images: Of the test split, (n, h, w, c); see `comparing` for how many are bearable.
        labels: Identities (n,).
        seed: Of the drawing of the recipe's pairs.

    Returns:
        `{"recipe_pairs": {...}, "all_pairs": {...}}`, each with auc, eer, fnmr_at_fmr for 0.01
        and 0.1, mated, non_mated; all_pairs also recall_at_1.
    """
    templates = embed(twin, images)
    anchor, positive, negative = fixed_triplets(labels, RECIPE_TRIPLETS, seed=seed).T
    pairs = compare_pairs(
        templates[np.concatenate([anchor, anchor])],
        templates[np.concatenate([positive, negative])],
        np.repeat([True, False], RECIPE_TRIPLETS),
    )
    every = _numbers(compare_all(templates, labels))
    every["recall_at_1"] = round(recall_at_k(templates, labels), 5)
    return {"recipe_pairs": _numbers(pairs), "all_pairs": every}


def _numbers(comparisons: "Comparisons") -> dict[str, Any]:
    return {
        "auc": round(auc(comparisons), 5),
        "eer": round(eer(comparisons), 5),
        "fnmr_at_fmr": {
            f"{target:g}": round(fnmr_at_fmr(comparisons, target), 5) for target in (0.01, 0.1)
        },
        "mated": len(comparisons.mated),
        "non_mated": len(comparisons.non_mated),
    }
