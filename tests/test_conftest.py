"""Shows that browser tests are skipped aloud where there is no browser, and run elsewhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

BROWSER_TESTS = """
import pytest

def test_by_fixture(chromium_path):
    assert chromium_path

@pytest.mark.browser
def test_by_mark():
    pass

def test_of_something_else():
    pass
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "tests").mkdir()
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path / "tests")
    (tmp_path / "tests" / "test_browser.py").write_text(BROWSER_TESTS, encoding="utf-8")
    return tmp_path


def run(project: Path, chromium: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", *arguments]
    environment = os.environ | {"CHROMIUM_PATH": chromium}
    return subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, check=False
    )


def test_without_chromium_the_summary_says_in_capitals_what_was_not_checked(project: Path) -> None:
    result = run(project, "/nowhere/chromium")
    assert result.returncode == 0, result.stdout
    assert "1 passed, 2 skipped" in result.stdout
    assert "2 BROWSER TEST(S) SKIPPED" in result.stdout


def test_with_chromium_browser_tests_run_and_nothing_is_said(project: Path) -> None:
    result = run(project, sys.executable)
    assert "3 passed" in result.stdout
    assert "SKIPPED" not in result.stdout


def test_what_needs_a_browser_can_be_left_out(project: Path) -> None:
    result = run(project, "/nowhere/chromium", "-m", "not browser")
    assert "1 passed, 2 deselected" in result.stdout
    assert "SKIPPED" not in result.stdout


def test_a_marker_that_nobody_declared_is_refused(project: Path) -> None:
    test = "import pytest\n\n@pytest.mark.broswer\ndef test_a(): pass\n"
    (project / "tests" / "test_typo.py").write_text(test, encoding="utf-8")
    assert run(project, sys.executable).returncode != 0


def test_a_warning_is_an_error(project: Path) -> None:
    test = "import warnings\n\ndef test_a(): warnings.warn('old')\n"
    (project / "tests" / "test_warning.py").write_text(test, encoding="utf-8")
    assert "1 failed" in run(project, sys.executable).stdout
