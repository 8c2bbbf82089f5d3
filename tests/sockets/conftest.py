"""Owns the one server that the tests of sockets share; each test brings people of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sockets.site import Site


@pytest.fixture(scope="session")
def running_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def site(running_site: Site) -> Iterator[Site]:
    yield running_site
    running_site.hang_up()
