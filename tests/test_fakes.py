"""The stand-ins of the pages' tests offer what the real modules offer, under the same names.

Else a page could call a method that only the stand-in has, and its tests would pass.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.layering.script_rules import without

ROOT = Path(__file__).resolve().parent.parent
REAL = ROOT / "static/js/state"
FAKES = ROOT / "tests/browser/look/fakes"

EXPORT = re.compile(r"^export (?:async )?(?:function|const|class|let) (\w+)", re.MULTILINE)
# A method, or a field that is a function: two spaces in, not private.
METHOD = re.compile(
    r"^  (?:async )?(\w+)(?:\([^\n]*\) \{$| = (?:async )?\([^\n]*\) =>)", re.MULTILINE
)
NOT_METHODS = {"constructor", "if", "for", "while", "switch", "catch"}
OPENED_WITH = {"open"}  # `openMessenger` calls it, and it gives what it made to the page
DRIVEN_BY_TESTS = {"receive", "end"}  # what the network would do
PAGES = ("pages", "ui")


def exports(source: str) -> set[str]:
    return set(EXPORT.findall(without(source, "comment", "string", "template")))


def methods(source: str) -> set[str]:
    code = without(source, "comment", "string", "template")
    return set(METHOD.findall(code)) - NOT_METHODS


def read(folder: Path, name: str) -> str:
    return (folder / f"{name}.js").read_text("utf-8")


def imported_by_pages(name: str) -> set[str]:
    """What the pages take out of the module."""
    named = re.compile(rf"import \{{([^}}]*)\}} from '\.\./state/{name}\.js'")
    found = [each for folder in PAGES for each in (REAL.parent / folder).glob("*.js")]
    lists = [names for page in found for names in named.findall(page.read_text("utf-8"))]
    return {each.strip() for names in lists for each in names.split(",") if each.strip()}


@pytest.mark.parametrize("name", ["account", "messenger"])
def test_a_stand_in_exports_what_pages_take_and_nothing_else(name: str) -> None:
    real, fake = exports(read(REAL, name)), exports(read(FAKES, name))
    assert imported_by_pages(name)
    assert imported_by_pages(name) <= fake <= real


def test_the_messenger_and_its_stand_in_have_the_same_methods() -> None:
    real, fake = methods(read(REAL, "messenger")), methods(read(FAKES, "messenger"))
    assert len(real) > 12
    assert real - OPENED_WITH == fake - DRIVEN_BY_TESTS


@pytest.mark.parametrize("method", ["setVerified", "on", "logOut"])
def test_a_renamed_method_would_be_noticed(method: str) -> None:
    source = read(REAL, "messenger")
    renamed = re.sub(rf"^  (async )?{method}\(", r"  \1renamed(", source, flags=re.MULTILINE)
    assert renamed != source
    assert methods(source) - methods(renamed) == {method}
    assert methods(renamed) != methods(read(FAKES, "messenger"))
