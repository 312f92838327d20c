"""Which node keys count on one line: for whom, at which place, and which are revoked?

From three sources: the accord's bundles, the KEY and REVOKE messages of the line, and what the parties said
beside the lanes (`party_words`).
"""

from collections.abc import Callable, Mapping, Sequence

from openline.accord.document import Bundle, party_keys, sealed_certificates
from openline.coordination.keychain import Certified, KeyChain, Reign
from openline.coordination.line_view import LineView
from openline.errors import OpenlineError, Unavailable, Unverifiable
from openline.journal.certificate import open_certificate
from openline.journal.entry import Place
from openline.journal.keys import VerifyKey
from openline.journal.revocation import Revocation, open_revocation
from openline.journal.succession import Succession
from openline.node.party_words import kind_of_word, successions_in

Keys = dict[str, VerifyKey]


class LineKeys:
    """A cache over its three sources. view: how the line stands now."""

    def __init__(self, bundles: Mapping[int, Bundle], view: Callable[[], LineView]) -> None:
        self._bundles = bundles
        self._view = view
        self._words: tuple[bytes, ...] = ()
        self._known: tuple[LineView | None, int, tuple[bytes, ...]] = (None, 0, ())
        self._chains: dict[str, KeyChain] = {}
        self._current: dict[str, Keys] = {}
        self._certified: dict[str, list[Certified]] = {}  # by party: all there are, a key may have several
        self._revoked: dict[str, tuple[Revocation, ...]] = {}
        self._base: dict[int, dict[str, Certified]] = {}

    def take_words(self, words: Sequence[bytes]) -> None:
        self._words = tuple(words)

    # What counts

    def chain(self, party: str) -> KeyChain:
        self._refresh()
        return self._chains[party]

    def current(self, party: str) -> Keys:
        """What counts for everything that is yet to be said, by key id."""
        self._refresh()
        return self._current[party]

    def stolen(self, party: str) -> set[str]:
        self._refresh()
        return {it.key_id for it in self._revoked[party] if it.reason == "stolen"}

    def check_standing(self, party: str, key_id: str, at_ms: int, *, vouched: bool = False) -> None:
        """Of a key that people have brought: it is not revoked, and valid then. vouched: as in
        ``check_counts``. Raises Unverifiable.
        """
        if key_id in self.revoked(party, at_ms) and not vouched:
            raise _revoked(party, self.revoked(party, at_ms)[key_id])
        self.certified(self.brought(party)[key_id], at_ms).certificate.key_at(at_ms)

    def of(self, party: str) -> Keys:
        """Every node key that was ever the party's on this line, by key id: for what is in the journal."""
        return _keys({**self.brought(party), **self.chain(party).every})

    def brought(self, party: str) -> dict[str, Certified]:
        """Those whose certificates people have brought, and that no KEY has begun yet, by key id."""
        every = self.chain(party).every
        return {it.key.id: it for it in self._certified[party] if it.key.id not in every}

    def of_controls(self, party: str, at_ms: int, ahead: Sequence[Reign] = ()) -> Keys:
        """Under which its LAMs and controls are believed: what counts for its next number, what a KEY that is
        on its way brings, and what people have brought.

        Raises Unverifiable ``certificate-not-valid-then`` where none is valid.
        """
        chain = self.chain(party)
        found = {**chain.current, **chain.extended(ahead).current, **self.brought(party)}
        standing = {name: it for name, it in found.items() if name not in self.revoked(party, at_ms)}
        valid = {name: it for name, it in standing.items() if _is_valid(self.certified(it, at_ms), at_ms)}
        if standing and not valid:
            list(standing.values())[-1].certificate.key_at(at_ms)  # says why not
        return _keys(valid)

    def why_unknown(self, party: str, key_id: str, at_ms: int) -> Unverifiable | None:
        """Why nothing of today is believed under a key that was once the party's; None of a stranger's."""
        if key_id in self.revoked(party, at_ms):
            return _revoked(party, self.revoked(party, at_ms)[key_id])
        if key_id in self.chain(party).every:
            return _superseded(party, key_id, "another key counts by now than the one that sealed it")
        return None

    def revoked(self, party: str, at_ms: int) -> dict[str, Revocation]:
        """What was revoked by then, by key id."""
        self._refresh()
        return {it.key_id: it for it in self._revoked[party] if it.from_ms <= at_ms}

    def is_revoked(self, party: str, key_id: str, at_ms: int) -> bool:
        self._refresh()
        return bool(self._revoked[party]) and key_id in self.revoked(party, at_ms)

    def certified(self, known: Certified, at_ms: int) -> Certified:
        """The key with a certificate that is valid then, if it has one: a party may renew its word."""
        self._refresh()
        all_of_key = [it for it in self._certified[known.certificate.party] if it.key == known.key]
        return next((it for it in all_of_key if _is_valid(it, at_ms)), known)

    def disowned(self, party: str, at_ms: int) -> set[str]:
        """The ids of its keys that are revoked as lost or stolen: nothing new under them is believed,
        wherever it stands. One that was merely followed by another still counts for what is in flight.
        """
        return {name for name, it in self.revoked(party, at_ms).items() if it.is_disowned}

    def own_revocations(self, party: str) -> list[bytes]:
        """What its party revoked beside the lanes, as it was sealed."""
        keys = self._party_keys(party)
        return [it for it in self._words if _revocation(it, keys) is not None]

    def followers(self) -> dict[str, Succession]:
        """By party key: which key follows it, as people here have accepted."""
        found: dict[str, Succession] = {}
        for bundle in self._bundles.values():
            found |= successions_in(self._words, party_keys(bundle.accord))
        return found

    # May it be believed?

    def check_counts(
        self,
        place: Place,
        key_id: str,
        at_ms: int,
        *,
        ahead: Sequence[Reign] = (),
        vouched: bool = False,
        behind_gap: bool = False,
    ) -> None:
        """That this key may have sealed a new message at this place.

        ahead: of KEY messages that are not in the journal yet; only for one that itself waits behind a gap do
        they suffice. vouched: its sender owns to it, whatever was revoked.

        Raises Unverifiable ``key-superseded``, ``key-out-of-place``, ``key-revoked``,
        ``certificate-not-valid-then``; Unavailable ``key-not-here-yet`` where its KEY message is on its way.
        """
        party = place.sender
        chain = self.chain(party)
        counting = (chain.extended(ahead) if behind_gap else chain).at(place.lane, place.number)
        if key_id not in counting:
            if key_id in chain.extended(ahead).at(place.lane, place.number):
                text = "the KEY message that brings the key is not in the journal yet"
                raise Unavailable("key-not-here-yet", text, party=party, message=key_id)
            raise _out_of_place(chain, place, key_id)
        if self._revoked[party] and not vouched:
            refused = self.disowned(party, at_ms) | (self.revoked(party, at_ms).keys() & chain.current)
            if key_id in refused:
                raise _revoked(party, self.revoked(party, at_ms)[key_id])
        if not _is_valid(counting[key_id], at_ms):
            self.certified(counting[key_id], at_ms).certificate.key_at(at_ms)

    # The cache

    def _refresh(self) -> None:
        view, versions, words = self._view(), len(self._bundles), self._words
        known_view, known_versions, known_words = self._known
        if known_view is view and known_versions == versions and known_words is words:
            return  # asked several times of every message
        self._known = (view, versions, words)
        names = next(iter(self._bundles.values())).accord.names
        for name in names:
            keys = self._party_keys(name)
            reigns = view.reigns.get(name, ())
            self._chains[name] = KeyChain(self.base(name), reigns)
            self._current[name] = _keys(self._chains[name].current)
            brought = filter(None, (_certificate(it, keys) for it in self._words))
            self._certified[name] = [*self._named(name), *(it.certified for it in reigns), *brought]
            beside = filter(None, (_revocation(it, keys) for it in self._words))
            self._revoked[name] = (*beside, *view.revoked.get(name, ()))

    def base(self, party: str) -> list[Certified]:
        """The key that the first version of the accord names. One that a later version names counts from its
        KEY on, like every other; until then people have brought its certificate.
        """
        return self._named(party)[:1]

    def _named(self, party: str) -> list[Certified]:
        """The keys of the accord's bundles, the newest version's last."""
        for version, bundle in self._bundles.items():
            if version not in self._base:
                sealed = sealed_certificates(bundle)
                self._base[version] = {name: Certified.of(it) for name, it in sealed.items()}
        return [self._base[version][party] for version in sorted(self._bundles)]

    def _party_keys(self, party: str) -> list[dict[str, VerifyKey]]:
        """Of this party alone, under each version of the accord that is here."""
        return [{party: party_keys(it.accord)[party]} for it in self._bundles.values()]


