"""The JSON Schema says what the reader does, as far as a schema can."""

import json

import pytest

from twinlet.bundle.names import FILE_NAMES
from twinlet.bundle.schema import manifest_schema

jsonschema = pytest.importorskip("jsonschema")


@pytest.fixture
def validator():
    schema = manifest_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture
def values(bundle):
    return json.loads(bundle.read("manifest.json"))


def test_it_accepts_what_the_writer_writes(validator, values):
    validator.validate(values)


def test_it_accepts_layers_in_float_and_nothing_that_is_no_object(validator, values):
    file = values["files"]["onnx-fp32"]
    file["mixed"] = {"summary": "what was found", "kept": []}
    validator.validate(values)
    file["mixed"] = "what was found"
    assert not validator.is_valid(values)


def test_it_knows_the_same_files():
    assert manifest_schema()["properties"]["files"]["propertyNames"]["enum"] == list(FILE_NAMES)


OPTIONAL = {"compact"}  # bundles of before int8 templates lack it


def test_it_accepts_a_bundle_of_before_int8_templates(validator, values):
    for file in values["files"].values():
        del file["compact"]
    validator.validate(values)


def every_object(values, path=()):
    """The paths of all objects whose keys are fixed."""
    free = {"provenance", "parity", "evaluation", "curves", "left_out", "refused"}
    open_ended = {"files", "entries", "similarities", "decisions"}
    if isinstance(values, dict) and not (path and path[-1] in open_ended):
        yield path
    children = values.items() if isinstance(values, dict) else enumerate(values)
    for key, value in children:
        if key not in free and isinstance(value, dict | list):
            yield from every_object(value, (*path, key))


def at(values, path):
    for key in path:
        values = values[key]
    return values


def test_every_object_is_strict(validator, values):
    paths = list(every_object(values))
    assert ("files", "onnx-fp32", "calibration") in paths
    assert ("files", "onnx-fp32", "compact", "int8") in paths
    for path in paths:
        found = at(values, path)
        found["novelty"] = 1
        assert not validator.is_valid(values), path
        del found["novelty"]
        for key in set(found) - OPTIONAL:
            kept = dict(found)
            del found[key]
            assert not validator.is_valid(values), (path, key)
            found.clear()
            found.update(kept)
    validator.validate(values)


def test_other_sizes_are_optional_and_strict(validator, sized_forge):
    values = json.loads(sized_forge.entries["manifest.json"])
    validator.validate(values)
    first = values["golden"]["sources"][0]
    for change in ({"channels": 2}, {"height": 0}, {"probe": -1}, {"novelty": 1}):
        values["golden"]["sources"][0] = {**first, **change}
        assert not validator.is_valid(values), change
    for key in first:
        values["golden"]["sources"][0] = {k: v for k, v in first.items() if k != key}
        assert not validator.is_valid(values), key
    values["golden"]["sources"] = []
    assert not validator.is_valid(values)
    del values["golden"]["sources"]
    validator.validate(values)


def test_log_likelihood_ratios_are_optional_and_strict(validator, weighed_forge):
    values = json.loads(weighed_forge.entries["manifest.json"])
    validator.validate(values)
    ratios = values["files"]["onnx-fp32"]["likelihood"]
    knots = ratios["int8"]["knots"]
    for wrong in ([], [[0.5]], [[0.5, 1.0, 2.0]], [[1.5, 0.0]], [[0.5, 51.0]], knots * 17):
        ratios["int8"]["knots"] = wrong
        assert not validator.is_valid(values), wrong
    ratios["int8"]["knots"] = knots
    for holder in (ratios, ratios["int8"]):
        for key in list(holder):
            kept = holder.pop(key)
            assert not validator.is_valid(values), key
            holder[key] = kept
        holder["novelty"] = 1
        assert not validator.is_valid(values)
        del holder["novelty"]
    validator.validate(values)
