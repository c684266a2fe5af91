"""Limits of the parity gate from a file: checked, with reasons, the rest as usual."""

from dataclasses import fields, replace

import pytest

from twinlet import InvalidInputError
from twinlet_export.limits import RANGES, read_limits, set_by_user
from twinlet_export.settings import PARITY_LIMITS, ParityLimits


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "limits.toml"
        path.write_text(text)
        return path

    return write


def test_what_is_not_named_stays(written):
    limits = read_limits(
        written('[int8]\nmore_misses = -0.01\ncosine_median = 1\nreason = "gates at a door"\n')
    )
    usual = PARITY_LIMITS["int8"]
    own = dict.fromkeys(("more_misses", "cosine_median"), "gates at a door")
    changed = replace(usual, more_misses=-0.01, cosine_median=1, own=own)
    assert dict(limits) == {**PARITY_LIMITS, "int8": changed}
    assert usual.more_misses == 0.05
    assert changed.reason_for("more_misses") == "gates at a door"
    assert changed.reason_for("agreement") == usual.reason
    assert set_by_user(limits) == {
        "int8": {
            "more_misses": {"value": -0.01, "reason": "gates at a door"},
            "cosine_median": {"value": 1, "reason": "gates at a door"},
        }
    }
    assert set_by_user(PARITY_LIMITS) == {}


def test_every_number_can_be_set():
    numbers = {f.name for f in fields(ParityLimits)} - {"reason", "own"}
    assert set(RANGES) == numbers


def test_every_usual_limit_has_a_reason():
    assert all(limits.reason.strip() for limits in PARITY_LIMITS.values())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[int4]\n", r"unknown table 'int4'; expected a precision of files: fp32, fp16"),
        ("int8 = 3\n", r"int8 = 3 stands under no table; write \[PRECISION\] above, one of fp32"),
        (
            '[int8]\nmisses = 0.1\nreason = "x"',
            r"\[int8\]: unknown key 'misses'; expected cosine_m",
        ),
        (
            '[int8]\nagreement = 1.5\nreason = "x"',
            "agreement must be a number from 0 to 1, got 1.5",
        ),
        ('[int8]\nagreement = -0.1\nreason = "x"', "from 0 to 1, got -0.1"),
        ('[int8]\ncosine_p01 = -2\nreason = "x"', "from -1 to 1, got -2"),
        ('[int8]\nmore_misses = nan\nreason = "x"', "got nan"),
        ('[int8]\nmore_misses = true\nreason = "x"', "got True"),
        ('[int8]\nmore_misses = "0.1"\nreason = "x"', "got '0.1'"),
        ("[int8]\nmore_misses = 0.1\n", "other limits than usual need a reason"),
        ('[int8]\nmore_misses = 0.1\nreason = " "', "need a reason"),
        ("[int8]\nreason = 3\n", "need a reason"),
        ("[int8\n", "limits.toml is not a TOML file"),
    ],
)
def test_what_makes_no_limits(written, text, message):
    with pytest.raises(InvalidInputError, match=message):
        read_limits(written(text))


def test_a_missing_file(tmp_path):
    with pytest.raises(InvalidInputError, match=r"cannot read the configuration .*none.toml"):
        read_limits(tmp_path / "none.toml")
