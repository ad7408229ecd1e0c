"""The API's documentation page, made from its OpenAPI document: plain HTML, nothing loaded from elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from qa.web.scripts import lighter_css, root_style

_STYLE = root_style() + lighter_css("""
body{margin:2rem auto;padding:0 1rem;max-width:60rem;background:var(--sq-page);color:var(--sq-text);font:1rem/1.7 var(--sq-sans)}
h1{font-size:var(--sq-title)}h3{margin:1.25rem 0 .25rem;font-size:1rem}a{color:var(--sq-link)}
h2{margin-top:2.5rem;font-size:var(--sq-large);border-top:1px solid var(--sq-line);padding-top:1.25rem}
code,pre{font-family:ui-monospace,Consolas,monospace;font-size:var(--sq-middle)}.method{font-weight:700;margin-inline-end:.5rem}
pre{padding:.75rem 1rem;border:1px solid var(--sq-line);border-radius:var(--sq-round);white-space:pre-wrap;overflow-wrap:anywhere;background:var(--sq-soft)}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}
td,th{text-align:start;padding:.375rem .75rem .375rem 0;vertical-align:top;border-bottom:1px solid var(--sq-line)}
th{font-weight:600;white-space:nowrap}td:nth-child(-n+3){white-space:nowrap}td:nth-child(3):last-child{white-space:normal}
nav ul{columns:2;padding-inline-start:1.25rem}@media(max-width:40rem){nav ul{columns:1}td:nth-child(2){white-space:normal}}
""")
_QUOTED = re.compile(r"`([^`]+)`")
_PLACES = {"path": "地址", "query": "查询串", "header": "请求头"}
_TYPES = {
    "string": "文字",
    "integer": "整数",
    "number": "数",
    "boolean": "是否",
    "object": "对象",
    "null": "null",
}


def document_api(openapi: dict[str, Any]) -> str:
    """Return the page for an OpenAPI document."""
    info = openapi["info"]
    base = openapi["servers"][0]["url"]
    operations = [
        (f"op-{number}", method.upper(), path, operation)
        for number, (path, method, operation) in enumerate(_operations(openapi))
    ]
    links = [f'<a href="#{key}">{escape(o["summary"])}</a>' for key, _, _, o in operations]
    parts = [
        f"<h1>{escape(info['title'])}</h1><p>{_said(info['description'])}</p>",
        f'<p>机器可读的描述：<a href="openapi.json">{escape(base)}/openapi.json</a>。'
        "错误一律是 application/problem+json，带固定的 code。</p>",
        f'<nav aria-label="接口"><ul>{"".join(f"<li>{link}</li>" for link in links)}'
        '<li><a href="#types">数据类型</a></li></ul></nav>',
        *(_operation(key, method, base + path, o, openapi) for key, method, path, o in operations),
        f'<h2 id="types">数据类型</h2>{"".join(_types(openapi))}',
    ]
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(info['title'])}</title><style>{_STYLE}</style></head><body><main>{''.join(parts)}</main></body></html>"
    )


def _operations(openapi: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _operation(key: str, method: str, path: str, operation: dict[str, Any], openapi: dict[str, Any]) -> str:
    parts = [
        f'<h2 id="{key}">{escape(operation["summary"])}</h2>'
        f'<pre><span class="method">{escape(method)}</span>{escape(path)}</pre>'
    ]
    if operation.get("description"):
        parts.append(f"<p>{_said(operation['description'])}</p>")
    if parameters := operation.get("parameters", []):
        rows = [
            (_code(p["name"]), _PLACES.get(p["in"], ""), _needed(bool(p.get("required"))), _said(p.get("description", "")))
            for p in parameters
        ]  # fmt: skip
        parts.append(f"<h3>参数</h3>{_table(('名称', '在哪里', '', '说明'), rows)}")
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        parts.append(f"<h3>正文（{escape(kind)}）</h3>{_content(content, openapi)}")
        example = content.get("example", _first_example(content))
        if example is not None:
            text = example if isinstance(example, str) else json.dumps(example, ensure_ascii=False, indent=2)
            parts.append(f"<p>例：</p><pre>{escape(text)}</pre>")
    answers = [
        (escape(status), _said(response["description"]), _answers(response))
        for status, response in sorted(operation["responses"].items())
    ]
    parts.append(f"<h3>返回</h3>{_table(('状态', '含义', '内容'), answers)}")
    good = [r for status, r in operation["responses"].items() if status.startswith("2")]
    told = [_content(content, openapi) for r in good for content in r.get("content", {}).values()]
    parts += [f"<h3>返回的字段</h3>{fields}" for fields in told if fields]
    return "".join(parts)


def _answers(response: dict[str, Any]) -> str:
    kinds = (_type(content.get("schema", {})) for content in response.get("content", {}).values())
    return "、".join(kind for kind in kinds if kind)


def _content(content: dict[str, Any], openapi: dict[str, Any]) -> str:
    """Return the fields of what is sent or returned, of each one where it is a list; empty where it has none."""
    schema = content.get("schema", {})
    schema = schema.get("items", schema)
    schema = openapi["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], schema)
    return _fields(schema) if schema.get("properties") else ""


def _types(openapi: dict[str, Any]) -> Iterator[str]:
    for name, schema in sorted(openapi["components"]["schemas"].items()):
        yield f'<h3 id="{escape(name)}">{escape(name)}</h3><p>{_said(schema.get("description", ""))}</p>'
        if schema.get("properties"):
            yield _fields(schema)


def _fields(schema: dict[str, Any]) -> str:
    needed = schema.get("required", [])
    rows = [
        (_code(name), _type(field), _needed(name in needed), _said(field.get("description", "")))
        for name, field in schema["properties"].items()
    ]
    return _table(("字段", "类型", "", "说明"), rows)


def _needed(needed: bool) -> str:
    return "必有" if needed else "可无"


def _type(schema: dict[str, Any]) -> str:
    """Return a type in words, links to those with fields."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return " 或 ".join(_type(one) for one in schema[several])
    if "enum" in schema or "const" in schema:
        return " 或 ".join(_code(str(value)) for value in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        inner = [_type(one) for one in schema.get("prefixItems", [])] or [_type(schema.get("items", {}))]
        return f"{'、'.join(inner)} 的列表"
    return _TYPES.get(schema.get("type", ""), "")


def _said(text: str) -> str:
    """Return an explanation as HTML; what stands in backticks is code."""
    return _QUOTED.sub(r"<code>\1</code>", escape(text))


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table; the cells are HTML already."""
    top = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def _first_example(content: dict[str, Any]) -> Any:
    examples = content.get("examples") or content.get("schema", {}).get("examples")
    if isinstance(examples, dict):
        return next(iter(examples.values())).get("value")
    return examples[0] if examples else None
