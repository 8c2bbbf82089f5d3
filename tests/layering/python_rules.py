"""Owns the import directions of the Python tree: app -> web -> services -> {store, crypto}."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.layering.report import Problem, Report, examine, sources

PARTS = ("app.py", "client", "config.py", "crypto", "errors.py", "services", "store", "web")
LAYERS = {Path(part).stem for part in PARTS}

MAY_IMPORT = {
    "app": LAYERS,
    "client": {"crypto", "errors"},
    "config": {"errors"},
    "crypto": set(),
    "errors": set(),
    "services": {"crypto", "errors", "store"},
    "store": {"errors"},
    "web": {"crypto", "errors", "services"},
}

# Where the secrets of a conversation live. The server has no way to them.
PLAINTEXT = {"crypto.epoch", "crypto.chain"}
SERVER = ("services", "web")

# Reads no clock, draws no randomness, opens nothing. What is not here needs a reason to come in.
PURE = {
    "__future__", "abc", "base64", "binascii", "bisect", "collections", "contextlib",
    "cryptography", "dataclasses", "enum", "fractions", "functools", "hashlib", "heapq", "hmac",
    "itertools", "json", "math", "operator", "re", "string", "struct", "types", "typing",
    "unicodedata",
}  # fmt: skip
IMPURE_CALLS = {"breakpoint", "compile", "eval", "exec", "input", "open", "print"}
FRAMEWORK = re.compile(r"flask(_\w+)?$")

Import = tuple[int, str]  # line, dotted name


def module_name(root: Path, path: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(root: Path, path: Path) -> Iterator[Import]:
    """Every module that a file imports, wherever in the file; what it computes is "?"."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(root, path, node)
            # `from crypto import epoch` names a module only in its second half.
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and _last_name(node.func) in {
            "import_module",
            "__import__",
        }:
            yield node.lineno, _constant(node.args[0]) if node.args else "?"


def _constant(node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else "?"


def _absolute(root: Path, path: Path, node: ast.ImportFrom) -> str:
    if node.level == 0:
        return node.module or ""
    package = path.relative_to(root).parent.parts
    above = package[: len(package) - node.level + 1]
    return ".".join([*above, *([node.module] if node.module else [])])


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def directions(root: Path) -> Report:
    """Each part of the product imports only the parts below it."""

    def check(path: Path) -> list[Problem]:
        here = module_name(root, path).split(".")[0]
        return [
            (line, f"{here} must not import {name}")
            for line, name in imports(root, path)
            if name == "?" or name.split(".")[0] in LAYERS - MAY_IMPORT[here] - {here}
        ]

    return examine(root, PARTS, (".py",), check)


def framework(root: Path) -> Report:
    """Only the web layer, and the entry that starts it, know Flask."""
    parts = tuple(part for part in PARTS if part not in {"app.py", "web"})

    def check(path: Path) -> list[Problem]:
        found = imports(root, path)
        return [(n, f"{m} belongs in web/") for n, m in found if FRAMEWORK.match(m.split(".")[0])]

    return examine(root, parts, (".py",), check)


def server_is_blind(root: Path) -> Report:
    """No chain of imports leads from the server's code to the secrets of a conversation."""
    graph = _graph(root)

    def check(path: Path) -> list[Problem]:
        trail = _trail(graph, module_name(root, path))
        return [(1, f"reaches {trail[-1]}: {' -> '.join(trail)}")] if trail else []

    return examine(root, SERVER, (".py",), check)


def _graph(root: Path) -> dict[str, set[str]]:
    files = [path for part in PARTS for path in sources(root, part) if path.suffix == ".py"]
    return {module_name(root, path): _reached(root, path) for path in files}


def _reached(root: Path, path: Path) -> set[str]:
    """What runs when a file is imported: a module brings the packages that it lies in with it."""
    names = {name for _, name in imports(root, path)}
    return {".".join(name.split(".")[:n]) for name in names for n in range(1, name.count(".") + 2)}


def _trail(graph: dict[str, set[str]], start: str) -> list[str]:
    trails = [[start]]
    seen = {start}
    for trail in trails:  # grows while it is read: breadth first, so the shortest trail is shown
        for name in sorted(graph.get(trail[-1], set()) - seen):
            if name in PLAINTEXT:
                return [*trail, name]
            seen.add(name)
            trails.append([*trail, name])
    return []


def crypto_is_pure(root: Path) -> Report:
    """crypto/ computes: bytes in, bytes out."""

    def check(path: Path) -> list[Problem]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        foreign = [
            (line, f"{name} is not pure")
            for line, name in imports(root, path)
            if name.split(".")[0] not in PURE | {"crypto"}
        ]
        return foreign + [
            (call.lineno, f"{call.func.id}() has no place in crypto")
            for call in calls
            if isinstance(call.func, ast.Name) and call.func.id in IMPURE_CALLS
        ]

    return examine(root, ("crypto",), (".py",), check)


def environment(root: Path) -> Report:
    """config.py reads the environment, for everybody. The entry may set it, never read it."""
    parts = tuple(part for part in PARTS if part != "config.py")

    def check(path: Path) -> list[Problem]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        written = _written(tree) if path.name == "app.py" else set()
        mentions = [node for node in ast.walk(tree) if id(node) not in written]
        lines = [line for node in mentions if (line := _environment_line(node))]
        return [(line, "only config.py reads the environment") for line in lines]

    return examine(root, parts, (".py",), check)


ENVIRONMENT = {"environ", "environb", "getenv", "getenvb"}


def _environment_line(node: ast.AST) -> int | None:
    """Where a node names the process's environment. WSGI's own `environ` is another thing."""
    if isinstance(node, ast.ImportFrom) and node.module == "os":
        return node.lineno if any(alias.name in ENVIRONMENT for alias in node.names) else None
    if isinstance(node, ast.Attribute) and _last_name(node.value) == "os":
        return node.lineno if node.attr in ENVIRONMENT else None
    return None


def _written(tree: ast.AST) -> set[int]:
    """The mentions of the environment that only store into it."""
    stores = [node for node in ast.walk(tree) if isinstance(node, ast.Subscript)]
    return {id(node.value) for node in stores if isinstance(node.ctx, ast.Store)}


RUNTIME = re.compile(r"\beventlet\b", re.IGNORECASE)
TEXT = (".py", ".js", ".mjs", ".html", ".css", ".toml", ".json", ".yaml", ".yml", ".sh", ".service")
# Their files may name it: they run or compare with the runtime, and are not the product.
ELSEWHERE = {"app.py", "bench", "docs", "package-lock.json", "tests"}


def runtime_is_secret(root: Path) -> Report:
    """Replacing the async runtime stays a one-commit change: app.py, Procfile and requirements."""

    def check(path: Path) -> list[Problem]:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [
            (number, "only app.py, Procfile and requirements name the runtime")
            for number, line in enumerate(lines, 1)
            if RUNTIME.search(line)
        ]

    names = sorted(path.name for path in root.iterdir() if path.name not in ELSEWHERE)
    parts = tuple(n for n in names if _has_text(root / n))
    return examine(root, parts, TEXT, check)


def _has_text(path: Path) -> bool:
    if path.name.startswith(".") and path.name != ".ci":
        return False
    return any(file.suffix in TEXT for file in sources(path.parent, path.name))
