"""Ed25519 keys (RFC 8032), and the ids by which envelopes name them.

A key id is the full SHA-256 of the 32 raw public bytes, in hex: short ids invite collisions made on purpose.
"""

import hashlib
from functools import cache
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from openline.errors import Invalid

KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64

_FIELD_PRIME: Final = 2**255 - 19
_SIGN_BIT: Final = 1 << 255
# The y coordinates of the eight points whose order divides 8. Under such a key anybody can make a signature
# that verifies for every message, so its holder could sign and later deny; OpenSSL accepts them, we do not.
_SMALL_ORDER_Y: Final = frozenset(
    (
        0,
        1,
        _FIELD_PRIME - 1,
        0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
        0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
    )
)


class VerifyKey:
    """A public key: who may be believed. Compares and hashes by its 32 bytes."""

    __slots__ = ("_key", "id", "raw")

    def __init__(self, raw: bytes) -> None:
        """Raises Invalid for anything but 32 bytes that canonically encode a point of large order."""
        _check_point(raw)
        self.raw: Final = bytes(raw)
        self.id: Final = hashlib.sha256(self.raw).hexdigest()
        self._key: Final = Ed25519PublicKey.from_public_bytes(self.raw)

    @classmethod
    def from_hex(cls, text: str) -> "VerifyKey":
        """64 lower-case hexadecimal digits, the form that documents carry. Raises Invalid."""
        try:
            raw = bytes.fromhex(text)
        except ValueError:
            raise _no_key("a public key in hex has 64 hexadecimal digits") from None
        if raw.hex() != text:
            raise _no_key("a public key in hex has lower-case digits and no spaces")
        return cls(raw)

    @classmethod
    def from_pem(cls, pem: bytes) -> "VerifyKey":
        """SubjectPublicKeyInfo PEM (RFC 8410), as ``openssl pkey -pubout`` writes it. Raises Invalid."""
        try:
            key = serialization.load_pem_public_key(pem)
        except (ValueError, UnsupportedAlgorithm):
            raise _no_key("no public key in PEM form was found") from None
        if not isinstance(key, Ed25519PublicKey):
            raise _no_key("the key is not an Ed25519 key")
        return cls(key.public_bytes_raw())

    def to_pem(self) -> bytes:
        return self._key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def hex(self) -> str:
        """The 32 raw bytes in lower-case hex."""
        return self.raw.hex()

    def verify(self, signature: bytes, message: bytes) -> bool:
        """True if this key signed ``message``. Never raises for a bad signature: it is merely not one.

        libsodium says yes in half the time that OpenSSL takes. It refuses more than RFC 8032 does (a
        signature whose R is of small order), so of what it refuses OpenSSL is the judge.
        """
        if _libsodium_says(self.raw, signature, message):
            return True
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, VerifyKey) and other.raw == self.raw

    def __hash__(self) -> int:
        return hash(self.raw)

    def __repr__(self) -> str:
        return f"VerifyKey({self.hex})"


@cache
def _libsodium() -> Any:
    """Brought in by the first who needs it: that takes 20 ms, and a list or a picture verifies nothing."""
    import nacl.bindings
    import nacl.exceptions

    return nacl


def _libsodium_says(key: bytes, signature: bytes, message: bytes) -> bool:
    if len(signature) != SIGNATURE_BYTES:  # what it lacks would be taken from the message
        return False
    nacl = _libsodium()
    try:
        nacl.bindings.crypto_sign_open(signature + message, key)
    except (nacl.exceptions.CryptoError, ValueError):
        return False
    return True


class SigningKey:
    """A private key. It never shows itself: ``repr`` names the public half."""

    __slots__ = ("_key", "_secret", "public")

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key: Final = key
        self.public: Final = VerifyKey(key.public_key().public_bytes_raw())
        self._secret: Final = key.private_bytes_raw() + self.public.raw  # as libsodium takes it

    @classmethod
    def generate(cls) -> "SigningKey":
        """A new key from the operating system's chance. For ``init`` and tests: the core itself never calls
        it.
        """
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, seed: bytes) -> "SigningKey":
        """The key of a 32-byte seed (RFC 8032 sec. 5.1.5). Raises Invalid for another length."""
        if len(seed) != KEY_BYTES:
            raise Invalid("key-malformed", f"a seed has {KEY_BYTES} bytes, not {len(seed)}", field="seed")
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def from_pem(cls, pem: bytes, passphrase: bytes | None = None) -> "SigningKey":
        """PKCS#8 PEM, encrypted or not. Raises Invalid ``key-malformed`` or ``passphrase-wrong``."""
        try:
            key = serialization.load_pem_private_key(pem, passphrase or None)
        except TypeError:
            raise _passphrase_wrong(
                "the key is encrypted" if not passphrase else "the key is not encrypted"
            ) from None
        except (ValueError, UnsupportedAlgorithm):
            if passphrase:
                raise _passphrase_wrong("the passphrase or the file is wrong") from None
            raise _no_key("no private key in PKCS#8 PEM form was found") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise _no_key("the key is not an Ed25519 key")
        return cls(key)

    def to_pem(self, passphrase: bytes | None = None) -> bytes:
        """PKCS#8 PEM, encrypted under ``passphrase`` if one is given."""
        encryption = (
            serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
        )
        return self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
        )

    @property
    def id(self) -> str:
        """The id of the public half."""
        return self.public.id

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature; the same key and message always give the same one, whichever library makes
        it (RFC 8032 sec. 5.1.6).
        """
        signed: bytes = _libsodium().bindings.crypto_sign(message, self._secret)
        return signed[:SIGNATURE_BYTES]

    def __repr__(self) -> str:
        return f"SigningKey(public={self.public.hex})"


def _check_point(raw: bytes) -> None:
    if len(raw) != KEY_BYTES:
        raise _no_key(f"a public key has {KEY_BYTES} bytes, not {len(raw)}")
    y = int.from_bytes(raw, "little") & ~_SIGN_BIT
    if y >= _FIELD_PRIME or y in _SMALL_ORDER_Y:
        raise _no_key("the point is of small order or not canonically encoded: anybody could sign for it")


def _no_key(text: str) -> Invalid:
    return Invalid("key-malformed", text, field="key", remedy="give an Ed25519 key")


def _passphrase_wrong(text: str) -> Invalid:
    return Invalid(
        "passphrase-wrong", text, field="passphrase", remedy="give the passphrase that the key was saved with"
    )
