"""Sections for labels, hashes, keys, encryption and signatures."""

from __future__ import annotations

from crypto import aead, kem, labels, signatures
from tools.vector_sections.draw import Case, b64, b64s, draw


def sections() -> dict[str, list[Case]]:
    return {
        "labels": [
            {"label": name, "bytes": b64(labels.label(name))} for name in sorted(labels.NAMES)
        ],
        "hash": [_hash(parts) for parts in ([], [b"a"], [draw("hash", 16), b"", draw("x", 100)])],
        "extract": [_extract(salt) for salt in (b"", draw("salt", 32))],
        "expand": [_expand(length, parts) for length, parts in ((32, []), (76, [b"p", b"q"]))],
        "mac": [_mac(message) for message in (b"", b"\x01", draw("mac message", 200))],
        "kem_keypair": [_keypair(f"pair {i}") for i in range(3)],
        "kem_seal": [_seal(plaintext) for plaintext in (b"", draw("seed to seal", 32))],
        "aead": [_aead(plaintext) for plaintext in (b"", b"short", draw("long plaintext", 1000))],
        "box": [_box(plaintext) for plaintext in (b"", draw("boxed", 64))],
        "signature": [_signature(purpose) for purpose in sorted(signatures.PURPOSES)],
        "signature_ed25519": [_ed25519(message) for message in (b"", b"message", draw("m", 300))],
    }


def _hash(parts: list[bytes]) -> Case:
    digest = labels.hash_with("identity", *parts)
    return {"label": "identity", "parts": b64s(parts), "hash": b64(digest)}


def _extract(salt: bytes) -> Case:
    ikm = draw("ikm", 36)
    return {"salt": b64(salt), "ikm": b64(ikm), "key": b64(labels.extract(salt, ikm))}


def _expand(length: int, parts: list[bytes]) -> Case:
    prk = draw("prk", 32)
    key = labels.expand(prk, "epoch", *parts, length=length)
    return {
        "prk": b64(prk),
        "label": "epoch",
        "parts": b64s(parts),
        "length": length,
        "key": b64(key),
    }


def _mac(message: bytes) -> Case:
    key = draw("mac key", 32)
    return {"key": b64(key), "message": b64(message), "mac": b64(labels.mac(key, message))}


def _keypair(name: str) -> Case:
    pair = kem.keypair(draw(name, 32))
    return {
        "seed": b64(pair.seed),
        "public_key": b64(pair.public_key),
        "key_id": b64(pair.key_id),
    }


def _seal(plaintext: bytes) -> Case:
    pair, info = kem.keypair(draw("recipient", 32)), draw("info", 70)
    sealed = kem.seal(pair.public_key, info, plaintext)
    return {
        "seed": b64(pair.seed),
        "info": b64(info),
        "plaintext": b64(plaintext),
        "sealed": b64(sealed),
    }


def _aead(plaintext: bytes) -> Case:
    secret, part, ad = draw("aead secret", 32), draw("aead part", 32), draw("ad", 20)
    keys = aead.derive_keys(secret, "message", part)
    return {
        "secret": b64(secret),
        "label": "message",
        "parts": b64s([part]),
        "ad": b64(ad),
        "plaintext": b64(plaintext),
        "data": b64(aead.encrypt(keys, ad, plaintext)),
    }


def _box(plaintext: bytes) -> Case:
    key, nonce, ad = draw("box key", 32), draw("box nonce", 32), draw("box ad", 10)
    return {
        "key": b64(key),
        "nonce": b64(nonce),
        "ad": b64(ad),
        "plaintext": b64(plaintext),
        "box": b64(aead.box(key, nonce, plaintext, ad)),
    }


def _signature(purpose: str) -> Case:
    pair, message = signatures.keypair(draw("signer", 64)), draw(f"signed {purpose}", 50)
    signature = signatures.sign(pair.private, purpose, message)
    return _signed(pair, purpose, message, signature)


def _ed25519(message: bytes) -> Case:
    pair = signatures.keypair(draw("signer", 64))
    signature = signatures.sign_ed25519(pair.private, "message", message)
    return _signed(pair, "message", message, signature)


def _signed(pair: signatures.SigningKey, purpose: str, message: bytes, signature: bytes) -> Case:
    return {
        "private": b64(pair.private),
        "public": b64(pair.public),
        "purpose": purpose,
        "message": b64(message),
        "signature": b64(signature),
    }
