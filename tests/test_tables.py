"""The Piccolo tables say what the database holds: every column, its type, whether it may be empty."""

from importlib import import_module
from pathlib import Path

import pytest
from piccolo.table import Table

import forum
from forum import db

FOLDER = Path(forum.__file__).parent
TYPES = {"TEXT": "text", "UUID": "uuid", "TIMESTAMPTZ": "timestamp with time zone", "BOOLEAN": "boolean", "INTEGER": "integer", "BIGINT": "bigint", "DATE": "date",
         "TIME": "time without time zone", "DOUBLE PRECISION": "double precision", "JSONB": "jsonb", "BYTEA": "bytea", "REAL": "real", "SMALLINT": "smallint",
         "BIGSERIAL": "bigint", "SERIAL": "integer", "VARCHAR(255)": "text"}  # fmt: skip


def tables() -> list[type[Table]]:
    found: list[type[Table]] = []
    for path in sorted(FOLDER.glob("*/tables.py")):
        module = import_module(f"forum.{path.parent.name}.tables")
        found += [t for t in vars(module).values() if isinstance(t, type) and issubclass(t, Table) and t is not Table and t.__module__ == module.__name__]
    return found


@pytest.mark.parametrize("table", tables(), ids=lambda t: t.__name__)
async def test_a_table_mirrors_the_schema(database: str, table: type[Table]) -> None:
    async with db.connection() as conn:
        rows = await conn.fetch("SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE table_name = $1", table._meta.tablename)
    schema = {row["column_name"]: (row["data_type"], row["is_nullable"] == "YES") for row in rows}
    assert schema, table._meta.tablename
    said = {c._meta.db_column_name: (TYPES.get(c.column_type, "ARRAY" if c.column_type.endswith("[]") else c.column_type), c._meta.null) for c in table._meta.columns}
    assert said == schema
