"""Writes tests/vectors/python.json: `python -m tools.make_vectors`.

What is in it and how it is checked: tests/vectors/README.md. Everything is derived from fixed names
except where the library draws its own randomness (HPKE, ML-DSA); those bytes differ each time and
are only ever opened or verified.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import cryptography

from tools.vector_sections import negative, people, primitives, sessions, vaults
from tools.vector_sections.draw import Case

TARGET = Path(__file__).resolve().parent.parent / "tests" / "vectors" / "python.json"
FORMAT = 1


def sections() -> dict[str, list[Case]]:
    """Every section, in the schema of tests/vectors/README.md."""
    made: dict[str, list[Case]] = {}
    for module in (primitives, people, sessions, vaults, negative):
        made |= module.sections()
    return made


def canonical(value: object) -> bytes:
    """What the hash of a vector file is over."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")


def document(made: dict[str, list[Case]]) -> dict[str, object]:
    """The file around the sections."""
    return {
        "format": FORMAT,
        "generator": "tools/make_vectors.py",
        "library": f"cryptography {cryptography.__version__}",
        "sha256": hashlib.sha256(canonical(made)).hexdigest(),
        "sections": made,
    }


def main() -> None:
    """Write the file and say what is in it."""
    made = sections()
    text = json.dumps(document(made), sort_keys=True, indent=1)
    TARGET.write_text(text + "\n", encoding="ascii")
    cases = sum(len(cases) for cases in made.values())
    print(f"{TARGET.name}: {len(made)} sections, {cases} cases, {len(text)} bytes")


if __name__ == "__main__":
    main()
