"""Keeps the house in order: which part may import which, and what each may never touch.

Every rule runs on this tree, and on small trees that differ from a lawful one by one planted line.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.layering import python_rules, script_rules, template_rules
from tests.layering.report import Rule

ROOT = Path(__file__).resolve().parent.parent

RULES: dict[str, Rule] = {
    "python directions": python_rules.directions,
    "python framework": python_rules.framework,
    "python server is blind": python_rules.server_is_blind,
    "python crypto is pure": python_rules.crypto_is_pure,
    "python environment": python_rules.environment,
    "python runtime": python_rules.runtime_is_secret,
    "script directions": script_rules.directions,
    "script crypto is pure": script_rules.crypto_is_pure,
    "script markup": script_rules.no_markup_from_text,
    "templates": template_rules.nothing_inline,
}

# A small house in which every rule has something to read and nothing to say.
LAWFUL = {
    "app.py": "import os\nimport eventlet\nfrom config import Config\nos.environ['A'] = 'b'\n",
    "client/bot.py": "from crypto import epoch\nfrom errors import AppError\n",
    "config.py": "import os\nPORT = os.environ.get('PORT')\n",
    "crypto/__init__.py": "",
    "crypto/aead.py": "from crypto.labels import KEY\nimport hmac\n",
    "crypto/chain.py": "",
    "crypto/epoch.py": "from crypto import aead, chain\n",
    "crypto/labels.py": "KEY = 32\n",
    "errors.py": "",
    "services/__init__.py": "",
    "services/messages.py": "from crypto import aead\nfrom store import base\nimport errors\n",
    "store/base.py": "from errors import AppError\n",
    "web/api.py": "import flask\nfrom services import messages\nURL = environ['PATH_INFO']\n",
    "static/js/crypto/aead.js": "import '../../vendor/noble.js';\nglobalThis.crypto.subtle.sign();",
    "static/js/crypto/kem.js": "// the document says: fetch a Date\nconst WHY = 'window';\n",
    "static/js/net/socket.js": "import { io } from '../../vendor/socket.io.js';\n",
    "static/js/pages/talk.js": "import '../ui/thread.js';\nimport '../crypto/kem.js';\n",
    "static/js/state/book.js": "import { a } from '../net/socket.js';\nconst slash = /['\"`]/;\n",
    "static/js/ui/thread.js": "// never innerHTML\nrow.textContent = 'x';\n",
    "static/vendor/noble.js": "",
    "static/vendor/socket.io.js": "",
    "templates/talk.html": "<p class={{ x|e }}>a</p><script src='{{ u('a') }}'></script>",
    "templates/base.html": "{# <style> #}<html {% if a %}lang='en'{% endif %}></html>",
}

# rule, file, its planted content, words of the complaint
PLANTED = [
    ("python directions", "services/messages.py", "import web.api", "services must not import web"),
    ("python directions", "services/messages.py", "from config import Config", "import config"),
    ("python directions", "store/base.py", "from services import messages", "import services"),
    ("python directions", "store/base.py", "from crypto import aead", "import crypto"),
    ("python directions", "store/base.py", "from ..services import messages", "import services"),
    ("python directions", "crypto/aead.py", "from errors import AppError", "import errors"),
    ("python directions", "client/bot.py", "import services.messages", "import services"),
    ("python directions", "client/bot.py", "from store import base", "import store"),
    ("python directions", "web/api.py", "import store.base", "web must not import store"),
    ("python directions", "web/api.py", "import config", "web must not import config"),
    ("python directions", "web/api.py", "def f():\n    import app", "web must not import app"),
    ("python directions", "web/api.py", "import_module('store.base')", "web must not import store"),
    ("python directions", "web/api.py", "__import__(name)", "web must not import ?"),
    ("python directions", "errors.py", "import crypto.aead", "errors must not import crypto"),
    ("python framework", "services/messages.py", "from flask import g", "belongs in web/"),
    ("python framework", "store/base.py", "import flask_limiter", "belongs in web/"),
    ("python server is blind", "services/messages.py", "from crypto import epoch", "crypto.epoch"),
    ("python server is blind", "web/api.py", "from crypto.chain import step", "crypto.chain"),
    ("python server is blind", "web/api.py", "from crypto import chain as c", "crypto.chain"),
    ("python server is blind", "crypto/aead.py", "import crypto.epoch", "aead -> crypto.epoch"),
    (
        "python server is blind",
        "crypto/__init__.py",
        "from . import chain",
        "crypto -> crypto.chain",
    ),
    ("python server is blind", "crypto/aead.py", "from .chain import step", "crypto.chain"),
    ("python crypto is pure", "crypto/aead.py", "import os", "os is not pure"),
    ("python crypto is pure", "crypto/aead.py", "from secrets import token_bytes", "secrets"),
    ("python crypto is pure", "crypto/aead.py", "import time", "time is not pure"),
    ("python crypto is pure", "crypto/aead.py", "import random", "random is not pure"),
    ("python crypto is pure", "crypto/aead.py", "import logging", "logging is not pure"),
    ("python crypto is pure", "crypto/aead.py", "import socket", "socket is not pure"),
    ("python crypto is pure", "crypto/aead.py", "from flask import g", "is not pure"),
    ("python crypto is pure", "crypto/aead.py", "open('key')", "open()"),
    ("python crypto is pure", "crypto/aead.py", "import_module(name)", "? is not pure"),
    ("python environment", "web/api.py", "import os\nos.environ['A']", "only config.py"),
    ("python environment", "web/api.py", "import os\nos.environ['A'] = 'b'", "only config.py"),
    ("python environment", "app.py", "import os\nos.getenv('A')", "only config.py"),
    ("python environment", "app.py", "import os\nx = os.environ['A']", "only config.py"),
    ("python environment", "services/messages.py", "from os import environ", "only config.py"),
    ("python runtime", "web/api.py", "import eventlet", "name the runtime"),
    ("python runtime", "deploy/run.sh", "gunicorn -k eventlet", "name the runtime"),
    ("python runtime", "render.yaml", "start: Eventlet", "name the runtime"),
    (
        "script directions",
        "static/js/crypto/kem.js",
        "import '../net/socket.js';",
        "must not import",
    ),
    ("script directions", "static/js/ui/thread.js", "import a from '../pages/talk.js';", "pages/"),
    (
        "script directions",
        "static/js/net/socket.js",
        "export { a } from '../pages/talk.js'",
        "pages/",
    ),
    ("script directions", "static/js/net/socket.js", "await import('../pages/talk.js')", "pages/"),
    ("script directions", "static/js/net/socket.js", "await import(name)", "what it computes"),
    ("script directions", "static/js/net/socket.js", "import './gone.js'", "does not exist"),
    ("script directions", "static/js/net/socket.js", "import 'lodash'", "no relative path"),
    ("script directions", "static/js/net/socket.js", "import '../../../app.py'", "is not part of"),
    (
        "script directions",
        "static/js/crypto/kem.js",
        "import '../../vendor/socket.io.js'",
        "socket.io",
    ),
    ("script directions", "static/js/odd/a.js", "", "has no layer odd"),
    ("script crypto is pure", "static/js/crypto/kem.js", "document.title", "document has no place"),
    ("script crypto is pure", "static/js/crypto/kem.js", "await fetch(url)", "fetch has no place"),
    ("script crypto is pure", "static/js/crypto/kem.js", "indexedDB.open('a')", "indexedDB"),
    ("script crypto is pure", "static/js/crypto/kem.js", "window.localStorage", "localStorage"),
    (
        "script crypto is pure",
        "static/js/crypto/kem.js",
        "const a = Date.now()",
        "Date has no place",
    ),
    ("script crypto is pure", "static/js/crypto/kem.js", "Math.random()", "Math.random"),
    ("script crypto is pure", "static/js/crypto/kem.js", "globalThis.crypto", "globalThis"),
    ("script crypto is pure", "static/js/crypto/kem.js", "crypto.getRandomValues(a)", "Random"),
    ("script crypto is pure", "static/js/crypto/kem.js", "return /'/; fetch(b) // '", "fetch"),
    ("script crypto is pure", "static/js/crypto/kem.js", "const a = `${Date.now()}`;", "Date"),
    ("script crypto is pure", "static/js/crypto/kem.js", "/'/.test(a); fetch(b) // '", "fetch"),
    ("script markup", "static/js/ui/thread.js", "row.innerHTML = text;", "innerHTML"),
    ("script markup", "static/js/ui/thread.js", "row['innerHTML'] = text;", "innerHTML"),
    (
        "script markup",
        "static/js/ui/thread.js",
        "row.insertAdjacentHTML(a, b);",
        "insertAdjacentHTML",
    ),
    ("script markup", "static/js/ui/thread.js", "document.write(text);", "document.write"),
    ("script markup", "static/js/pages/talk.js", "eval(text);", "eval"),
    ("script markup", "static/js/pages/talk.js", "new Function(text)();", "new Function"),
    ("templates", "templates/talk.html", "<script>let a;</script>", "inline <script>"),
    ("templates", "templates/talk.html", "<style>p {}</style>", "inline <style>"),
    (
        "templates",
        "templates/talk.html",
        "\n<p style='color: red'>",
        "talk.html:2: an inline style",
    ),
    (
        "templates",
        "templates/talk.html",
        "<p {% if a %}ONCLICK='b()'{% endif %}>",
        "handler, onclick",
    ),
    ("templates", "templates/talk.html", "<a href=' JavaScript:b()'>", "a script in href"),
    ("templates", "templates/talk.html", "{{ name|safe }}", "switches escaping off"),
    ("templates", "templates/partials/a.html", "<script>let a;</script>", "inline <script>"),
]

FOLDERS = {
    "python directions": "services",
    "python framework": "store",
    "python server is blind": "services",
    "python crypto is pure": "crypto",
    "python environment": "web",
    "script directions": "static/js",
    "script crypto is pure": "static/js/crypto",
    "script markup": "static/js",
    "templates": "templates",
}


def plant(root: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return root


@pytest.mark.parametrize("name", RULES)
def test_this_tree_keeps_the_rule(name: str) -> None:
    report = RULES[name](ROOT)
    assert not report.violations, "\n".join(report.violations)


@pytest.mark.parametrize("name", RULES)
def test_a_lawful_tree_passes_and_is_read(name: str, tmp_path: Path) -> None:
    report = RULES[name](plant(tmp_path, LAWFUL))
    assert report.violations == ()
    assert report.examined > 0


@pytest.mark.parametrize(("name", "file", "content", "complaint"), PLANTED)
def test_a_planted_violation_is_caught(
    name: str, file: str, content: str, complaint: str, tmp_path: Path
) -> None:
    report = RULES[name](plant(tmp_path, LAWFUL | {file: content}))
    assert any(complaint in violation for violation in report.violations), report


def test_every_rule_is_shown_to_catch_something() -> None:
    assert {name for name, *_ in PLANTED} == set(RULES)


@pytest.mark.parametrize("name", RULES)
def test_a_tree_without_the_folder_passes(name: str, tmp_path: Path) -> None:
    assert RULES[name](tmp_path).violations == ()


@pytest.mark.parametrize(("name", "folder"), FOLDERS.items())
def test_a_rule_that_finds_nothing_to_read_in_its_folder_fails(
    name: str, folder: str, tmp_path: Path
) -> None:
    report = RULES[name](plant(tmp_path, {f"{folder}/README.txt": "moved"}))
    assert report.examined == 0
    assert any("nothing there" in violation for violation in report.violations)
