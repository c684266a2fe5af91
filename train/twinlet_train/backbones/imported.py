"""The user's own network as a backbone, by import path.

`model.backbone = "nets:build"` names a function in a module, here `build` in `nets.py`:

    def build(pixels):
        x = keras.layers.Conv2D(32, 3, padding="same", activation="relu")(pixels)
        ...
        return x

It gets the pixels as a Keras tensor, float32 (n, h, w, c) in [-1, 1], and returns what its layers
make of them: a feature map (n, h', w', d), which the twin averages over h' and w', or a vector
(n, d). A ready network of Keras goes the same way, weights included:

        return keras.applications.DenseNet121(input_tensor=pixels, include_top=False).output

Only layers of Keras itself may take part, none of them a model: so twin.keras loads without the
user's module, and every converter reads it. The module is looked for where Python looks, and
after that in the current directory, which can therefore never stand in for an installed one.
"""

import contextlib
import importlib
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

from twinlet.errors import InvalidInputError
from twinlet_train.backbones.backbone import Backbone, BackboneOptions
from twinlet_train.backbones.flatness import check_features

EXPECTED = "expected MODULE:FUNCTION, such as nets:build for `def build(pixels)` in nets.py"


def imported_backbone(name: str) -> Backbone:
    """Import the function and wrap it as a backbone that checks what it builds.

    Args:
        name: "module:function".

    Raises:
        InvalidInputError: There is no such function, or its module cannot be imported.
    """
    function = _imported(name)

    def build(pixels: Any, options: BackboneOptions) -> Any:
        del options  # a function of the user's has its own
        with _current_directory_importable():
            try:
                features = function(pixels)
            except Exception as error:
                raise InvalidInputError(
                    f"model.backbone {name} failed when called with pixels of shape "
                    f"{pixels.shape}: {type(error).__name__}: {error}"
                ) from error
        check_features(name, pixels, features)
        return features

    return Backbone(build, halvings=0, own=True)


def _imported(name: str) -> Callable[[Any], Any]:
    import keras

    module_name, _, attribute = name.partition(":")
    parts = module_name.split(".")
    if not all(part.isidentifier() for part in (*parts, attribute)) or parts[-1] == "py":
        raise InvalidInputError(f"cannot read model.backbone {name!r}; {EXPECTED}")
    try:
        with _current_directory_importable():
            module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name and (module_name == error.name or module_name.startswith(f"{error.name}.")):
            raise InvalidInputError(
                f"model.backbone {name}: there is no module {error.name}, neither installed nor "
                f"in the current directory {os.getcwd()}; {EXPECTED}"
            ) from error
        raise InvalidInputError(
            f"model.backbone {name}: importing {module_name} failed: {error}; install it"
        ) from error
    except Exception as error:
        raise InvalidInputError(
            f"model.backbone {name}: importing {module_name} failed: "
            f"{type(error).__name__}: {error}"
        ) from error
    if not hasattr(module, attribute):
        raise InvalidInputError(
            f"model.backbone {name}: {module.__name__} ({_place(module)}) has no {attribute}; "
            f"{EXPECTED}"
        )
    function: Callable[[Any], Any] = getattr(module, attribute)
    if isinstance(function, keras.Model) or not callable(function):
        raise InvalidInputError(
            f"model.backbone {name} is of type {type(function).__name__}; expected a function "
            f"that takes the pixels and returns the features"
        )
    return function


def _place(module: Any) -> str:
    return str(getattr(module, "__file__", None) or "built in")


@contextlib.contextmanager
def _current_directory_importable() -> Iterator[None]:
    """Let Python look in the current directory, after everywhere else."""
    here = os.getcwd()
    if here in sys.path or "" in sys.path:
        yield
        return
    sys.path.append(here)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(here)
