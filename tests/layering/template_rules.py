"""Owns the rules of templates/: nothing in a page that the Content-Security-Policy would refuse."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

from tests.layering.report import Problem, Report, examine

# An expression stands for text, a statement for nothing. Both keep their line breaks.
JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
UNESCAPED = re.compile(r"\|\s*safe\b|\bautoescape\s+false\b|\bMarkup\s*\(")


def _neutral(match: re.Match[str]) -> str:
    filler = "x" if match[0].startswith("{{") else " "
    return filler + "\n" * match[0].count("\n")


class _Page(HTMLParser):
    """Collects what is inline in one template."""

    def __init__(self) -> None:
        super().__init__()
        self.problems: list[Problem] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        if tag == "style":
            self._refuse("an inline <style>")
        if tag == "script" and "src" not in names:
            self._refuse("an inline <script>")
        for name, value in attrs:
            self._attribute(name, value or "")

    def _attribute(self, name: str, value: str) -> None:
        if name == "style":
            self._refuse("an inline style")
        if name.startswith("on"):
            self._refuse(f"an inline handler, {name}")
        if value.strip().lower().startswith("javascript:"):
            self._refuse(f"a script in {name}")

    def _refuse(self, what: str) -> None:
        self.problems.append((self.getpos()[0], what))


def nothing_inline(root: Path) -> Report:
    """No script, style or handler inside a page, and nothing that switches escaping off."""

    def check(path: Path) -> list[Problem]:
        source = path.read_text(encoding="utf-8")
        page = _Page()
        page.feed(JINJA.sub(_neutral, source))
        page.close()
        unescaped = [
            (source.count("\n", 0, m.start()) + 1, f"{m[0]} switches escaping off")
            for m in UNESCAPED.finditer(source)
        ]
        return page.problems + unescaped

    return examine(root, ("templates",), (".html", ".svg", ".xml"), check)
