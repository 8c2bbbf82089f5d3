"""The pages keep their word: what they name exists, and the API's page has every code."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import services.refusals
import web.bodies
import web.problems
from errors import CryptexqError

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = (
    "bench", "client", "crypto", "docs", "services", "static", "store", "templates", "tests",
    "tools", "web",
)  # fmt: skip
TEXTS = {".css", ".html", ".js", ".md", ".mjs", ".py", ".toml", ".yaml"}
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)(?:#[^)]*)?\)")
DECISION = re.compile(r"\b[Dd]ecisions?[ /](\d{4})\b")
PAGE = re.compile(r"(?<![\w/.-])((?:[\w-]+/)*[A-Z][A-Z_]+\.md)\b")
PROTOCOL = re.compile(r"\bPROTOCOL(?:\.md)?`?,? (?:sections? )?(\d+(?:\.\d+)?)\b")
# An administrator reads it at start. It never travels.
NOT_SENT = {"config"}


def texts(root: Path) -> Iterator[Path]:
    yield from (path for path in root.iterdir() if path.suffix in TEXTS)
    for folder in FOLDERS:
        found = (root / folder).rglob("*")
        yield from (path for path in found if path.suffix in TEXTS and "vendor" not in path.parts)


def dangling_links(root: Path) -> list[str]:
    pages = [path for path in texts(root) if path.suffix == ".md"]
    return [
        f"{page.relative_to(root)}: {target}"
        for page in pages
        for target in LINK.findall(page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]


def dangling_decisions(root: Path) -> list[str]:
    there = {path.name[:4] for path in (root / "docs/decisions").glob("*.md")}
    return _missing(root, DECISION, lambda number, _: number in there)


def dangling_pages(root: Path) -> list[str]:
    places = (root, root / "docs")

    def exists(name: str, at: Path) -> bool:
        return any((place / name).is_file() for place in (*places, at.parent))

    return _missing(root, PAGE, exists)


def dangling_sections(root: Path) -> list[str]:
    page = (root / "docs/PROTOCOL.md").read_text("utf-8")
    there = set(re.findall(r"^##+ (\d+(?:\.\d+)?)", page, re.MULTILINE))
    return _missing(root, PROTOCOL, lambda number, _: number in there)


def _missing(root: Path, named: re.Pattern[str], exists: Callable[[str, Path], bool]) -> list[str]:
    return [
        f"{path.relative_to(root)}: {name}"
        for path in texts(root)
        if path != Path(__file__)
        for name in named.findall(path.read_text("utf-8"))
        if not exists(name, path)
    ]


CHECKS = [dangling_links, dangling_decisions, dangling_pages, dangling_sections]
PLANTED = {
    dangling_links: "see [there](gone.md#part) and [here](a.py)",
    dangling_decisions: "see decision 0099",
    dangling_pages: "see docs/DESIGN.md",
    dangling_sections: "see PROTOCOL, section 9.9",
}


@pytest.mark.parametrize("check", CHECKS)
def test_everything_that_is_named_exists(check: Callable[[Path], list[str]]) -> None:
    assert check(ROOT) == []


@pytest.mark.parametrize("check", CHECKS)
def test_what_does_not_exist_is_found(check: Callable[[Path], list[str]], tmp_path: Path) -> None:
    (tmp_path / "docs" / "decisions").mkdir(parents=True)
    (tmp_path / "docs" / "decisions" / "0001-a.md").write_text("decision 0001 [up](../../a.py)")
    (tmp_path / "docs" / "PROTOCOL.md").write_text("## 1. A\n### 1.1 B\nPROTOCOL, 1.1\n")
    (tmp_path / "a.py").write_text('"""docs/PROTOCOL.md, section 1."""')
    assert check(tmp_path) == []
    (tmp_path / "b.md").write_text(PLANTED[check])
    assert len(check(tmp_path)) == 1


def test_nothing_refers_to_a_page_that_is_not_here() -> None:
    assert _missing(ROOT, re.compile(r"\bDESIGN\b(?!\.md)"), lambda *_: False) == []


# -- codes --------------------------------------------------------------------


def errors_of(root: type[CryptexqError]) -> Iterator[type[CryptexqError]]:
    yield root
    for each in root.__subclasses__():
        yield from errors_of(each)


def ours() -> list[type[CryptexqError]]:
    """Those of tests are not the product's."""
    modules = {"errors", services.refusals.__name__, web.problems.__name__, web.bodies.__name__}
    found = [each for each in errors_of(CryptexqError) if not each.__module__.startswith("tests.")]
    assert {each.__module__ for each in found} == modules, "say in errors.py what lives where"
    return found


def test_every_code_is_in_the_page_of_the_api() -> None:
    page = (ROOT / "docs/API.md").read_text("utf-8")
    codes = {each.code for each in ours()} - NOT_SENT
    assert len(codes) > 35
    assert {code for code in codes if f"`{code}`" not in page} == set()


def test_a_code_is_one_class() -> None:
    """But for the roots, whose code is the one of what has no class of its own."""
    codes = [each.code for each in ours() if "code" in vars(each)]
    assert len(set(codes)) == len(codes)
