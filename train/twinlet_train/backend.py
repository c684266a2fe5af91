"""What depends on which backend Keras runs on."""

import contextlib
from collections.abc import Iterator

import keras


def has_accelerator() -> bool:
    """Whether the backend sees a GPU or a TPU."""
    return any(not str(device).startswith("cpu") for device in keras.distribution.list_devices())


def accelerators() -> list[str]:
    """What the GPUs or TPUs that the backend sees call themselves; empty on a CPU."""
    if not has_accelerator():
        return []
    if keras.backend.backend() == "jax":
        import jax

        return [str(device.device_kind) for device in jax.devices()]
    import tensorflow as tf

    found = [device for device in tf.config.list_physical_devices() if device.device_type != "CPU"]
    details = [tf.config.experimental.get_device_details(device) for device in found]
    return [
        str(said.get("device_name", device.device_type))
        for device, said in zip(found, details, strict=True)
    ]


def compiles_with_xla() -> bool:
    """Whether XLA helps: on a CPU it makes MobileNetV2 six times slower, measured.

    JAX has nothing else.
    """
    return keras.backend.backend() == "jax" or has_accelerator()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether this is TensorFlow's or JAX's way to say that there is no memory left."""
    return type(error).__name__ == "ResourceExhaustedError" or (
        "RESOURCE_EXHAUSTED" in str(error) or "Out of memory" in str(error)
    )


def synchronise(model: keras.Model) -> None:
    """Make a model's variables current while it trains: JAX keeps them aside between steps."""
    if keras.backend.backend() == "jax":
        model.jax_state_sync()


def chosen_precision(name: str) -> str:
    """The dtype policy for a `fit.precision`: auto is bfloat16 on an accelerator."""
    if name != "auto":
        return name
    return "mixed_bfloat16" if has_accelerator() else "float32"


@contextlib.contextmanager
def precision(policy: str) -> Iterator[None]:
    """Layers made inside the block compute by this dtype policy."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
