"""twinlet's `small` network in PyTorch: the same layers under the same names."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twinlet_train.backbones.small import STAGES, STEM

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
        self.blocks: list[str] = []
        self._add("stem", channels, STEM, kernel=3)
        before = STEM
        for number, (width, blocks) in enumerate(STAGES, 1):
            for place in range(blocks):
                stride = 1 if place else 2
                name = f"stage{number}_block{place + 1}"
                self._add(f"{name}_first", before, width, kernel=3, stride=stride)
                self._add(f"{name}_second", width, width, kernel=3)
                if stride != 1 or before != width:
                    self._add(f"{name}_shortcut", before, width, kernel=1, stride=stride)
                self.blocks.append(name)
                before = width
        self.layers["embedding"] = nn.Linear(before, embedding)

    def _add(self, name: str, before: int, after: int, *, kernel: int, stride: int = 1) -> None:
        from torch import nn

        self.layers[name] = nn.Conv2d(before, after, kernel, stride, bias=False)
        self.layers[f"{name}_bn"] = nn.BatchNorm2d(after, eps=EPSILON, momentum=MOMENTUM)

    def __call__(self, pixels: Any) -> Any:
        """Embed a tensor of images."""
        from torch.nn.functional import relu

        x = pixels.permute(0, 3, 1, 2).float() / 127.5 - 1.0
        x = relu(self._convolved(x, "stem"))
        for name in self.blocks:
            inner = relu(self._convolved(x, f"{name}_first"))
            inner = self._convolved(inner, f"{name}_second")
            if f"{name}_shortcut" in self.layers:
                x = self._convolved(x, f"{name}_shortcut")
            x = relu(x + inner)
        return self.layers["embedding"](x.mean(dim=(2, 3)))

    def _convolved(self, x: Any, name: str) -> Any:
        from torch.nn.functional import conv2d, pad

        layer = self.layers[name]
        top, bottom = same(x.shape[2], layer.kernel_size[0], layer.stride[0])
        left, right = same(x.shape[3], layer.kernel_size[1], layer.stride[1])
        if (top, left) != (bottom, right):
            x = pad(x, (left, right, top, bottom))
            top = left = 0
        x = conv2d(x, layer.weight, stride=layer.stride, padding=(top, left))
        return self.layers[f"{name}_bn"](x)

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


def same(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Pixels of padding before and after, as Keras' "same" puts them: the odd one after.

    Example:
        >>> same(32, 3, 1), same(32, 3, 2), same(7, 3, 2), same(32, 1, 2)
        ((1, 1), (0, 1), (1, 1), (0, 0))
    """
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2
