"""What is remembered of others: by version, newest word first, bounded."""

import uuid
from typing import Any

import msgspec
import pytest

from openline.errors import Refused
from openline.utm.uss.known import Known
from openline.utm.wire.details import OperationalIntent, OperationalIntentDetails
from openline.utm.wire.references import (
    OperationalIntentReference,
    OperationalIntentState,
    UssAvailabilityState,
)
from openline.utm.wire.volumes import Time

WHEN = Time("2026-01-01T00:00:00Z", "RFC3339")


def intent(version: int = 1, priority: int = 0, **more: Any) -> OperationalIntent:
    fields: dict[str, Any] = {
        "id": "11111111-1111-4111-8111-111111111111",
        "manager": "them",
        "uss_availability": UssAvailabilityState.NORMAL,
        "version": version,
        "state": OperationalIntentState.ACCEPTED,
        "time_start": WHEN,
        "time_end": WHEN,
        "uss_base_url": "https://them.test",
        "subscription_id": "11111111-1111-4111-8111-111111111111",
        "ovn": f"version-{version}-of-it-all",
    }
    details = OperationalIntentDetails(priority=priority)
    return OperationalIntent(OperationalIntentReference(**(fields | more)), details)


def as_the_dss_says(one: OperationalIntent, **more: Any) -> OperationalIntentReference:
    return msgspec.structs.replace(one.reference, ovn="Available from USS", **more)


def test_details_serve_for_exactly_the_version_that_the_dss_names() -> None:
    known: Known[OperationalIntent] = Known()
    known.fetched(intent(2))
    assert known.current(as_the_dss_says(intent(2))) == intent(2)
    assert known.current(as_the_dss_says(intent(2), uss_availability=UssAvailabilityState.DOWN)) is not None
    for other in (
        {"version": 3},
        {"version": 1},
        {"state": OperationalIntentState.ACTIVATED},
        {"uss_base_url": "https://elsewhere.test"},
        {"manager": "others"},
    ):
        assert known.current(as_the_dss_says(intent(2), **other)) is None
    assert known.current(msgspec.structs.replace(intent(2).reference, ovn="another-ovn-of-it")) is None


def test_details_without_an_ovn_prove_nothing_and_are_fetched_again() -> None:
    known: Known[OperationalIntent] = Known()
    known.fetched(intent(ovn=None))
    assert known.current(as_the_dss_says(intent())) is None


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (intent(1), "older-version"),
        (intent(2, priority=5), "older-version"),
        (intent(3, manager="others"), "not-the-manager"),
    ],
)
def test_a_notification_that_is_older_other_or_not_its_managers_is_refused(
    told: OperationalIntent, code: str
) -> None:
    known: Known[OperationalIntent] = Known()
    known.fetched(intent(2))
    with pytest.raises(Refused) as caught:
        known.notified("them", told.reference.id, told)
    assert caught.value.code == code
    assert known.get(told.reference.id) == intent(2)


def test_a_notification_once_more_changes_nothing_and_a_newer_one_everything() -> None:
    known: Known[OperationalIntent] = Known()
    name = intent().reference.id
    assert known.notified("them", name, intent(2))
    assert not known.notified("them", name, intent(2))
    known.notified("them", name, intent(2, uss_availability=UssAvailabilityState.DOWN))
    assert known.notified("them", name, intent(3))
    assert known.get(name) == intent(3)
    assert known.notified("them", name, None)
    assert known.get(name) is None
    with pytest.raises(Refused):
        known.notified("others", name, intent(4))


def test_no_more_is_remembered_than_the_limit_and_the_longest_unused_goes() -> None:
    known: Known[OperationalIntent] = Known(3)
    names = [str(uuid.uuid4()) for _ in range(4)]
    for name in names[:3]:
        known.fetched(intent(id=name))
    known.current(as_the_dss_says(intent(id=names[0])))
    known.fetched(intent(id=names[3]))
    assert len(known) == 3
    assert [known.get(name) is not None for name in names] == [True, False, True, True]
