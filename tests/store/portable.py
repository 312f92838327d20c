"""Which SQL is plain enough for PostgreSQL, CockroachDB and YugabyteDB alike."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from sqlalchemy import Engine, event

ALLOWED = re.compile(
    r"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|BEGIN|ROLLBACK|SET LOCAL|SHOW|CREATE TABLE|ALTER TABLE"
    r"|CREATE (UNIQUE )?INDEX)\b",
    re.IGNORECASE,
)

REFUSED = {
    r"\bUSING\s+(gist|gin|brin|hash|spgist|lsm)\b": "indexes are plain B-trees: GiST and BRIN exist nowhere"
    " but in PostgreSQL, GIN differs everywhere",
    r"\bINDEX\b.*\bWHERE\b": "partial indexes: the planners use them under different conditions",
    r"\bINDEX\b[^(]*\([^)]*\(": "indexes on expressions: CockroachDB makes hidden columns of them",
    r"\bINCLUDE\s*\(|\bSTORING\s*\(": "covering indexes are spelt differently",
    r"\bCONCURRENTLY\b": "not inside a transaction in PostgreSQL, and without a meaning in CockroachDB",
    r"\bEXCLUDE\b": "exclusion constraints need GiST",
    r"\b(NOT )?DEFERRABLE\b|\bINITIALLY\b": "CockroachDB defers no constraints",
    r"advisory": "advisory locks do nothing in CockroachDB and are young in YugabyteDB",
    r"\b(UN)?LISTEN\b|\bNOTIFY\b|pg_notify": "LISTEN and NOTIFY exist in neither",
    r"\b(SMALL|BIG)?SERIAL\b|nextval|\bSEQUENCE\b|\bIDENTITY\b|\bAUTOINCREMENT\b": "sequences leave gaps, and"
    " are bottlenecks or not sequential where data is spread",
    r"\bGENERATED\b": "computed columns differ",
    r"\[\s*\]|\bARRAY\s*\[|\bANY\s*\(|\bunnest\b": "arrays: other operators and limits",
    r"\bjsonb?\b|->|@>|<@|#>": "JSON operators differ; what is kept whole is kept as bytes",
    r"\bTEMP(ORARY)?\b": "temporary tables are an experiment in CockroachDB and slow in YugabyteDB",
    r"\bUNLOGGED\b": "it would not survive a crash",
    r"\bTRIGGER\b|\bRULE\b": "triggers are young in CockroachDB",
    r"\bFUNCTION\b|\bPROCEDURE\b|\bDO\s+\$": "code in the database differs",
    r"\bCREATE\s+(TYPE|DOMAIN|EXTENSION|SCHEMA|VIEW|MATERIALIZED)\b": "not in all of them",
    r"\bINHERITS\b|\bPARTITION\b|\bTABLESPACE\b": "where data lies is the operator's choice",
    r"\bSKIP\s+LOCKED\b|\bNOWAIT\b": "YugabyteDB knows them under some isolation levels only",
    r"\bFOR\s+(SHARE|KEY\s+SHARE|NO\s+KEY)\b": "weaker row locks: CockroachDB has ignored them",
    r"\bLOCK\s+TABLE\b": "not in CockroachDB",
    r"\bSAVEPOINT\b": "a block is one whole",
    r"\bMERGE\b": "not in CockroachDB",
    r"\bCOPY\b|\bDECLARE\b|\bCURSOR\b": "not in a transaction with other statements everywhere",
    r"\bctid\b|\bxmin\b|\bxmax\b|txid_|pg_current_|pg_snapshot": "PostgreSQL's inner numbers",
    r"\bCOLLATE\b|\bSIMILAR\b|\s!?~\*?\s": "texts are compared as bytes or in the program",
    r"\bSERIALIZABLE\b": "no store asks for it: what needs order takes a lock",
    r"set\s+local\s+(synchronous_commit|fsync)": "durability is never relaxed",
    r"\b(now|clock_timestamp|current_timestamp)\b": "hosts' clocks are not compared in the database",
}
IN_QUOTES = re.compile(r"'[^']*'")


@lru_cache(maxsize=4_096)
def refusals(statement: str) -> tuple[str, ...]:
    """What in the statement is not portable, and why."""
    found = []
    for part in statement.split(";"):
        bare = IN_QUOTES.sub("''", part)
        if not bare.strip():
            continue
        if not ALLOWED.match(bare):
            found.append(f"no such statement: {part}")
        found += [f"{why}: {part}" for pattern, why in REFUSED.items() if _in(pattern, bare)]
    return tuple(found)


def _in(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE | re.DOTALL) is not None


@contextmanager
def watched() -> Iterator[set[str]]:
    """All statements that any engine sends to PostgreSQL meanwhile; SQLAlchemy's own questions about the
    catalog, which it asks each database in its way, are left out.
    """
    said: set[str] = set()

    def note(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if connection.dialect.name == "postgresql" and "pg_catalog." not in statement:
            said.add(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(Engine, "before_cursor_execute", note)
