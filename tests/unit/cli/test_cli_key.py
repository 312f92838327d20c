"""Keys from the command line: change, revocation, loss, the telephone, passphrases; wrong use is named."""

import json
from pathlib import Path
from typing import get_args

import pytest

from openline.bootstrap import Home, open_node
from openline.cli.key_revoke import ReasonWord
from openline.journal.keys import SigningKey
from openline.journal.revocation import RevocationReason
from openline.keyfiles import is_encrypted
from unit.cli.by_hand import EASTBOUND, Centre, exchange, found_centres, openline, written

SINCE = ("--from", "2018-01-01T00:00:00Z")


@pytest.fixture(autouse=True)
def no_passphrase_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENLINE_PASSPHRASE_FILE", "OPENLINE_PASSPHRASE_FD", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)


def counting(centre: Centre, party: str) -> list[str]:
    return [
        it["key_id"] for it in centre.ok("key", "list") if it["party"] == party and it["state"] == "counts"
    ]


def words_for(centre: Centre, what: object) -> str:
    return " ".join(centre.ok("key", "words", what)[-1]["words"])


def settled(alpha: Centre, bravo: Centre) -> None:
    exchange(alpha, bravo)
    lines = [centre.ok("line", "status")[0] for centre in (alpha, bravo)]
    assert lines[0]["root"] == lines[1]["root"]
    assert lines[0]["digest"] == lines[1]["digest"]
    for centre in (alpha, bravo):
        assert centre.ok("journal", "verify")["verified"]


def test_the_words_of_the_option_are_those_of_the_document() -> None:
    assert get_args(ReasonWord) == get_args(RevocationReason)


# A node key is followed


def test_rotate_with_the_party_key_at_hand(tmp_path: Path) -> None:
    alpha, bravo = found_centres(tmp_path)
    before = counting(bravo, "alpha")
    done = alpha.ok("key", "rotate")
    alpha.ok("file", written(tmp_path / "east.geojson", EASTBOUND))
    settled(alpha, bravo)
    assert counting(bravo, "alpha") == counting(alpha, "alpha") == [done["key_id"]] != before
    assert Home(alpha.directory).node_key().id == done["key_id"]
    assert not Home(alpha.directory).keys.next.exists()


def test_rotate_in_two_steps_with_the_party_key_elsewhere(tmp_path: Path) -> None:
    alpha, bravo = found_centres(tmp_path)
    home = Home(alpha.directory)
    party = tmp_path / "party.pem"
    home.keys.party.rename(party)
    asked = alpha.ok("key", "request", "--out", tmp_path / "request")
    assert alpha.ok("key", "request", "--out", tmp_path / "again")["key_id"] == asked["key_id"]
    assert alpha("key", "rotate", "--json").fault["code"] == "no-party-key"
    nowhere = ("--directory", tmp_path / "nowhere", "key", "certify", tmp_path / "request", *SINCE)
    done = openline(*nowhere, "--party-key", party, "--out", tmp_path / "certificate", "--json")
    assert done.json["key_id"] == asked["key_id"]
    assert counting(alpha, "alpha") != [asked["key_id"]]
    alpha.ok("key", "rotate", "--certificate", tmp_path / "certificate")
    assert alpha.ok("key", "rotate", "--certificate", tmp_path / "certificate")["accords"] == []
    settled(alpha, bravo)
    assert counting(bravo, "alpha") == [asked["key_id"]]


def test_a_crash_behind_the_commit_is_healed_when_the_node_is_opened(tmp_path: Path) -> None:
    alpha, bravo = found_centres(tmp_path)
    alpha.ok("key", "request", "--out", tmp_path / "request")
    alpha.ok("key", "certify", tmp_path / "request", *SINCE, "--out", tmp_path / "certificate")
    files = Home(alpha.directory).keys
    certificate = (tmp_path / "certificate").read_bytes()
    files.next_certificate.write_bytes(certificate)
    it = open_node(alpha.directory)
    with it.store:
        assert files.next.exists()  # certified, and not said: it waits
        it.node.change_key(certificate, it.clock.now_ms())
    wanted = open_node(alpha.directory)
    wanted.store.close()
    assert not files.next.exists()
    assert not files.next_certificate.exists()
    assert files.certificate.read_bytes() == certificate
    settled(alpha, bravo)


