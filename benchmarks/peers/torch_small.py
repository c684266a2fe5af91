"""twinlet's `small` network in PyTorch: the same layers under the same names."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twinlet_train.backbones.small import STAGES, STEM

HALVES = ("first", "second")  # of a block
EPSILON = 1e-3  # of the batch normalisation, as in `backbones.layers`
MOMENTUM = 0.1  # PyTorch's name for 1 - 0.9, the twin's `bn_momentum`
# What PyTorch calls the variables of Keras' layers.
NAMES = {
    "kernel": "weight",
    "bias": "bias",
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}
# The order of axes: HWIO to OIHW, and (in, out) to (out, in).
AXES = {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}


class TorchSmall:
    """From pixels, uint8 (n, h, w, c), to raw embeddings (n, d)."""

    def __init__(self, channels: int, embedding: int) -> None:
        """Make the layers, with PyTorch's own random weights until `load`."""
        from torch import nn

        self.layers = nn.ModuleDict()
        self._add("stem", channels, STEM)
        before = STEM
        for number, (width, blocks) in enumerate(STAGES, 1):
            self._add(f"stage{number}", before, width)
            for place in range(blocks):
                for half in HALVES:
                    self._add(f"stage{number}_block{place + 1}_{half}", width, width)
            before = width
        self.layers["embedding"] = nn.Linear(before, embedding)

    def _add(self, name: str, before: int, after: int) -> None:
        from torch import nn

        self.layers[name] = nn.Conv2d(before, after, 3, padding=1, bias=False)
        self.layers[f"{name}_bn"] = nn.BatchNorm2d(after, eps=EPSILON, momentum=MOMENTUM)

    def __call__(self, pixels: Any) -> Any:
        """Embed a tensor of images."""
        from torch.nn.functional import max_pool2d

        x = pixels.permute(0, 3, 1, 2).float() / 127.5 - 1.0
        x = self._convolved(x, "stem")
        for number, (_, blocks) in enumerate(STAGES, 1):
            x = max_pool2d(self._convolved(x, f"stage{number}"), 2)
            for place in range(blocks):
                inner = x
                for half in HALVES:
                    inner = self._convolved(inner, f"stage{number}_block{place + 1}_{half}")
                x = x + inner
        return self.layers["embedding"](x.amax(dim=(2, 3)))

    def _convolved(self, x: Any, name: str) -> Any:
        from torch.nn.functional import relu

        return relu(self.layers[f"{name}_bn"](self.layers[name](x)))

    @property
    def count(self) -> int:
        """How many weights, the moving statistics among them, as Keras counts."""
        return sum(
            value.numel()
            for name, value in self.layers.state_dict().items()
            if not name.endswith("num_batches_tracked")
        )

    def load(self, arrays: Mapping[str, NDArray[np.float32]]) -> None:
        """Take Keras' weights, `{"weight:LAYER/VARIABLE": array}`; every one must fit."""
        import torch

        state = {
            name: value
            for name, value in self.layers.state_dict().items()
            if name.endswith("num_batches_tracked")
        }
        for key in arrays:
            if key.startswith("weight:"):
                layer, variable = key.removeprefix("weight:").split("/")
                value = arrays[key]
                value = np.ascontiguousarray(value.transpose(AXES[value.ndim]))
                state[f"{layer}.{NAMES[variable]}"] = torch.from_numpy(value)
        self.layers.load_state_dict(state, strict=True)
