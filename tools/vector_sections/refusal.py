"""One case of the section `negative`."""

from __future__ import annotations

from tools.vector_sections.draw import Case, b64


def refusal(op: str, error: str, name: str, **args: object) -> Case:
    """`op` called with `args` (bytes become base64url) raises the error with this code."""
    values: Case = {k: b64(v) if isinstance(v, bytes) else v for k, v in args.items()}
    return {"name": name, "op": op, "args": values, "error": error}
