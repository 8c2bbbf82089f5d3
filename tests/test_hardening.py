"""SECURITY_HARDENING.md and README.md stay true: what they name exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROWS = [
    [cell.strip() for cell in line.strip("| \n").split(" | ")]
    for line in (ROOT / "SECURITY_HARDENING.md").read_text().splitlines()
    if line.startswith("| ") and not line.startswith(("| Measure", "|---"))
]
QUOTED = re.compile(r"`([^`]+)`")


def is_path(text: str) -> bool:
    return "/" in text or "." in text


def found(text: str) -> Path:
    """A path from the root, or of a file of tests/web that is named shortly."""
    paths = [ROOT / text, ROOT / "tests" / "web" / text]
    return next((path for path in paths if path.exists()), paths[0])


def missing_from(cell: str, pattern: str) -> list[str]:
    """What a cell names and the tree does not have. A word stands for something in the file before
    it, in the form of `pattern`."""
    missing, text = [], ""
    for name in QUOTED.findall(cell):
        if is_path(name):
            path = found(name)
            missing += [] if path.exists() else [name]
            text = path.read_text() if path.is_file() else ""
        elif not re.search(pattern.format(re.escape(name)), text):
            missing.append(name)
    return missing


def test_the_table_was_read() -> None:
    assert len(ROWS) > 30
    assert {len(row) for row in ROWS} <= {2, 3}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_what_a_row_names_exists(row: list[str]) -> None:
    *code, tests = row[1:]
    assert QUOTED.findall(tests)
    assert missing_from(tests, r"def (test_)?\w*{}") == []
    assert missing_from(" ".join(code), r"def {}\b") == []


def test_a_name_that_does_not_exist_is_found() -> None:
    assert missing_from("`web/guards.py` `limit_body`", r"def {}\b") == []
    assert missing_from("`web/guards.py` `limit_bodies`", r"def {}\b") == ["limit_bodies"]
    assert missing_from("`web/gards.py`", r"def {}\b") == ["web/gards.py"]


@pytest.mark.parametrize(
    "page", ["README.md", "DEPLOY_RENDER.md", "SECURITY_HARDENING.md", "CHANGELOG.md"]
)
def test_links_lead_somewhere(page: str) -> None:
    links = re.findall(r"\]\(([^)]+)\)", (ROOT / page).read_text())
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []
