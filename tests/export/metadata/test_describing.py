"""What is said of a file."""

import json


def test_the_text_names_what_a_client_needs(describe):
    text = describe("litert-fp32").text
    for part in ("uint8 RGB pixels to 24 numbers", "1 - arccos(dot product) / pi", "0.01 to 0.1"):
        assert part in text


def test_the_calibration_is_json_with_every_point(describe):
    found = json.loads(describe("onnx-int8").calibration_json)
    assert (found["bundle_id"], found["file"]) == ("b" * 64, "onnx-int8")
    assert [point["threshold"] for point in found["calibration"]["curve"]] == [0.7, 0.6]