def test_a_crash_between_the_two_moves_of_the_files_is_healed(tmp_path: Path) -> None:
    alpha, bravo = found_centres(tmp_path)
    alpha.ok("key", "rotate")
    files = Home(alpha.directory).keys
    kept = files.certificate.read_bytes()
    files.certificate.rename(files.next_certificate)
    files.certificate.write_bytes(b"the old one")
    settled(alpha, bravo)
    assert files.certificate.read_bytes() == kept


# Revoked, lost


def test_revoke_says_so_on_the_line_and_import_takes_it_in_at_the_partner(tmp_path: Path) -> None:
    alpha, bravo = found_centres(tmp_path)
    (old,) = counting(alpha, "alpha")
    alpha.ok("key", "rotate")
    done = alpha.ok("key", "revoke", old[:12], "--reason", "superseded", "--out", tmp_path / "old")
    assert (done["key_id"], len(done["accords"])) == (old, 1)
    assert bravo.ok("key", "import", tmp_path / "old")["new"]
    assert not bravo.ok("key", "import", tmp_path / "old")["new"]
    settled(alpha, bravo)
    states = {it["key_id"]: it["state"] for it in bravo.ok("key", "list") if it["party"] == "alpha"}
    assert states[old] == "revoked: superseded"
    assert any(it["kind"] == "KEY REVOKED" for it in bravo.ok("alarms"))


def test_where_the_party_key_is_kept_a_revocation_is_only_written(tmp_path: Path) -> None:
    alpha, bravo = found_centres(tmp_path)
    node_key = Home(alpha.directory).node_key().public.hex
    party = Home(alpha.directory).keys.party
    elsewhere = ("--directory", tmp_path / "nowhere", "key", "revoke")
    since = ("--from", "2018-08-01T00:00:00Z")
    usual = (
        *since,
        "--reason",
        "stolen",
        "--party",
        "alpha",
        "--party-key",
        party,
        "--out",
        tmp_path / "stolen",
    )
    assert openline(*elsewhere, node_key, *usual, "--json").json["accords"] == []
    assert openline(*elsewhere, node_key[:10], *usual, "--json").fault["code"] == "bad-key"
    alpha.ok("key", "import", tmp_path / "stolen")
    refused = alpha("line", "check", "--json", "--position", "watch", "--pseudonym", "one")
    assert (refused.code, refused.fault["code"]) == (5, "node-key-revoked")
    alpha.ok("key", "request", "--out", tmp_path / "request")
    alpha.ok("key", "certify", tmp_path / "request", *SINCE, "--out", tmp_path / "certificate")
    bravo.ok("key", "import", tmp_path / "stolen")
    bravo.ok("key", "import", tmp_path / "certificate")
    alpha.ok("key", "rotate", "--certificate", tmp_path / "certificate", "--lost")
    settled(alpha, bravo)


def test_a_lost_node_key_is_recovered_with_a_certificate_carried_by_hand(tmp_path: Path) -> None:
    alpha, bravo = found_centres(tmp_path)
    Home(alpha.directory).keys.node.unlink()
    refused = alpha("line", "check", "--json", "--position", "watch", "--pseudonym", "one")
    assert (refused.code, refused.fault["code"]) == (5, "node-key-missing")
    alpha.ok("key", "request", "--out", tmp_path / "request")
    alpha.ok("key", "certify", tmp_path / "request", *SINCE, "--out", tmp_path / "certificate")
    assert words_for(bravo, tmp_path / "certificate") == words_for(alpha, tmp_path / "request")
    bravo.ok("key", "import", tmp_path / "certificate")
    alpha.ok("key", "rotate", "--certificate", tmp_path / "certificate", "--lost")
    carried = alpha.ok("key", "certificate", "--out", tmp_path / "carried")
    assert [carried["key_id"]] == counting(alpha, "alpha")
    settled(alpha, bravo)


# The party key


def next_version(alpha: Centre, bravo: Centre, file: Path) -> None:
    accord = alpha.ok("accord", "show")[0]["accord_id"]
    alpha.ok("accord", "propose", "--revise", accord, "--out", file)
    bravo.ok("accord", "sign", file)
    exchange(alpha, bravo)  # bravo speaks under it before alpha's people have installed it
    alpha.ok("accord", "sign", file)
    settled(alpha, bravo)
    assert [it.ok("accord", "show")[0]["in_force"] for it in (alpha, bravo)] == [2, 2]


