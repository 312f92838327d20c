"""An accord is exact, whole and says what is wrong with it; docs/spec/accord.md says the same as the code."""

import json
import re
from pathlib import Path

import msgspec
import pytest

from openline.accord import clauses, document, notice, shapes
from openline.accord.document import accord_digest
from openline.accord.terms import (
    CLAUSES,
    Accord,
    Disclosure,
    MinimaTerms,
    check_succession,
    decode_accord,
    draft,
)
from openline.conflict.minima import Minima
from openline.errors import Invalid, NotFound, OpenlineError
from openline.journal.canonical import canonical
from unit.accord.agreed import ACCORD_ID, BEGIN_MS, DAY_MS, EAST, WEST, accord, merged

ROOT = Path(__file__).parents[3]
BAD = json.loads((ROOT / "tests/vectors/accord-bad.json").read_text())
SPEC = (ROOT / "docs/spec/accord.md").read_text()


def test_there_are_at_least_fifteen_kinds_of_bad_accords():
    assert len({(case["code"], case["field"]) for case in BAD["cases"]}) >= 15


def test_the_good_accord_of_the_table_is_good():
    assert decode_accord(canonical(BAD["accord"])).id == BAD["accord"]["id"]


@pytest.mark.parametrize("case", BAD["cases"], ids=lambda case: case["name"])
def test_a_bad_accord_is_refused_with_its_code_field_and_clause(case):
    with pytest.raises(OpenlineError) as caught:
        decode_accord(canonical(merged(BAD["accord"], case["patch"])))
    fault = caught.value
    assert isinstance(fault, Invalid)
    assert (fault.code, fault.field, fault.clause) == (case["code"], case["field"], case["clause"])


def test_an_accord_survives_its_canonical_text():
    agreed = accord(Disclosure(grid_e9=10_000_000), minima="threes", exercise=True)
    assert decode_accord(canonical(agreed)) == agreed


def test_the_order_of_the_parties_changes_no_byte():
    times = {"valid_from_ms": BEGIN_MS, "valid_until_ms": BEGIN_MS + DAY_MS}
    assert accord_digest(draft(ACCORD_ID, EAST, WEST, **times)) == accord_digest(
        draft(ACCORD_ID, WEST, EAST, **times)
    )


@pytest.mark.parametrize("name", ["threes", "enroute", "f3548"])
def test_the_presets_are_those_of_the_conflict_engine(name):
    assert MinimaTerms.named(name).as_minima() == Minima.named(name)


def test_a_draft_with_a_term_that_no_accord_has_is_refused():
    with pytest.raises(Invalid) as caught:
        accord(targets=("x",))
    assert (caught.value.code, caught.value.field) == ("unknown-field", "targets")


def test_each_party_has_a_partner_and_a_stranger_has_none():
    agreed = accord()
    assert (agreed.other("east"), agreed.other("west")) == ("west", "east")
    for ask in (agreed.other, agreed.party, agreed.terms_of):
        with pytest.raises(NotFound):
            ask("north")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"version": 3}, "version"),
        ({"version": 2, "exercise": True}, "exercise"),
        ({"version": 2, "id": ACCORD_ID.replace("0b", "1b")}, "id"),
        ({"version": 2, "parties": (EAST, msgspec.structs.replace(WEST, title="Other"))}, "parties"),
    ],
)
def test_a_new_version_keeps_id_parties_and_mark_and_counts_on(change, field):
    earlier = accord()
    check_succession(earlier, msgspec.structs.replace(earlier, version=2, minimum_notice_ms=1))
    with pytest.raises(Invalid) as caught:
        check_succession(earlier, msgspec.structs.replace(earlier, **change))
    assert caught.value.field == field


def test_every_field_of_the_accord_is_in_the_spec_under_its_clause():
    sections = {
        match[1]: match[2] for match in re.finditer(r"^### ([a-z-]+)$(.*?)(?=^##|\Z)", SPEC, re.M | re.S)
    }
    assert set(CLAUSES) == set(Accord.__struct_fields__)
    missing = [name for name, clause in CLAUSES.items() if f"`{name}`" not in sections.get(clause, "")]
    assert not missing


def test_every_field_of_the_parts_is_in_the_spec():
    names = {name for part in _parts() for name in part.__struct_fields__}
    assert not sorted(name for name in names if f"`{name}`" not in SPEC and f".{name}`" not in SPEC)


def _parts():
    for module in (clauses, notice, shapes, document):
        for value in vars(module).values():
            ours = isinstance(value, type) and value.__module__ == module.__name__
            if ours and issubclass(value, msgspec.Struct) and value.__struct_config__.forbid_unknown_fields:
                yield value
