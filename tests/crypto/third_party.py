"""Reads the vectors of others from the package cryptography_vectors.

Must not know what they are for. The danger it deals with: a loader that reads nothing, and a test
that then checks nothing. Whatever ends up empty is an error.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import cryptography_vectors

ROOT = Path(cryptography_vectors.__file__).parent
Fields = dict[str, str]
T = TypeVar("T")


class NoVectors(Exception):
    """A file gave no case: the test that asked would have checked nothing."""


def some(cases: list[T], origin: str) -> list[T]:
    """`cases`, unless there are none."""
    if not cases:
        raise NoVectors(f"{origin} holds no vector that fits")
    return cases


def nist(path: Path, keep: Callable[[Fields], bool] = bool) -> list[Fields]:
    """Cases of a response file: `name = value` lines, a new case at each count.

    Lines in brackets are parameters of the cases after them; a bare FAIL becomes a field.
    """
    return some([case for case in _nist(path) if keep(case)], path.name)


def _nist(path: Path) -> Iterator[Fields]:
    parameters: Fields = {}
    case: Fields = {}
    for line in path.read_text(encoding="ascii").splitlines():
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name, _, value = (part.strip() for part in text.strip("[]").partition("="))
        starts = name.lower() == "count" or text.startswith("[")
        if starts and len(case) > len(parameters):
            yield case
            case = {}
        if text.startswith("["):
            parameters[name.lower()] = value
        case = parameters | case | {name.lower(): value}
    if len(case) > len(parameters):
        yield case


def hpke(name: str, keep: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    """Cases of a JSON file of the HPKE working group."""
    path = ROOT / "HPKE" / name
    cases = json.loads(path.read_text(encoding="utf-8"))
    return some([case for case in cases if keep(case)], name)


def ed25519_sign_input() -> list[tuple[bytes, bytes, bytes, bytes]]:
    """(secret seed, public key, message, signature) of D. J. Bernstein's sign.input."""
    path = ROOT / "asymmetric" / "Ed25519" / "sign.input"
    cases = []
    for line in path.read_text(encoding="ascii").splitlines():
        secret, public, message, signed = (bytes.fromhex(part) for part in line.split(":")[:4])
        cases.append((secret[:32], public, message, signed[:64]))
    return some(cases, path.name)
