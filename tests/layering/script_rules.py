"""Owns the rules of static/js: pages -> ui, net, state -> crypto, and text that stays text."""

from __future__ import annotations

import re
from pathlib import Path

from tests.layering.report import Problem, Report, examine

SCRIPTS = "static/js"
# The three in the middle work side by side; nothing imports upward.
MIDDLE = {"net", "state", "ui"}
MAY_IMPORT = {
    "crypto": {"crypto"},
    "net": MIDDLE | {"crypto"},
    "pages": MIDDLE | {"crypto", "pages"},
    "state": MIDDLE | {"crypto"},
    "ui": MIDDLE | {"crypto"},
}
CRYPTO_VENDOR = {"argon2.js", "noble.js"}

IMPORT = re.compile(
    r"""(?:\bfrom|\bimport)\s*(?:\(\s*)?(?P<quote>['"])(?P<path>[^'"]+)(?P=quote)"""
    r"""|\bimport\s*\((?P<computed>)(?!\s*['"])"""
)

# What crypto/ may not touch: the page, the network, storage, the clock, and randomness of its own.
OUTSIDE = re.compile(
    r"\b(document|window|globalThis(?!\.crypto\.subtle\b)|self|navigator|location|history|fetch|XMLHttpRequest|WebSocket"
    r"|EventSource|indexedDB|localStorage|sessionStorage|caches|postMessage|Worker|console"
    r"|Date|performance|setTimeout|setInterval|getRandomValues|randomUUID|randomBytes)\b"
    r"|\bMath\s*\.\s*random\b"
)
MARKUP = re.compile(
    r"\b(innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|createContextualFragment|srcdoc"
    r"|parseFromString)\b|\bdocument\s*\.\s*write(ln)?\b|(?<![\w.$])eval\b|\bnew\s+Function\b"
    r"|(?<![\w.$])Function\s*\("
)

# Comments, strings, templates and regular expressions, each of which hides the others' delimiters.
# A slash opens a regular expression only where no value stands before it.
VALUE_BEFORE = r"(?:\A|(?<=[(,=:\[!&|?{};+\-*%~^<>\n])|(?<=return))[ \t]*"
TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)"""
    r"""|(?P<string>'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")"""
    r"""|(?P<template>`(?:\\.|[^`\\])*`)"""
    r"""|(?P<regexp>"""
    + VALUE_BEFORE
    + r"""/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/)""",
    re.DOTALL,
)


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def without(source: str, *kinds: str) -> str:
    """The source with tokens of these kinds blanked out, every line where it was."""
    return TOKEN.sub(lambda m: _blank(m[0]) if m.lastgroup in kinds else m[0], source)


def _line(source: str, offset: int) -> int:
    return source.count("\n", 0, offset) + 1


def _found(pattern: re.Pattern[str], source: str, why: str) -> list[Problem]:
    return [(_line(source, m.start()), f"{m[0].strip()} {why}") for m in pattern.finditer(source)]


def directions(root: Path) -> Report:
    """Modules import downward, by a relative path to a file that exists."""

    def check(path: Path) -> list[Problem]:
        layer = _layer(root, path)
        if layer not in MAY_IMPORT:
            return [(1, f"static/js has no layer {layer}: name it in the layers first")]
        source = without(path.read_text(encoding="utf-8"), "comment")
        found = [(_line(source, m.start()), m["path"]) for m in IMPORT.finditer(source)]
        problems = [(line, _refusal(root, path, layer, target)) for line, target in found]
        return [(line, why) for line, why in problems if why]

    return examine(root, (SCRIPTS,), (".js",), check)


def _layer(root: Path, path: Path) -> str:
    return path.relative_to(root / SCRIPTS).parts[0]


def _refusal(root: Path, path: Path, layer: str, target: str | None) -> str:
    if target is None:
        return "imports what it computes"
    if not target.startswith("."):
        return f"{target} is no relative path, and browsers know no other"
    file = (path.parent / target).resolve()
    if not file.is_file():
        return f"{target} does not exist"
    return _refused_file(root.resolve(), layer, file)


def _refused_file(root: Path, layer: str, file: Path) -> str:
    if file.parent == root / "static" / "vendor":
        refused = layer == "crypto" and file.name not in CRYPTO_VENDOR
        return f"crypto must not import {file.name}" if refused else ""
    if not file.is_relative_to(root / SCRIPTS):
        return f"{file.name} is not part of {SCRIPTS}"
    allowed = _layer(root, file) in MAY_IMPORT[layer]
    return "" if allowed else f"{layer} must not import {_layer(root, file)}/{file.name}"


def crypto_is_pure(root: Path) -> Report:
    """crypto/ computes; randomness, time and keys are arguments."""

    def check(path: Path) -> list[Problem]:
        code = without(path.read_text(encoding="utf-8"), "comment", "string", "regexp")
        return _found(OUTSIDE, code, "has no place in crypto")

    return examine(root, (f"{SCRIPTS}/crypto",), (".js",), check)


def no_markup_from_text(root: Path) -> Report:
    """Nothing that a person typed can become markup or code. Strings count: el['innerHTML']."""

    def check(path: Path) -> list[Problem]:
        code = without(path.read_text(encoding="utf-8"), "comment", "regexp")
        return _found(MARKUP, code, "can turn text into markup or code")

    return examine(root, (SCRIPTS,), (".js",), check)
