"""No Python file imports its own importer, at the top or hidden in a function."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.layering import python_rules
from tests.web.serving import ROOT


def graph(folder: str) -> dict[str, set[str]]:
    paths = {python_rules.module_name(ROOT, path): path for path in (ROOT / folder).rglob("*.py")}

    def modules(path: Path) -> set[str]:
        """Of `web.house.house` the module is `web.house`."""
        named = {found for _, found in python_rules.imports(ROOT, path)}
        return {one if one in paths else one.rpartition(".")[0] for one in named} & set(paths)

    return {name: modules(path) for name, path in paths.items()}


@pytest.mark.parametrize("folder", ["client", "crypto", "services", "store", "web"])
def test_no_circle(folder: str) -> None:
    found = graph(folder)
    assert sum(map(len, found.values())) > 3
    TopologicalSorter(found).prepare()


def test_a_circle_would_be_found() -> None:
    found = graph("web")
    found["web.runtime"] = found["web.runtime"] | {"web.house"}
    with pytest.raises(CycleError):
        TopologicalSorter(found).prepare()