def test_a_party_key_is_followed_by_one_that_the_old_one_signs(tmp_path: Path) -> None:
    alpha, bravo = found_centres(tmp_path)
    alpha.ok("file", written(tmp_path / "east.geojson", EASTBOUND))
    new = alpha.ok("key", "succeed", "--out", tmp_path / "succession")
    assert bravo("key", "import", tmp_path / "succession", "--json").fault["code"] == "needs-a-person"
    for centre in (bravo, alpha):
        centre.ok("key", "accept", tmp_path / "succession")
    next_version(alpha, bravo, tmp_path / "second.bundle")
    assert alpha.ok("accord", "key")["key"] == new["key"]
    alpha.ok("key", "rotate")  # under the new party key
    settled(alpha, bravo)
    alpha.ok("journal", "prove", "routine:1", "--out", tmp_path / "proof")
    assert bravo.ok("journal", "check", tmp_path / "proof")["acknowledged"]  # under the old one


def test_a_lost_party_key_is_recovered_by_the_partner_and_two_people(tmp_path: Path) -> None:
    alpha, bravo = found_centres(tmp_path)
    Home(alpha.directory).keys.party.unlink()
    alpha.ok("key", "succeed", "--lost", "--out", tmp_path / "one")
    heard = words_for(alpha, tmp_path / "one")
    for verb, *rest in (("accept",), ("countersign", "--out", tmp_path / "two")):
        wrong = bravo("key", verb, tmp_path / "one", *rest, "--words", heard + " able", "--json")
        assert (wrong.code, wrong.fault["code"]) == (3, "words-differ")
    unsigned = bravo("key", "accept", tmp_path / "one", "--words", heard, "--json")
    assert (unsigned.code, unsigned.fault["code"]) == (1, "waits-for-partner")
    bravo.ok("key", "countersign", tmp_path / "one", "--words", heard, "--out", tmp_path / "two")
    for centre in (alpha, bravo):
        missing = centre("key", "accept", tmp_path / "two", "--json")
        assert (missing.code, missing.fault["code"]) == (3, "words-too-few")
        centre.ok("key", "accept", tmp_path / "two", "--words", heard.upper())
    next_version(alpha, bravo, tmp_path / "second.bundle")


def test_a_version_with_another_party_key_is_refused_where_nobody_has_accepted_it(tmp_path: Path) -> None:
    alpha, bravo = found_centres(tmp_path)
    alpha.ok("key", "succeed", "--out", tmp_path / "succession")
    alpha.ok("key", "accept", tmp_path / "succession")
    accord = alpha.ok("accord", "show")[0]["accord_id"]
    alpha.ok("accord", "propose", "--revise", accord, "--out", tmp_path / "second")
    refused = bravo("accord", "sign", tmp_path / "second", "--json")
    assert (refused.code, refused.fault["code"]) == (2, "party-key-not-accepted")


# Passphrases


@pytest.fixture
def secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "secret"
    file.write_bytes(b"correct horse\n")
    monkeypatch.setenv("OPENLINE_PASSPHRASE_FILE", str(file))
    return file


def test_a_node_whose_keys_are_encrypted_from_the_first_does_all_that_another_does(
    tmp_path: Path, secret: Path
) -> None:
    alpha, bravo = found_centres(tmp_path)
    for centre in (alpha, bravo):
        assert centre.ok("key", "encrypt")["encrypted"] == ["node.pem", "party.pem"]
    alpha.ok("file", written(tmp_path / "east.geojson", EASTBOUND))
    alpha.ok("key", "rotate")
    files = Home(alpha.directory).keys
    assert all(is_encrypted(path.read_bytes()) for path in (files.node, files.party))
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in (files.node, files.party))
    settled(alpha, bravo)
    assert alpha.ok("key", "decrypt", "--which", "node")["decrypted"] == ["node.pem"]
    assert not is_encrypted(files.node.read_bytes())
    assert is_encrypted(files.party.read_bytes())


def test_init_encrypts_on_request(tmp_path: Path, secret: Path) -> None:
    centre = Centre(tmp_path / "alpha")
    centre.ok("init", "--party", "alpha", "--encrypt-keys")
    files = Home(centre.directory).keys
    assert all(is_encrypted(path.read_bytes()) for path in (files.node, files.party))
    assert b"correct horse" not in b"".join(path.read_bytes() for path in files.folder.iterdir())


