"""Holds static/vendor/ to its lock file: what browsers run is what the pinned packages contain."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
MODULES = json.loads((VENDOR / "lock.json").read_text(encoding="utf-8"))["modules"]
CHECK = ("node", "tools/vendor/vendor.mjs", "check")

needs_packages = pytest.mark.skipif(
    not (ROOT / "node_modules").is_dir() or shutil.which("node") is None,
    reason="rebuilding needs node, and the packages: npm ci --ignore-scripts",
)


def rebuild_check(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*CHECK, folder], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(VENDOR, tmp_path / "vendor"))


def test_the_lock_names_every_module() -> None:
    assert sorted(MODULES) == sorted(path.name for path in VENDOR.glob("*.js"))
    assert MODULES


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_what_the_lock_says(name: str) -> None:
    content = (VENDOR / name).read_bytes()
    digest = base64.b64encode(hashlib.sha384(content).digest()).decode()
    assert MODULES[name]["sha384"] == f"sha384-{digest}"
    assert MODULES[name]["size"] == len(content)


def test_the_lock_agrees_with_the_package_lock() -> None:
    installed = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for module in MODULES.values():
        for name, version in module["packages"].items():
            assert installed[f"node_modules/{name}"]["version"] == version


def test_every_package_brings_its_licence() -> None:
    licences = (VENDOR / "LICENSES.txt").read_text(encoding="utf-8")
    for module in MODULES.values():
        for name, version in module["packages"].items():
            assert f"{name} {version}\n" in licences


@pytest.mark.parametrize("name", MODULES)
def test_no_module_asks_for_a_source_map(name: str) -> None:
    assert "sourceMappingURL" not in (VENDOR / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", MODULES)
def test_no_module_makes_code_or_markup_of_text(name: str) -> None:
    text = (VENDOR / name).read_text(encoding="utf-8")
    # Socket.IO looks for the global object this way where there is neither `self` nor `window`.
    # No browser gets there, and our policy would refuse it.
    text = text.replace('"undefined"!=typeof window?window:Function("return this")()', "")
    assert not re.findall(r"\beval\(|\bFunction\(\"|innerHTML|document\.write", text)


def test_the_package_lock_names_no_registry() -> None:
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text(encoding="utf-8")


@needs_packages
def test_rebuilding_gives_the_same_bytes() -> None:
    result = rebuild_check(VENDOR)
    assert result.returncode == 0, result.stderr


@needs_packages
def test_the_rebuild_check_sees_a_changed_byte(copy: Path) -> None:
    module = copy / "noble.js"
    module.write_bytes(module.read_bytes() + b" ")
    result = rebuild_check(copy)
    assert result.returncode == 1
    assert "noble.js differs" in result.stderr


@needs_packages
def test_the_rebuild_check_sees_a_missing_and_a_foreign_file(copy: Path) -> None:
    (copy / "argon2.js").rename(copy / "stranger.js")
    result = rebuild_check(copy)
    assert result.returncode == 1
    assert "argon2.js is missing" in result.stderr
    assert "stranger.js does not come from any package" in result.stderr
