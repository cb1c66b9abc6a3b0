"""Run the school's migrations on the connection handed in; foreign keys are kept whole.

On SQLite a batch migration drops and makes anew its table; with foreign keys on, that would delete
the children of every row and report success. So they are off while it runs, and checked after.
"""

from alembic import context

from lms.db import Base, UtcDateTime
from lms.schema import VERSION_TABLE, import_models

import_models()
connection = context.config.attributes["connection"]


def ours_only(name, kind, parents):
    """Leave a host's own tables alone."""
    return kind != "table" or (name is not None and name.startswith("lms_") and name != VERSION_TABLE)


def plainly(kind, item, autogenerate_context):
    """Write our own column types as what the database sees, so that history needs no code of today."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
    include_name=ours_only,
    render_item=plainly,
    render_as_batch=True,
    transactional_ddl=True,
    compare_type=True,
)
context.run_migrations()
