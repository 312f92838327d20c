"""Alembic's entry: runs the migrations inside the transaction that ``openline.store.schema`` holds open."""

from alembic import context

from openline.store.schema import REVISION_TABLE
from openline.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=REVISION_TABLE,
    render_as_batch=True,
)
context.run_migrations()
