"""Records as the store sees them: it never reads their values."""

from openline.utm.dss.records import Kind, Record

AT_MS = 1_800_000_000_000


def intent(name: str, *keys: int, version: int = 1, kind: Kind = Kind.OPERATIONAL_INTENT) -> Record:
    return Record(kind, name, "uss1", version, 1_000, 2_000, keys, f"{name} {version}".encode())


def subscription(name: str, *keys: int, version: int = 1) -> Record:
    return intent(name, *keys, version=version, kind=Kind.SUBSCRIPTION)
