"""Owns what a rule answers, and the walk over the files that it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

Problem = tuple[int, str]  # line, what is wrong there

IGNORED = {"__pycache__", "node_modules", "vendor", "instance", "artifacts", "venv"}


@dataclass(frozen=True)
class Report:
    examined: int
    violations: tuple[str, ...]


Rule = Callable[[Path], Report]


def files_in(folder: Path) -> Iterator[Path]:
    """Every file below a folder that somebody wrote, in a stable order."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name in IGNORED or path.name.startswith("."):
            continue
        if path.is_dir():
            yield from files_in(path)
        else:
            yield path


def sources(root: Path, part: str) -> list[Path]:
    """The files of one part of the tree, which is itself a file or a folder."""
    return [root / part] if (root / part).is_file() else list(files_in(root / part))


def examine(
    root: Path,
    parts: tuple[str, ...],
    suffixes: tuple[str, ...],
    check: Callable[[Path], list[Problem]],
) -> Report:
    """Check every file with one of the suffixes in the parts (files or folders) of the tree.

    A part that does not exist yet is no violation. A folder in which this rule found nothing to
    read is one: a rule that lost sight of its files would otherwise pass for ever.
    """
    examined = 0
    violations: list[str] = []
    for part in parts:
        present = sources(root, part)
        readable = [path for path in present if path.suffix in suffixes]
        if present and not readable:
            violations.append(f"{part}: nothing there that this rule can read")
        for path in readable:
            examined += 1
            where = path.relative_to(root).as_posix()
            violations += [f"{where}:{line}: {problem}" for line, problem in check(path)]
    return Report(examined, tuple(violations))
