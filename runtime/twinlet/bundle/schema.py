"""The manifest's JSON Schema, for people who write or read bundles in another language."""

import json
from importlib.resources import files
from typing import Any


def manifest_schema() -> dict[str, Any]:
    """Give the JSON Schema (draft 2020-12) of `manifest.json`.

    The reader does not need it: `twinlet.bundle.parsing` checks more than a schema can say.
    """
    text = files("twinlet.bundle").joinpath("manifest.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema
