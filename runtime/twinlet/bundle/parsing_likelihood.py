"""Strict reading of what one file's similarities are worth as evidence."""

from itertools import pairwise

from twinlet.bundle.fields import Fields, as_number, wrong
from twinlet.encodings import Pairing
from twinlet.likelihood import MAX_KNOTS, MAX_LOG_RATIO, Knots, Likelihood

_MAX_CLLR = 100.0  # bits; ratios within e ** 50 cost at most 73
_ROUNDING = 1e-9  # relative; a cost computed elsewhere may differ in its last digits


def parse_likelihood(fields: Fields) -> dict[Pairing, Likelihood]:
    """Take log-likelihood ratios for every pairing of encodings.

    Raises:
        BundleError: A pairing or a key is missing, unknown or wrong; the message names it.
    """
    found = {pairing: _likelihood(fields.child(pairing)) for pairing in Pairing}
    fields.close()
    return found


def _likelihood(fields: Fields) -> Likelihood:
    likelihood = Likelihood(
        method=fields.text("method"),
        knots=_knots(fields),
        mated=fields.integer("mated", 1),
        non_mated=fields.integer("non_mated", 1),
        cllr=fields.number("cllr", 0.0, _MAX_CLLR),
        cllr_min=fields.number("cllr_min"),
    )
    fields.close()
    if likelihood.cllr_min > likelihood.cllr * (1 + _ROUNDING) + _ROUNDING:
        at_most = f"at most the file's cllr, {likelihood.cllr:g}"
        raise wrong(fields.path("cllr_min"), at_most, likelihood.cllr_min)
    return likelihood


def _knots(fields: Fields) -> Knots:
    where = fields.path("knots")
    values = fields.items("knots")
    if not 1 <= len(values) <= MAX_KNOTS:
        raise wrong(where, f"1 to {MAX_KNOTS} pairs", values)
    knots = tuple(_knot(value, f"{where}[{index}]") for index, value in enumerate(values))
    for index, (low, high) in enumerate(pairwise(knots), start=1):
        if not (low[0] < high[0] and low[1] <= high[1]):
            rising = "a rising similarity and a log ratio that does not fall"
            raise wrong(f"{where}[{index}]", rising, list(high))
    return knots


def _knot(value: object, where: str) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise wrong(where, "[similarity, log ratio]", value)
    similarity, ratio = value
    return (
        as_number(similarity, where, 0.0, 1.0),
        as_number(ratio, where, -MAX_LOG_RATIO, MAX_LOG_RATIO),
    )
