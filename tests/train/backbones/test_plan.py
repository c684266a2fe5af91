import pytest

from twinlet_train.backbones.plan import remaining_strides, scaled


@pytest.mark.parametrize(
    ("channels", "width", "expected"),
    [
        (32, 1.0, 32),
        (32, 0.35, 16),  # 11.2: the near 8 is more than 10 % below
        (24, 0.5, 16),  # 12 lies between 8 and 16: up
        (16, 0.1, 8),  # never below 8
        (1280, 1.4, 1792),
        (24, 1.1, 24),  # 26.4: 24 is 9 % below
    ],
)
def test_channels_are_multiples_of_eight(channels, width, expected):
    assert scaled(channels, width) == expected


@pytest.mark.parametrize(
    ("halvings", "expected"),
    [(3, [2, 1, 2, 2]), (2, [1, 1, 2, 2]), (1, [1, 1, 1, 2]), (0, [1, 1, 1, 1])],
)
def test_early_strides_are_given_up_first(halvings, expected):
    assert remaining_strides([2, 1, 2, 2], halvings) == expected