def _keys(certified: Mapping[str, Certified]) -> Keys:
    return {name: it.key for name, it in certified.items()}


def _is_valid(certified: Certified, at_ms: int) -> bool:
    return certified.certificate.valid_from_ms <= at_ms < certified.certificate.valid_until_ms


def _certificate(sealed: bytes, keys: list[dict[str, VerifyKey]]) -> Certified | None:
    if kind_of_word(sealed) != "certificate":
        return None
    for one in keys:
        try:
            open_certificate(sealed, one)
        except OpenlineError:
            continue
        return Certified.of(sealed)
    return None


def _revocation(sealed: bytes, keys: list[dict[str, VerifyKey]]) -> Revocation | None:
    if kind_of_word(sealed) != "revocation":
        return None
    for one in keys:
        try:
            return open_revocation(sealed, one)
        except OpenlineError:
            continue
    return None


def _out_of_place(chain: KeyChain, place: Place, key_id: str) -> Unverifiable:
    if key_id in chain.every and key_id not in chain.current:
        where = f"number {place.number} of the {place.lane} lane"
        text = f"another key counts for {where} than the one that sealed it"
        return _superseded(place.sender, key_id, text)
    return Unverifiable(
        "key-out-of-place",
        f"number {place.number} of the {place.lane} lane is not for the key that sealed it",
        party=place.sender,
        message=key_id,
        field="keyid",
        clause="keys",
    )


def _superseded(party: str, key_id: str, text: str) -> Unverifiable:
    return Unverifiable(
        "key-superseded",
        text,
        party=party,
        message=key_id,
        field="keyid",
        clause="keys",
        remedy="speak to the other side: somebody there, or elsewhere, still seals with the old key",
    )


def _revoked(party: str, revocation: Revocation) -> Unverifiable:
    return Unverifiable(
        "key-revoked",
        f"sealed with a key of {party} that is revoked ({revocation.reason})",
        party=party,
        message=revocation.key_id,
        field="keyid",
        clause="keys",
        remedy="nothing new under it is believed; speak to the other side",
    )
