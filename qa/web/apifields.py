"""The OpenAPI document in Chinese: what each type and each field is, from fields.toml."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources
from typing import Any

from fastapi import FastAPI

_DONE = "Successful Response"  # what FastAPI calls a success


@functools.cache
def load_fields() -> dict[str, dict[str, str]]:
    """Return what the fields of each type are; under "" what the type is."""
    return tomllib.loads((resources.files("qa.web") / "fields.toml").read_text("utf-8"))


def document_fields(api: FastAPI) -> None:
    """Put Chinese descriptions in the place of what is made of the code's own words."""
    plain = api.openapi

    def openapi() -> dict[str, Any]:
        made = plain()
        for name, schema in made["components"]["schemas"].items():
            _describe(schema, load_fields().get(name, {}))
        for methods in made["paths"].values():
            for operation in methods.values():
                for response in operation["responses"].values():
                    if response["description"] == _DONE:
                        response["description"] = "成功"
        return made

    api.openapi = openapi  # type: ignore[method-assign]


def _describe(schema: dict[str, Any], fields: dict[str, str]) -> None:
    schema.pop("title", None)
    schema["description"] = fields.get("", "")
    for name, field in schema.get("properties", {}).items():
        field.pop("title", None)
        field["description"] = fields.get(name, "")
