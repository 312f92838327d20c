"""The SQL of all stores is plain enough for CockroachDB and YugabyteDB (``portable`` says what is not, and
why; every test of this folder is held to it, whatever it tests).
"""

import importlib
import pkgutil
from types import ModuleType

import pytest
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    LargeBinary,
    PrimaryKeyConstraint,
    Select,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import dialect
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.sql import visitors

import openline.store
from openline.store import known, lanes, leases, open_store, telephoned, watch
from openline.store.tables import metadata
from store.portable import REFUSED, refusals, watched

for module in pkgutil.iter_modules(openline.store.__path__):
    if module.name.endswith("_tables"):
        importlib.import_module(f"openline.store.{module.name}")

EXAMPLES = (
    "CREATE INDEX a ON b USING gist (c)",
    "CREATE INDEX a ON b (c) WHERE d = 1",
    "CREATE INDEX a ON b (lower(c))",
    "CREATE INDEX a ON b (c) INCLUDE (d)",
    "CREATE INDEX CONCURRENTLY a ON b (c)",
    "CREATE TABLE a (b INT, EXCLUDE USING gist (b WITH =))",
    "CREATE TABLE a (b INT REFERENCES c DEFERRABLE)",
    "SELECT pg_advisory_xact_lock(1)",
    "SELECT pg_notify('a', 'b')",
    "CREATE TABLE a (b BIGSERIAL)",
    "CREATE TABLE a (b INT GENERATED ALWAYS AS (c) STORED)",
    "SELECT a FROM b WHERE c = ANY(%(d)s)",
    "SELECT a->>'b' FROM c",
    "CREATE TEMPORARY TABLE a (b INT)",
    "CREATE UNLOGGED TABLE a (b INT)",
    "CREATE TRIGGER a BEFORE UPDATE ON b EXECUTE PROCEDURE c()",
    "CREATE FUNCTION a() RETURNS INT AS ''",
    "CREATE TYPE a AS ENUM ('b')",
    "CREATE TABLE a (b INT) PARTITION BY HASH (b)",
    "SELECT a FROM b FOR UPDATE SKIP LOCKED",
    "SELECT a FROM b FOR SHARE",
    "LOCK TABLE a",
    "SAVEPOINT a",
    "MERGE INTO a USING b ON c",
    "COPY a FROM STDIN",
    "SELECT ctid FROM a",
    'SELECT a FROM b ORDER BY a COLLATE "C"',
    "BEGIN ISOLATION LEVEL SERIALIZABLE",
    "SET LOCAL synchronous_commit = 'off'",
    "UPDATE a SET b = clock_timestamp()",
)
TYPES = (Text, BigInteger, LargeBinary)


def test_each_refused_feature_is_seen_in_an_example_of_it() -> None:
    unseen = [example for example in EXAMPLES if not refusals(example)]
    assert unseen == []
    reasons = " ".join(found for example in EXAMPLES for found in refusals(example))
    assert [why for why in REFUSED.values() if why not in reasons] == []


def test_what_is_plain_is_not_refused() -> None:
    plain = "SELECT a, max(b) FROM c WHERE d IN ('[]', '->') GROUP BY a ORDER BY a LIMIT 1 FOR UPDATE"
    assert refusals(plain) == ()


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_every_table_has_plain_columns_keys_and_indexes(table: Table) -> None:
    for column in table.columns:
        assert type(column.type) in TYPES
        assert column.server_default is None
        assert column.default is None
        assert column.computed is None
    for constraint in table.constraints:
        assert isinstance(constraint, PrimaryKeyConstraint | ForeignKeyConstraint)
    for index in table.indexes:
        assert list(index.expressions) == list(index.columns)
        assert dict(index.dialect_kwargs) == {}
    made = [CreateTable(table), *[CreateIndex(index) for index in table.indexes]]
    assert [refusals(str(it.compile(dialect=dialect()))) for it in made] == [()] * len(made)


@pytest.mark.parametrize(
    "module", [known, lanes, leases, telephoned, watch], ids=lambda it: it.__name__.split(".")[-1]
)
def test_no_answer_is_in_the_order_of_texts(module: ModuleType) -> None:
    """Each database has its own: by bytes, by language, or by what its operator chose."""
    questions = [it for it in vars(module).values() if isinstance(it, Select)]
    assert questions
    for question in questions:
        ordered = [
            column.type
            for clause in question._order_by_clauses
            for column in visitors.iterate(clause)
            if isinstance(column, Column)
        ]
        assert [it for it in ordered if isinstance(it, Text)] == []


def test_the_migrations_make_the_tables_in_plain_sql(postgres_url: str) -> None:
    with watched() as said:
        open_store(postgres_url).close()
    made = [statement for statement in said if "CREATE TABLE" in statement]
    assert len(made) > len(metadata.tables)
    assert [found for statement in said for found in refusals(statement)] == []
