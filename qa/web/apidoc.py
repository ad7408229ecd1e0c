"""The API's documentation page, made from its OpenAPI document: plain HTML, nothing loaded from elsewhere."""

from __future__ import annotations

import json
from html import escape
from typing import Any

_STYLE = """
:root{color-scheme:light dark}
body{font:1rem/1.7 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem}
h2{margin-top:2.2rem;font-size:1.15rem}code,pre{font-family:ui-monospace,Consolas,monospace;font-size:.9rem}
pre{padding:.8rem 1rem;border:1px solid #8c959f;border-radius:8px;overflow-x:auto;white-space:pre-wrap}
table{border-collapse:collapse}td,th{text-align:start;padding:.15rem 1rem .15rem 0;vertical-align:top}
"""


def document_api(openapi: dict[str, Any]) -> str:
    """Return the page for an OpenAPI document."""
    info = openapi["info"]
    base = openapi["servers"][0]["url"]
    parts = [
        f"<h1>{escape(info['title'])}</h1><p>{escape(info['description'])}</p>",
        f'<p>机器可读的描述：<a href="openapi.json">{escape(base)}/openapi.json</a>。'
        "错误一律是 application/problem+json，带稳定的 code。</p>",
    ]
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            parts.append(_operation(f"{method.upper()} {base}{path}", operation, openapi))
    body = "\n".join(parts)
    return (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(info['title'])}</title><style>{_STYLE}</style></head><body>{body}</body></html>"
    )


def _operation(name: str, operation: dict[str, Any], openapi: dict[str, Any]) -> str:
    parts = [f"<h2>{escape(operation['summary'])}</h2><pre>{escape(name)}</pre>"]
    if operation.get("description"):
        parts.append(f"<p>{escape(operation['description'])}</p>")
    for parameter in operation.get("parameters", []):
        needed = "必填" if parameter.get("required") else "可不填"
        about = escape(parameter.get("description", ""))
        parts.append(f"<p><code>{escape(parameter['name'])}</code>（{needed}）{about}</p>")
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        parts.append(f"<p>正文：{escape(kind)}</p>{_fields(content.get('schema', {}), openapi)}")
        example = content.get("example", _first_example(content))
        if example is not None:
            text = example if isinstance(example, str) else json.dumps(example, ensure_ascii=False)
            parts.append(f"<pre>{escape(text)}</pre>")
    rows = "".join(
        f"<tr><td>{escape(status)}</td><td>{escape(response['description'])}</td></tr>"
        for status, response in operation["responses"].items()
    )
    return "".join(parts) + f"<table><tr><th>状态</th><th>含义</th></tr>{rows}</table>"


def _first_example(content: dict[str, Any]) -> Any:
    examples = content.get("examples") or content.get("schema", {}).get("examples")
    if isinstance(examples, dict):
        return next(iter(examples.values())).get("value")
    return examples[0] if examples else None


def _fields(schema: dict[str, Any], openapi: dict[str, Any]) -> str:
    reference = schema.get("$ref", "").rpartition("/")[2]
    properties = openapi["components"]["schemas"].get(reference, schema).get("properties", {})
    return "".join(f"<code>{escape(name)}</code> " for name in properties)
