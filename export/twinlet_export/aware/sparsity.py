"""How much is pruned when: by the share of a tuning that is done, which a clock may end."""

from typing import Any

EVERY = 10  # steps between two choices of what to prune, each of which sorts all weights


def rising_sparsity(final: float, *, done_by: float) -> Any:
    """A schedule of tensorflow-model-optimization that follows a variable instead of steps.

    Zhu and Gupta 2017, arXiv:1710.01878, eq. 1, from no zeros:
    `final * (1 - (1 - progress / done_by) ** 3)`.

    Args:
        final: Share of zeros at the end.
        done_by: Progress at which it is reached.

    Returns:
        A `PruningSchedule` with the variable `progress`, 0 to 1.
    """
    import tensorflow as tf
    import tensorflow_model_optimization as tfmot

    class Rising(tfmot.sparsity.keras.PruningSchedule):
        def __init__(self) -> None:
            self.progress = tf.Variable(0.0, trainable=False, name="progress")

        def __call__(self, step: Any) -> tuple[Any, Any]:
            left = 1.0 - tf.minimum(self.progress / done_by, 1.0)
            return tf.equal(step % EVERY, 0), final * (1.0 - left**3)

        def get_config(self) -> dict[str, Any]:
            return {}

    return Rising()
