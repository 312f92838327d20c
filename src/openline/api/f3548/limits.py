"""Every limit of this listener, by name (docs/reference/f3548.md has them as a table)."""

from typing import Final

MAX_BODY_BYTES: Final = 4 * 1024 * 1024
"""The largest body: 413 above it."""
MAX_HELD_BYTES: Final = 128 * 1024 * 1024
"""Of bodies that are on their way in pieces, of all callers together: 503 above it."""
MAX_DEPTH: Final = 32
"""How deep lists and objects may lie in one another; the standard's own go to 9."""
MAX_TOKEN_BYTES: Final = 8 * 1024
"""The largest bearer token."""
MAX_SUBJECT: Final = 256
"""Characters of a token's `sub`."""
MAX_SCOPES: Final = 64
"""Scopes of one token."""
MAX_VERIFIED: Final = 10_000
"""Tokens whose signatures have been checked and need not be checked again until they expire."""
MAX_KEYS: Final = 64
"""Keys of one file or of the JWKS URL; further ones are not read."""
MAX_JWKS_BYTES: Final = 256 * 1024
"""The largest answer of the JWKS URL."""
KEYS_EVERY_S: Final = 300.0
"""How often the JWKS URL is asked anyway."""
KEYS_AGAIN_S: Final = 30.0
"""How soon it may be asked again because a token names a key that is not known."""
KEYS_WAIT_S: Final = 5.0
"""How long it may take to answer."""
MAX_CALLERS: Final = 10_000
"""Callers, and addresses, of whom it is remembered how much they have asked lately."""
BURST_S: Final = 1.0
"""How many seconds' worth of requests may come at once."""
MAX_ID: Final = 256
"""Characters of an id, OVN or version in a path."""