def test_a_wrong_or_missing_passphrase_is_a_clear_error_and_changes_nothing(
    tmp_path: Path, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alpha, _bravo = found_centres(tmp_path)
    alpha.ok("key", "encrypt")
    before = {path: path.read_bytes() for path in Home(alpha.directory).keys.folder.iterdir()}
    assert alpha("operations", "--json").code == 0  # who only reads is not asked
    for content, code in ((b"wrong\n", "passphrase-wrong"), (b"\n", "passphrase-empty")):
        secret.write_bytes(content)
        for verb in (("key", "rotate"), ("serve",), ("key", "decrypt")):
            done = alpha(*verb, "--json")
            assert (done.code, done.fault["code"]) == (2, code), verb
    secret.write_bytes(b"x" * 2_000)
    assert alpha("key", "rotate", "--json").fault["code"] == "passphrase-too-long"
    monkeypatch.setenv("OPENLINE_PASSPHRASE_FILE", str(tmp_path / "nowhere"))
    assert alpha("key", "rotate", "--json").fault["code"] == "passphrase-unreadable"
    monkeypatch.delenv("OPENLINE_PASSPHRASE_FILE")
    monkeypatch.setattr("sys.stdin", (tmp_path / "secret").open())
    assert alpha("key", "rotate", "--json").fault["code"] == "passphrase-needed"
    assert before == {path: path.read_bytes() for path in Home(alpha.directory).keys.folder.iterdir()}


def test_a_passphrase_comes_from_systemd_or_a_descriptor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "openline-passphrase").write_bytes(b"from systemd")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    centre = Centre(tmp_path / "alpha")
    centre.ok("init", "--party", "alpha", "--encrypt-keys")
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    reader, writer = os.pipe()
    os.write(writer, b"from systemd\n")
    os.close(writer)
    monkeypatch.setenv("OPENLINE_PASSPHRASE_FD", str(reader))
    centre.ok("key", "decrypt")
    os.close(reader)
    assert not is_encrypted(Home(centre.directory).keys.node.read_bytes())


# Wrong use

CASES = [
    (("key", "certify", "FILE"), 3, "envelope-malformed"),
    (("key", "import", "FILE"), 3, "envelope-malformed"),
    (("key", "import", "REQUEST"), 3, "payload-type-unknown"),
    (("key", "accept", "FILE"), 3, "envelope-malformed"),
    (("key", "accept", "CERTIFICATE"), 3, "payload-type-wrong"),
    (("key", "rotate", "--certificate", "FILE"), 3, "envelope-malformed"),
    (("key", "rotate", "--certificate", "REQUEST"), 3, "payload-type-wrong"),
    (("key", "rotate", "--certificate", "THEIRS"), 1, "node-key-missing"),
    (("key", "revoke", "0000000000", "--reason", "lost"), 4, "no-such-key"),
    (("key", "revoke", "00", "--reason", "lost"), 4, "no-such-key"),
    (("key", "words", "zz"), 2, "key-malformed"),
    (("key", "words", "FILE"), 3, "envelope-malformed"),
    (("key", "import", "nowhere"), 4, "no-such-file"),
    (("key", "encrypt"), 2, "passphrase-needed"),
]


@pytest.mark.parametrize(("arguments", "code", "word"), CASES, ids=lambda it: str(it)[:60])
def test_what_is_asked_for_wrongly_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int, word: str
) -> None:
    alpha, bravo = found_centres(tmp_path)
    (tmp_path / "FILE").write_text(json.dumps({"not": "sealed"}))
    bravo.ok("key", "certificate", "--out", tmp_path / "THEIRS")
    alpha.ok("key", "certificate", "--out", tmp_path / "CERTIFICATE")
    Centre(tmp_path / "alpha").ok("key", "request", "--out", tmp_path / "REQUEST")
    monkeypatch.setattr("sys.stdin", (tmp_path / "FILE").open())
    monkeypatch.chdir(tmp_path)
    needs_out = ("--out", "made") if arguments[1] in ("certify", "revoke") else ()
    done = alpha(*arguments, *needs_out, "--json")
    assert (done.code, done.fault["code"]) == (code, word)
    assert not (tmp_path / "made").exists()


def test_a_request_for_a_key_that_nobody_has_is_not_certified(tmp_path: Path) -> None:
    from openline.journal.canonical import canonical
    from openline.journal.certificate import REQUEST_PAYLOAD_TYPE, KeyRequest
    from openline.journal.envelope import seal

    alpha, _ = found_centres(tmp_path)
    mine, theirs = SigningKey.generate(), SigningKey.generate()
    asked = canonical(KeyRequest(party="alpha", node_key=theirs.public.hex))
    (tmp_path / "request").write_bytes(seal(asked, REQUEST_PAYLOAD_TYPE, [mine]))
    done = alpha("key", "certify", tmp_path / "request", *SINCE, "--out", tmp_path / "made", "--json")
    assert (done.code, done.fault["code"]) == (3, "key-unknown")
