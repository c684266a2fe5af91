import argparse

import pytest

from twinlet.commands import arguments


@pytest.mark.parametrize("text", ["0.01", "1e-3", ".5"])
def test_rates_above_0_are_taken(text):
    assert arguments.fmr(text) == float(text)


def test_nobody_wants_to_let_most_strangers_in():
    with pytest.raises(argparse.ArgumentTypeError, match=r"FMR must be at most 0.5, got 0.6"):
        arguments.fmr("0.6")
    assert arguments.fpir("0.6") == 0.6


@pytest.mark.parametrize("text", ["0", "1", "2", "-0.1", "nan", "inf", "-inf"])
def test_other_numbers_are_no_rates(text):
    message = r"the target FPIR must lie strictly between 0 and 1, got .*; 1 percent is written"
    with pytest.raises(argparse.ArgumentTypeError, match=message):
        arguments.fpir(text)


@pytest.mark.parametrize("text", ["", "abc", "1%", "0,01"])
def test_what_is_no_number_is_said_to_be_none(text):
    with pytest.raises(argparse.ArgumentTypeError, match="expected a number strictly between"):
        arguments.fmr(text)


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "many", ""])
def test_a_count_is_a_whole_number_from_1(text):
    assert arguments.count("7") == 7
    with pytest.raises(argparse.ArgumentTypeError, match=f"at least 1, got '{text}'"):
        arguments.count(text)


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.5, "50 %"), (0.123456, "12.35 %"), (1e-5, "0.001 %"), (1.0, "100 %"), (0.0, "0 %")],
)
def test_a_person_reads_percent(share, text):
    assert arguments.percent(share) == text


@pytest.mark.parametrize("text", ["-1", "nan", "inf", "soon", ""])
def test_a_time_is_a_number(text):
    assert arguments.minutes("0.5") == arguments.minutes_or_none("0.5") == 0.5
    with pytest.raises(argparse.ArgumentTypeError, match=f"a number above 0, got '{text}'"):
        arguments.minutes(text)
    with pytest.raises(argparse.ArgumentTypeError, match=f"minutes, 0 or more, got '{text}'"):
        arguments.minutes_or_none(text)


def test_no_time_at_all_is_a_choice_where_it_says_so():
    assert arguments.minutes_or_none("0") == 0.0
    with pytest.raises(argparse.ArgumentTypeError, match="a number above 0, got '0'"):
        arguments.minutes("0")


def test_a_finite_number():
    assert arguments.finite("-1.5") == -1.5
    for text in ("nan", "inf", "-inf", "one", ""):
        with pytest.raises(argparse.ArgumentTypeError, match=f"a finite number, got '{text}'"):
            arguments.finite(text)
