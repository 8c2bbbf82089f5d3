"""Every error of crypto/, in one tree.

Each class says whose fault it is (`LocalFault`: this program or this device; `RemoteFault`: bytes
from elsewhere), carries a `code` (its name in snake_case, the same in JavaScript) and a message
that never contains a key, a plaintext or the offending bytes, so it is safe to show and to log.
"""

from __future__ import annotations

import re


class CryptoError(Exception):
    """Root of the tree. `code` is stable and part of the protocol's vectors."""

    code = "crypto_error"

    def __init_subclass__(cls) -> None:
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


class LocalFault(CryptoError):
    """This program or this device is at fault; the bytes from elsewhere may be fine."""


class RemoteFault(CryptoError):
    """The bytes from elsewhere are at fault: refuse them and change no state."""


class ArgumentInvalid(LocalFault):
    """A function was called with a wrong length or range: a defect in the calling code."""


class KeyMissing(LocalFault):
    """A secret that is needed is not on this device (previous chain secret, QKD key)."""


class FormatError(RemoteFault):
    """Bytes or text that are not exactly of the format."""


class KeyRefused(RemoteFault):
    """A public key of the right length that must not be used."""


class SignatureInvalid(RemoteFault):
    """A signature does not verify. Nothing it covers may be used."""


class TagInvalid(RemoteFault):
    """Authenticated encryption, a confirmation tag, a seal or an entry hash does not fit."""


class RangeExceeded(RemoteFault):
    """A message number would need more skipped keys than are kept."""


class Replay(RemoteFault):
    """A message number was used already."""


class ListRefused(RemoteFault):
    """A device list goes back, leaves a gap, breaks its chain or changes what must stay."""


class IdentityChanged(ListRefused):
    """A device list stands under another identity than the pinned one: a person decides."""


class RosterRefused(RemoteFault):
    """A commit does not fit the device lists it names."""


class ForkDetected(RemoteFault):
    """Two different commits or heads for one place: stop, keep both, alert."""


class ParametersRefused(RemoteFault):
    """Password hashing parameters outside the bounds of section 8."""
