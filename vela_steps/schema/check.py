"""Check data against a JSON Schema and say what is wrong in words for the person who wrote the data.

An interpreter of the keywords below, because a hook has 100 ms for everything: importing jsonschema-rs takes 30 ms
of them and fastjsonschema 20 ms. It also reports all violations and knows what an unknown field may have meant.

Limitations: draft-07 keywords listed in `KEYWORDS` only, references only inside the schema, no formats. A schema
with another keyword is refused (`UnknownKeyword`) rather than half checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from vela_steps.schema.words import allowed, kind_of, nearest, show

Route = tuple[str | int, ...]
Schema = Mapping[str, Any] | bool


class Violation(NamedTuple):
    """One way in which data breaks a schema.

    `route` leads to the value, or to the key itself where `at_key` (an unknown field); `keyword` is the
    schema's keyword that is broken.
    """

    route: Route
    keyword: str
    message: str
    cure: str = ""
    at_key: bool = False


class UnknownKeyword(ValueError):  # noqa: N818 - it names the thing, as KeyError does
    """A schema uses a keyword that is not checked here: the schema is at fault, not the data."""


class _Checker:
    def __init__(self, root: Mapping[str, Any]) -> None:
        self.root = root

    def check(self, value: Any, schema: Schema, route: Route) -> Iterator[Violation]:
        if schema is True:
            return
        if schema is False:
            yield Violation(route, "false", "must not be given here", at_key=True)
            return
        if "$ref" in schema:
            yield from self.check(value, self.resolve(schema["$ref"]), route)
            return
        for keyword in schema:
            handler = KEYWORDS.get(keyword, _unknown)
            if handler is not None:
                violations = list(handler(self, value, schema, route))
                yield from violations
                if keyword == "type" and violations:
                    return  # whatever else the schema says is about another type

    def fits(self, value: Any, schema: Schema) -> bool:
        return next(self.check(value, schema, ()), None) is None

    def resolve(self, reference: str) -> Any:
        node: Any = self.root
        for part in reference.removeprefix("#").strip("/").split("/"):
            node = node[part.replace("~1", "/").replace("~0", "~")] if part else node
        return node


def check(value: Any, schema: Mapping[str, Any]) -> list[Violation]:
    """All violations of `schema` in `value` (plain data: dict, list, str, int, float, bool, None)."""
    return list(_Checker(schema).check(value, schema, ()))


def _unknown(_: _Checker, __: Any, schema: Mapping[str, Any], route: Route) -> Iterator[Violation]:
    unknown = [keyword for keyword in schema if keyword not in KEYWORDS]
    raise UnknownKeyword(f"schema for {route}: {', '.join(unknown)}")


def _type(_: _Checker, value: Any, schema: Mapping[str, Any], route: Route) -> Iterator[Violation]:
    types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    found = kind_of(value)
    if found not in types and not (found == "integer" and "number" in types):
        wanted = " or ".join(show(name) for name in types)
        cure = 'write it in quotes: "…"' if types == ["string"] and found in ("boolean", "integer", "number") else ""
        yield Violation(route, "type", f"must be {wanted}, not {show(found)}", cure)


def _const(_: _Checker, value: Any, schema: Mapping[str, Any], route: Route) -> Iterator[Violation]:
    if not _same(value, schema["const"]):
        yield Violation(route, "const", f"must be {schema['const']}, not {_brief(value)}")


def _enum(_: _Checker, value: Any, schema: Mapping[str, Any], route: Route) -> Iterator[Violation]:
    if not any(_same(value, choice) for choice in schema["enum"]):
        choices = [str(choice) for choice in schema["enum"]]
        yield Violation(
            route, "enum", f"{_brief(value)} is not one of {allowed(choices)}", nearest(str(value), choices)
        )


def _pattern(_: _Checker, value: Any, schema: Mapping[str, Any], route: Route) -> Iterator[Violation]:
    if isinstance(value, str) and not re.search(schema["pattern"], value):
        says = schema.get("patternErrorMessage") or f"text that matches {schema['pattern']}"
        yield Violation(route, "pattern", f"{_brief(value)} must be {says}")


def _required(_: _Checker, value: Any, schema: Mapping[str, Any], route: Route) -> Iterator[Violation]:
    if isinstance(value, dict):
        for name in schema["required"]:
            if name not in value:
                yield Violation((*route, name), "required", "is missing")


def _additional(checker: _Checker, value: Any, schema: Mapping[str, Any], route: Route) -> Iterator[Violation]:
    if not isinstance(value, dict):
        return
    known = schema.get("properties", {})
    patterns = schema.get("patternProperties", {})
    rest = schema["additionalProperties"]
    for key in value:
        if key in known or any(re.search(pattern, key) for pattern in patterns):
            continue
        if rest is False:
            names = sorted(known)
            cure = nearest(key, names)
            yield Violation(
                (*route, key), "additionalProperties", f"no such field; allowed: {allowed(names)}", cure, True
            )
        else:
            yield from checker.check(value[key], rest, (*route, key))


def _properties(checker: _Checker, value: Any, schema: Mapping[str, Any], route: Route) -> Iterator[Violation]:
    if isinstance(value, dict):
        for name, inner in schema["properties"].items():
            if name in value:
                yield from checker.check(value[name], inner, (*route, name))


def _pattern_properties(checker: _Checker, value: Any, schema: Mapping[str, Any], route: Route) -> Iterator[Violation]:
    if isinstance(value, dict):
        for pattern, inner in schema["patternProperties"].items():
            for key in value:
                if re.search(pattern, key):
                    yield from checker.check(value[key], inner, (*route, key))


def _items(checker: _Checker, value: Any, schema: Mapping[str, Any], route: Route) -> Iterator[Violation]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from checker.check(item, schema["items"], (*route, index))


def _all_of(checker: _Checker, value: Any, schema: Mapping[str, Any], route: Route) -> Iterator[Violation]:
    for branch in schema["allOf"]:
        yield from checker.check(value, branch, route)


def _any_of(checker: _Checker, value: Any, schema: Mapping[str, Any], route: Route) -> Iterator[Violation]:
    if not any(checker.fits(value, branch) for branch in schema["anyOf"]):
        yield from _no_branch(checker, value, schema["anyOf"], route, "anyOf")


def _one_of(checker: _Checker, value: Any, schema: Mapping[str, Any], route: Route) -> Iterator[Violation]:
    fitting = [branch for branch in schema["oneOf"] if checker.fits(value, branch)]
    if not fitting:
        yield from _no_branch(checker, value, schema["oneOf"], route, "oneOf")
    elif len(fitting) > 1:
        names = _fields(fitting)
        what = f"only one of {allowed(names)} may be given" if names else "fits more than one of the allowed forms"
        yield Violation(route, "oneOf", what)


def _no_branch(
    checker: _Checker, value: Any, branches: list[Schema], route: Route, keyword: str
) -> Iterator[Violation]:
    """Why no branch fits: by the names where the branches differ in those, else by the branch that comes nearest."""
    names = _fields(branches)
    if names:
        yield Violation(route, keyword, f"one of {allowed(names)} must be given")
        return
    failures = [list(checker.check(value, branch, route)) for branch in branches]
    yield from min(failures, key=lambda found: (any(one.route == route for one in found), len(found)))


def _fields(branches: list[Schema]) -> list[str]:
    """The field names where each branch says nothing but which fields it requires."""
    names = [branch.get("required") for branch in branches if isinstance(branch, Mapping)]
    only = all(isinstance(branch, Mapping) and set(branch) <= {"required", "description"} for branch in branches)
    return [" and ".join(fields) for fields in names if fields] if only and all(names) else []


def _not(checker: _Checker, value: Any, schema: Mapping[str, Any], route: Route) -> Iterator[Violation]:
    if checker.fits(value, schema["not"]):
        inner = schema["not"]
        names = inner.get("required") if isinstance(inner, Mapping) and set(inner) == {"required"} else None
        yield Violation(
            route, "not", f"{' and '.join(names)} exclude each other" if names else "must not be given here"
        )


def _if(checker: _Checker, value: Any, schema: Mapping[str, Any], route: Route) -> Iterator[Violation]:
    branch = "then" if checker.fits(value, schema["if"]) else "else"
    yield from checker.check(value, schema.get(branch, True), route)


def _bound(name: str, broken: Callable[[Any, Any], bool], says: str) -> Handler:
    def handler(_: _Checker, value: Any, schema: Mapping[str, Any], route: Route) -> Iterator[Violation]:
        if broken(value, schema[name]):
            yield Violation(route, name, says.format(schema[name]))

    return handler


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(value: Any, other: Any) -> bool:
    return bool(value == other) and isinstance(value, bool) == isinstance(other, bool)


def _brief(value: Any) -> str:
    text = f'"{value}"' if isinstance(value, str) else "null" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _repeats(value: Any, wanted: Any) -> bool:
    return bool(wanted) and isinstance(value, list) and any(item in value[:at] for at, item in enumerate(value))


Handler = Callable[[_Checker, Any, Mapping[str, Any], Route], Iterator[Violation]]

KEYWORDS: dict[str, Handler | None] = {
    "type": _type,
    "const": _const,
    "enum": _enum,
    "pattern": _pattern,
    "required": _required,
    "properties": _properties,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional,
    "items": _items,
    "allOf": _all_of,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "not": _not,
    "if": _if,
    "minLength": _bound("minLength", lambda v, n: isinstance(v, str) and len(v) < n, "must not be empty"),
    "maxLength": _bound("maxLength", lambda v, n: isinstance(v, str) and len(v) > n, "is longer than {} characters"),
    "minItems": _bound("minItems", lambda v, n: isinstance(v, list) and len(v) < n, "needs at least {} item(s)"),
    "maxItems": _bound("maxItems", lambda v, n: isinstance(v, list) and len(v) > n, "takes at most {} item(s)"),
    "uniqueItems": _bound("uniqueItems", _repeats, "says the same twice"),
    "minProperties": _bound(
        "minProperties", lambda v, n: isinstance(v, dict) and len(v) < n, "needs at least {} field(s)"
    ),
    "maxProperties": _bound(
        "maxProperties", lambda v, n: isinstance(v, dict) and len(v) > n, "takes at most {} field(s)"
    ),
    "minimum": _bound("minimum", lambda v, n: _number(v) and v < n, "must be at least {}"),
    "maximum": _bound("maximum", lambda v, n: _number(v) and v > n, "must be at most {}"),
    "exclusiveMinimum": _bound("exclusiveMinimum", lambda v, n: _number(v) and v <= n, "must be more than {}"),
    "exclusiveMaximum": _bound("exclusiveMaximum", lambda v, n: _number(v) and v >= n, "must be less than {}"),
    # said to people and editors, or parts of another keyword
    **dict.fromkeys(
        ("$schema", "$id", "$comment", "title", "description", "markdownDescription", "default", "examples")
    ),
    **dict.fromkeys(("definitions", "$defs", "then", "else", "patternErrorMessage", "deprecated", "format")),
}
