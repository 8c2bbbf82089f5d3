"""Labels, derivations, errors, and what the package loads."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

from crypto import errors, labels
from crypto.errors import ArgumentInvalid, CryptoError, LocalFault, RemoteFault


def test_a_label_is_length_prefixed_and_carries_the_version() -> None:
    assert labels.label("box") == b"\x00\x00\x00\x0eCryptexQ/1/box"


def test_a_name_that_is_not_in_the_table_is_refused() -> None:
    for use in (
        lambda: labels.label("other"),
        lambda: labels.hash_with("other"),
        lambda: labels.expand(bytes(32), "other", length=32),
    ):
        with pytest.raises(ArgumentInvalid):
            use()


def test_no_label_is_the_beginning_of_another() -> None:
    made = [labels.label(name) for name in labels.NAMES]
    for one in made:
        assert sum(other.startswith(one) for other in made) == 1


def test_hashes_of_other_names_differ() -> None:
    assert labels.hash_with("commit", b"x") != labels.hash_with("commit core", b"x")


def test_an_empty_salt_is_zeros() -> None:
    assert labels.extract(b"", b"ikm") == labels.extract(bytes(32), b"ikm")


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_keys_have_32_bytes(length: int) -> None:
    with pytest.raises(ArgumentInvalid):
        labels.mac(bytes(length), b"")
    with pytest.raises(ArgumentInvalid):
        labels.expand(bytes(length), "epoch", length=32)


def test_codes_are_the_names_of_the_classes() -> None:
    tree = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, CryptoError)]
    codes = {c.code for c in tree}
    assert len(codes) == len(tree)
    assert {"format_error", "tag_invalid", "identity_changed", "argument_invalid"} <= codes


def test_every_error_says_whose_fault_it_is() -> None:
    tree = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, CryptoError)]
    for each in set(tree) - {CryptoError}:
        assert issubclass(each, LocalFault) != issubclass(each, RemoteFault)


def loaded_by(*modules: str) -> set[str]:
    """The modules of crypto/ that a fresh interpreter has after importing these."""
    code = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return {name for name in out.stdout.split() if name.startswith("crypto")}


def test_the_package_alone_loads_nothing() -> None:
    assert not {name for name in loaded_by("crypto") if name.startswith("crypto.")}


def test_what_the_server_needs_loads_no_secrets_of_sessions() -> None:
    names = "at_rest commit connect device_list envelope refresh roster signatures transcript"
    loaded = loaded_by(*(f"crypto.{name}" for name in names.split()))
    assert "crypto.envelope" in loaded
    assert not loaded & {"crypto.epoch", "crypto.chain", "crypto.vault", "crypto.book"}
