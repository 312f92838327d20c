"""Keys: RFC 8032's own vectors, round trips, and keys under which anybody could sign."""

import hashlib

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, x25519
from hypothesis import given, settings
from hypothesis import strategies as st

from openline.errors import Invalid
from openline.journal.keys import SigningKey, VerifyKey

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493

RFC_8032 = [  # sec. 7.1, TEST 1 to 3: seed, public key, message, signature
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
        "655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
        "b00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
        "c027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("seed", "public", "message", "signature"), RFC_8032)
def test_signs_and_verifies_as_rfc_8032_prints_it(
    seed: str, public: str, message: str, signature: str
) -> None:
    key = SigningKey.from_seed(bytes.fromhex(seed))
    assert key.public.hex == public
    assert key.sign(bytes.fromhex(message)).hex() == signature
    assert VerifyKey.from_hex(public).verify(bytes.fromhex(signature), bytes.fromhex(message))
    assert key.id == key.public.id == hashlib.sha256(bytes.fromhex(public)).hexdigest()


@settings(max_examples=30)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 511))
def test_a_signature_with_one_bit_changed_never_verifies(seed: bytes, message: bytes, bit: int) -> None:
    key = SigningKey.from_seed(seed)
    signature = bytearray(key.sign(message))
    assert key.public.verify(bytes(signature), message)
    signature[bit // 8] ^= 1 << bit % 8
    assert not key.public.verify(bytes(signature), message)


@settings(max_examples=200, deadline=None)
@given(
    seed=st.binary(min_size=32, max_size=32),
    message=st.binary(max_size=80),
    order=st.integers(-3, 3),
    cut=st.integers(-64, 64),
    spoilt=st.lists(st.tuples(st.integers(0, 63), st.integers(1, 255)), max_size=2),
)
def test_what_verifies_is_what_openssl_says_verifies(
    seed: bytes, message: bytes, order: int, cut: int, spoilt: list[tuple[int, int]]
) -> None:
    """Two libraries stand behind it, and no signature may pass on one node and fail on another."""
    key = SigningKey.from_seed(seed)
    signature = bytearray(key.sign(message))
    scalar = int.from_bytes(signature[32:], "little") + order * GROUP_ORDER
    signature[32:] = (scalar % 2**256).to_bytes(32, "little")
    for place, change in spoilt:
        signature[place] ^= change
    whole = bytes(signature) + message
    taken, rest = whole[: 64 + min(cut, 0)], whole[64 + min(cut, 0) :]
    for candidate, text in ((bytes(signature), message), (taken, rest), (taken, message)):
        assert key.public.verify(candidate, text) == _openssl_says(key.public.raw, candidate, text)


def test_a_signature_whose_first_half_is_of_small_order_counts_as_rfc_8032_says() -> None:
    """Only who holds the key can make one. Libraries differ on it; RFC 8032 sec. 5.1.7 takes it."""
    seed, message = bytes(range(32)), b"whoever made this may not deny it"
    digest = hashlib.sha512(seed).digest()
    secret = int.from_bytes(digest[:32], "little") & (2**254 - 8) | 2**254
    public, first_half = SigningKey.from_seed(seed).public, (1).to_bytes(32, "little")  # the neutral point
    challenge = int.from_bytes(hashlib.sha512(first_half + public.raw + message).digest(), "little")
    signature = first_half + (challenge * secret % GROUP_ORDER).to_bytes(32, "little")
    assert _openssl_says(public.raw, signature, message)
    assert public.verify(signature, message)
    assert not public.verify(signature, message + b".")


def _openssl_says(key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def test_keys_survive_pem_with_and_without_a_passphrase() -> None:
    key = SigningKey.generate()
    for passphrase in (None, b"correct horse"):
        assert SigningKey.from_pem(key.to_pem(passphrase), passphrase).public == key.public
    assert VerifyKey.from_pem(key.public.to_pem()) == key.public
    assert VerifyKey.from_hex(key.public.hex) == key.public


def test_a_private_key_never_shows_itself() -> None:
    seed = b"\x5e" * 32
    assert seed.hex() not in repr(SigningKey.from_seed(seed))
    assert b"ENCRYPTED" in SigningKey.from_seed(seed).to_pem(b"secret")


@pytest.mark.parametrize(
    ("given_passphrase", "saved_passphrase"), [(None, b"right"), (b"wrong", b"right"), (b"needless", None)]
)
def test_a_wrong_passphrase_is_named_as_such(
    given_passphrase: bytes | None, saved_passphrase: bytes | None
) -> None:
    with pytest.raises(Invalid) as caught:
        SigningKey.from_pem(SigningKey.generate().to_pem(saved_passphrase), given_passphrase)
    assert caught.value.code == "passphrase-wrong"


def _x25519_pem(public: bool) -> bytes:
    key = x25519.X25519PrivateKey.generate()
    if public:
        shape = serialization.PublicFormat.SubjectPublicKeyInfo
        return key.public_key().public_bytes(serialization.Encoding.PEM, shape)
    pkcs8 = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, pkcs8, serialization.NoEncryption())


@pytest.mark.parametrize(
    "read",
    [
        lambda: SigningKey.from_seed(b"short"),
        lambda: SigningKey.from_pem(b"no pem"),
        lambda: SigningKey.from_pem(_x25519_pem(public=False)),
        lambda: VerifyKey(b"\x01" * 31),
        lambda: VerifyKey.from_pem(b"no pem"),
        lambda: VerifyKey.from_pem(_x25519_pem(public=True)),
        lambda: VerifyKey.from_hex("zz" * 32),
        lambda: VerifyKey.from_hex(RFC_8032[0][1].upper()),
        lambda: VerifyKey.from_hex(" " + RFC_8032[0][1]),
    ],
)
def test_what_is_no_ed25519_key_is_invalid(read) -> None:
    with pytest.raises(Invalid) as caught:
        read()
    assert caught.value.code == "key-malformed"


def _decode_point(raw: bytes) -> tuple[int, int] | None:
    """RFC 8032 sec. 5.1.3, without the demand that y < p."""
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, (y & ((1 << 255) - 1)) % P
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if x * x % P != square:
        return None
    return (x if x & 1 == sign else -x % P), y


def _double(point: tuple[int, int]) -> tuple[int, int]:
    x, y = point
    product = D * x * x * y * y
    return 2 * x * y * pow(1 + product, -1, P) % P, (y * y + x * x) * pow(1 - product, -1, P) % P


def test_every_key_under_which_anybody_could_sign_is_refused() -> None:
    """All encodings of the eight points of small order, found by arithmetic, not from a list."""
    prime_order = _decode_point(bytes.fromhex(RFC_8032[0][1]))
    assert prime_order is not None
    # The torsion points are the solutions of 8 Q = O: walk from y = 0 (order 4) and from halves of it (order
    # 8).
    found = set()
    candidates = list(range(20)) + [P + delta for delta in range(-2, 19)] + _order_eight()
    for y in candidates:
        for sign in (0, 1):
            raw = (y | sign << 255).to_bytes(32, "little")
            point = _decode_point(raw)
            if point is not None and _double(_double(_double(point))) == (0, 1):
                found.add(point)
                with pytest.raises(Invalid):
                    VerifyKey(raw)
    assert len(found) == 8


def _order_eight() -> list[int]:
    """Doubling (x, y) to order 4 means y(2Q) = 0, so y^2 = -x^2; with the curve's equation: d y^4 + 2 y^2 - 1
    = 0.
    """
    root = pow(1 + D, (P + 3) // 8, P)
    root = root if root * root % P == (1 + D) % P else root * pow(2, (P - 1) // 4, P) % P
    assert root * root % P == (1 + D) % P
    found = []
    for signed in (root, -root):
        square = (signed - 1) * pow(D, -1, P) % P
        y = pow(square, (P + 3) // 8, P)
        y = y if y * y % P == square else y * pow(2, (P - 1) // 4, P) % P
        found += [y, P - y] if y * y % P == square else []
    return found
