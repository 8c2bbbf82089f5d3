"""Reads a vector file and refuses one that is empty, changed or of another schema."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).resolve().parent.parent / "vectors"
Case = dict[str, Any]
Sections = dict[str, list[Case]]


def canonical(value: object) -> bytes:
    """The bytes that the hash of a file is over."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")


def load(path: Path) -> Sections:
    """The sections of a file; an AssertionError says what is wrong with it."""
    assert path.is_file(), f"{path.name} is missing: see tests/vectors/README.md"
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["format"] == 1
    sections: Sections = document["sections"]
    assert sections, f"{path.name} holds no section"
    for name, cases in sections.items():
        assert cases, f"the section {name} of {path.name} is empty"
    digest = hashlib.sha256(canonical(sections)).hexdigest()
    assert digest == document["sha256"], f"{path.name} was changed by hand"
    return sections
