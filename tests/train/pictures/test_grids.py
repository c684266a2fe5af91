"""Pictures of images and what they are called."""

import dataclasses

import numpy as np
import pytest

from twinlet_train.pictures.grids import draw_samples, draw_triplets


@pytest.mark.parametrize("name", ["$5_vs_$10", "$a_b_c$", "a^b", r"\frac"])
def test_names_that_matplotlib_could_take_for_formulas(labelled, tmp_path, name):
    data = labelled(3, 20)
    named = dataclasses.replace(data, class_names=(name, *data.class_names[1:]))
    indices = np.arange(60)
    draw_samples(tmp_path / "samples.png", named, indices)
    draw_triplets(tmp_path / "triplets.png", named, indices, seed=0)
    assert (tmp_path / "samples.png").stat().st_size > 1000
    assert (tmp_path / "triplets.png").stat().st_size > 1000
