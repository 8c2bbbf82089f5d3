"""Static files: one version in front of all of them, compressed once, nothing else served."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
from flask import Flask

from tests.layering.script_rules import TOKEN
from tests.web.visitor import Visitor
from web import assets
from web.assets import Assets
from web.house import house_of

SCRIPT = "export const greeting = 'hello';\n" * 40


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "static"
    (folder / "js").mkdir(parents=True)
    (folder / "js" / "a.js").write_text(SCRIPT)
    (folder / "secret.pem").write_text("not for anybody")
    return folder


def test_the_address_changes_with_any_file(root: Path) -> None:
    first = assets.read(root).version
    assert assets.read(root).version == first
    (root / "js" / "b.js").write_text("1")
    second = assets.read(root).version
    (root / "js" / "b.js").rename(root / "js" / "c.js")
    third = assets.read(root).version
    assert len({first, second, third}) == 3


def test_only_known_kinds_of_files_are_read(root: Path) -> None:
    assert set(assets.read(root).files) == {"js/a.js"}


def test_a_file_that_does_not_exist_has_no_address(root: Path) -> None:
    found = Assets(root, live=False)
    assert found.url("js/a.js") == f"/static/{found.snapshot.version}/js/a.js"
    with pytest.raises(LookupError):
        found.url("js/b.js")


def test_a_module_names_all_that_it_needs_once_and_what_waits_is_not_among_it(root: Path) -> None:
    (root / "vendor").mkdir()
    sources = {
        "js/top.js": "import { b,\n  c } from './b.js';\nimport '../vendor/v.js';\n",
        "js/b.js": "export { d } from './d.js';\nconst late = () => import('./late.js');\n",
        "js/d.js": "import { b } from './b.js'; // a circle ends\nimport '../vendor/v.js';\n",
        "js/late.js": "export const at = './a.js';\nexport async function open() {\n"
        "  const one = await import('./a.js');\n  return `import './a.js'`;\n}\n",
        "vendor/v.js": "export {};\n",
    }
    for name, source in sources.items():
        (root / name).write_text(source)
    found = Assets(root, live=False)
    wanted = ["js/b.js", "vendor/v.js", "js/d.js"]
    assert found.imports("js/top.js") == [found.url(name) for name in wanted]
    assert found.imports("js/late.js") == []
    (root / "js" / "top.js").write_text("import './gone.js';\n")
    with pytest.raises(LookupError):
        Assets(root, live=False).imports("js/top.js")


def test_development_sees_changes_and_production_does_not(root: Path) -> None:
    live, fixed = Assets(root, live=True), Assets(root, live=False)
    before = live.url("js/a.js")
    assert fixed.url("js/a.js") == before
    (root / "js" / "a.js").write_text("changed")
    os.utime(root / "js" / "a.js", ns=(1, 1))
    assert live.url("js/a.js") != before
    assert fixed.url("js/a.js") == before


def test_a_file_is_served_compressed_to_those_who_take_it(app: Flask) -> None:
    visitor = Visitor(app)
    path = house_of(app).assets.url("vendor/noble.js")
    plain = visitor.get(path)
    small = visitor.get(path, headers={"Accept-Encoding": "br, gzip;q=0.8"})
    refused = visitor.get(path, headers={"Accept-Encoding": "gzip;q=0"})

    assert "Content-Encoding" not in plain.headers
    assert "Content-Encoding" not in refused.headers
    assert small.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.data) == plain.data == refused.data
    assert len(small.data) < len(plain.data) / 2
    for answer in (plain, small):
        assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert answer.headers["Vary"] == "Accept-Encoding"
    assert "Set-Cookie" not in plain.headers


@pytest.mark.parametrize(
    "name", ["../config.py", "..%2fconfig.py", "js/../../config.py", "/etc/passwd", ".gitignore"]
)
def test_nothing_outside_is_served(app: Flask, name: str) -> None:
    version = house_of(app).assets.snapshot.version
    answer = Visitor(app).get(f"/static/{version}/{name}", follow_redirects=True)
    assert answer.status_code == 404


OURS = sorted((Path(__file__).resolve().parents[2] / "static").glob("[cj]s*/**/*.[cj]s*"))


def test_comments_on_lines_of_their_own_are_left_out() -> None:
    script = b"// why\nlet a = 1; // stays\n/**\n * What it is.\n */\nlet b = 2;\n"
    assert assets.served("js/a.js", script) == b"\nlet a = 1; // stays\n\n\n\nlet b = 2;\n"
    assert assets.served("vendor/a.js", script) == script
    assert assets.served("img/a.svg", b"<!-- a -->\n// b") == b"<!-- a -->\n// b"


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_nothing_but_comments_is_left_out(path: Path) -> None:
    """What is left of the served file without comments is what is left of the source."""
    source = path.read_bytes()
    served = assets.served(f"js/{path.name}", source).decode()
    assert code(served) == code(source.decode())


def code(source: str) -> list[str]:
    bare = TOKEN.sub(lambda token: "" if token.lastgroup == "comment" else token[0], source)
    return bare.split()
