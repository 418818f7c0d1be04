"""The OpenAPI description as a page for people: no script, and nothing from elsewhere. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #ccc } h3 { margin: 1.8rem 0 .2rem }
code, pre { font: 14px/1.4 ui-monospace, monospace; background: #f4f4f4; padding: .1em .3em }
pre { padding: .7em; overflow-x: auto } b { min-width: 4em; display: inline-block }
td { padding: .1rem 1rem .1rem 0; vertical-align: top } table { border-collapse: collapse }
@media (prefers-color-scheme: dark) {
  body { background: #161616; color: #ddd } code, pre { background: #262626 } a { color: #8bf }
}
"""
METHODS = ("get", "post", "put", "delete")


def page(openapi: Mapping[str, Any], address: str) -> str:
    """Return the page; `address` is where the API is asked, for its examples."""
    told = openapi["info"]
    body = "".join(_groups(openapi, address))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(told["title"])}</title>'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/docs.css">'
        f"<h1>{escape(told['title'])}: control API</h1><p>{_words(told['description'])}</p>"
        f'<p>For programs: <a href="/openapi.json">openapi.json</a></p>{body}</html>'
    )


def _groups(openapi: Mapping[str, Any], address: str) -> Iterator[str]:
    group = ""
    for path, methods in openapi["paths"].items():
        for method in METHODS:
            if (one := methods.get(method)) is None:
                continue
            if one["tags"][0] != group:
                group = one["tags"][0]
                yield f"<h2>{escape(group)}</h2>"
            yield f"<h3><code><b>{method.upper()}</b> {escape(path)}</code></h3>"
            yield f"<p>{_words(one.get('description', ''))}</p>{_keys(openapi, one)}"
            yield f"<pre>{escape(_example(openapi, address, path, method, one))}</pre>"


def _keys(openapi: Mapping[str, Any], one: Mapping[str, Any]) -> str:
    rows = [
        (key["name"], _kind(key["schema"]), key.get("description", "")) for key in one.get("parameters", ())
    ]
    rows += [
        (name, _kind(field), field.get("description", ""))
        for name, field in _body(openapi, one).get("properties", {}).items()
    ]
    cells = "".join(
        f"<tr><td><code>{escape(name)}</code><td>{escape(kind)}<td>{_words(about)}"
        for name, kind, about in rows
    )
    return f"<table>{cells}</table>" if cells else ""


def _example(openapi: Mapping[str, Any], address: str, path: str, method: str, one: Mapping[str, Any]) -> str:
    words = ["curl", "-H", '"Authorization: Bearer $TOKEN"']
    if "health" in one["tags"]:
        words = ["curl"]
    if method != "get":
        words += ["-X", method.upper()]
    if fields := _body(openapi, one).get("properties"):
        required = _body(openapi, one).get("required", ())
        shown = ", ".join(f'"{name}": ...' for name in fields if name in required)
        words += ["--json", f"'{{{shown}}}'"]
    return " ".join([*words, f"{address}{path}"])


def _body(openapi: Mapping[str, Any], one: Mapping[str, Any]) -> Mapping[str, Any]:
    schema = one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    found: Mapping[str, Any] = openapi["components"]["schemas"].get(name, {})
    return found


def _kind(schema: Mapping[str, Any]) -> str:
    kinds = [part.get("type", "") for part in schema.get("anyOf", ())] or [schema.get("type", "")]
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    return " or ".join(kind for kind in kinds if kind)


def _words(text: str) -> str:
    """Write a description, with what stands in backquotes as code."""
    parts = escape(" ".join(text.split())).split("`")
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))
