"""Both languages' vector files hold, and a file or check that holds nothing is an error."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from crypto.errors import CryptoError
from tests.crypto import vector_file
from tests.crypto.session_checks import OPERATIONS, SESSION_CHECKS
from tests.crypto.vector_checks import CHECKS
from tests.crypto.vector_file import VECTORS, Case, Sections, canonical
from tools import make_vectors

ALL_CHECKS: dict[str, Callable[[Case], None]] = CHECKS | SESSION_CHECKS
FILES = ("python.json", "javascript.json")
# Sections in which the library draws randomness, directly or within a record.
DRAWN = {
    "kem_seal",
    "signature",
    "device_list",
    "device_list_chain",
    "refresh",
    "newest_key",
    "connect",
    "commit",
    "roster",
    "negative",
}


@pytest.fixture(scope="module")
def made() -> Sections:
    """What the generator makes now."""
    return make_vectors.sections()


@pytest.mark.parametrize("section", sorted(ALL_CHECKS))
@pytest.mark.parametrize("file", FILES)
def test_vectors(file: str, section: str) -> None:
    cases = vector_file.load(VECTORS / file)[section]
    assert cases
    for case in cases:
        ALL_CHECKS[section](case)


@pytest.mark.parametrize("file", FILES)
def test_every_section_and_refused_call_is_there(file: str) -> None:
    sections = vector_file.load(VECTORS / file)
    assert set(sections) == set(ALL_CHECKS)
    assert {case["op"] for case in sections["negative"]} == set(OPERATIONS)


def test_what_the_generator_makes_now_holds(made: Sections) -> None:
    """The randomness of the library is another each time; the checks must hold all the same."""
    for section, cases in made.items():
        for case in cases:
            ALL_CHECKS[section](case)


def test_the_file_is_what_the_generator_makes(made: Sections) -> None:
    stored = vector_file.load(VECTORS / "python.json")
    assert set(stored) == set(made)
    for section in made:
        if section in DRAWN:
            assert [shape(c) for c in stored[section]] == [shape(c) for c in made[section]]
        else:
            assert stored[section] == made[section]


def shape(value: object) -> object:
    """A value without what randomness changes: texts become their lengths."""
    if isinstance(value, dict):
        return {name: shape(part) for name, part in value.items()}
    if isinstance(value, list):
        return [shape(part) for part in value]
    return len(value) if isinstance(value, str) else value


def test_the_file_carries_the_hash_of_its_content(tmp_path: Path, made: Sections) -> None:
    document = make_vectors.document({"mac": made["mac"]})
    path = tmp_path / "vectors.json"
    path.write_bytes(canonical(document))
    assert vector_file.load(path) == {"mac": made["mac"]}
    changed = canonical(document).replace(b'"message":""', b'"message":"AA"')
    assert changed != canonical(document)
    path.write_bytes(changed)
    with pytest.raises(AssertionError, match="changed by hand"):
        vector_file.load(path)


@pytest.mark.parametrize("sections", [{}, {"mac": []}])
def test_a_file_without_cases_is_an_error(tmp_path: Path, sections: Sections) -> None:
    path = tmp_path / "vectors.json"
    path.write_text(json.dumps(make_vectors.document(sections)))
    with pytest.raises(AssertionError, match=r"holds no section|is empty"):
        vector_file.load(path)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="is missing"):
        vector_file.load(tmp_path / "nothing.json")


# For each section, where a result stands that its check must compare or verify.
RESULTS: dict[str, tuple[str | int, ...]] = {
    "labels": ("bytes",),
    "hash": ("hash",),
    "extract": ("key",),
    "expand": ("key",),
    "mac": ("mac",),
    "kem_keypair": ("key_id",),
    "kem_seal": ("sealed",),
    "aead": ("data",),
    "box": ("box",),
    "signature": ("signature",),
    "signature_ed25519": ("signature",),
    "identity_hash": ("hash",),
    "direct_conversation_id": ("id",),
    "safety_number": ("number",),
    "device_list": ("hash",),
    "device_list_chain": ("hash",),
    "refresh": ("bytes",),
    "newest_key": ("key_id",),
    "connect": ("signature",),
    "commit": ("secrets", "chain_secret"),
    "roster": ("lists", 0),
    "chain": ("steps", 4, "message_key"),
    "skipped": ("takes", 2, "message_key"),
    "envelope": ("envelope",),
    "transcript": ("entries", 2, "seal"),
    "argon2": ("master",),
    "vault_keys": ("vault_key",),
    "recovery": ("wrap_key",),
    "vault_wrap": ("box",),
    "vault_identity": ("box",),
    "vault_book": ("box",),
    "book_merge": ("merged",),
    "negative": ("error",),
}


@pytest.mark.parametrize("section", sorted(ALL_CHECKS))
def test_a_check_refuses_a_wrong_case(section: str, made: Sections) -> None:
    case = json.loads(json.dumps(made[section][0]))
    place = case
    *path, last = RESULTS[section]
    for step in path:
        place = place[step]
    place[last] = flipped(place[last])
    with pytest.raises((AssertionError, CryptoError)):
        ALL_CHECKS[section](case)


def flipped(text: str) -> str:
    """Another text of the same length, and still base64url if it was."""
    middle = len(text) // 2
    other = "B" if text[middle] != "B" else "C"
    return text[:middle] + other + text[middle + 1 :]
