"""The schema and its history: make a new database, bring an old one up, compare both with the models."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from lms.db import Base
from lms.errors import Misconfigured

VERSION_TABLE = "lms_alembic_version"
_ROOMS = ["journal", "files", "areas", "people", "teams", "library", "learning", "training", "certificates"]
_HERE = Path(__file__).parent


def import_models() -> None:
    """Make every room's tables known."""
    import_module("lms.once")
    for room in _ROOMS:
        import_module(f"lms.{room}.models")


def upgrade(engine: Engine, target: str = "head") -> None:
    """Bring the database to the newest schema; nothing happens if it is there already.

    Raises:
        Misconfigured: rows lost their parents on the way, so the migration was not kept.
    """
    _steps(engine, lambda config: command.upgrade(config, target))


def downgrade(engine: Engine, target: str) -> None:
    """Take the database back to an older schema."""
    _steps(engine, lambda config: command.downgrade(config, target))


def is_current(engine: Engine) -> bool:
    """Say whether the database has the newest schema."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        return context.get_current_revision() == ScriptDirectory.from_config(_config()).get_current_head()


def differences(engine: Engine) -> list[object]:
    """Return what the models say and the migrated database does not, or the other way round."""
    import_models()
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": VERSION_TABLE,
                "compare_type": True,
                "include_name": lambda name, kind, _: kind != "table" or str(name).startswith("lms_"),
            },
        )
        return list(compare_metadata(context, Base.metadata))


def write_revision(engine: Engine, message: str, revision: str) -> None:
    """Write the next step of the history from what the models say now."""
    _steps(engine, lambda config: command.revision(config, message=message, autogenerate=True, rev_id=revision))


def run_apart(engine: Engine, work: Callable[[Connection], object]) -> None:
    """Change the schema in one transaction, with SQLite's foreign keys off while it runs and checked after.

    Raises:
        Misconfigured: rows lost their parents on the way, so nothing of it was kept.
    """
    with engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        raw: Any = connection.connection.dbapi_connection
        if sqlite:
            raw.execute("PRAGMA foreign_keys=OFF")  # works only before a BEGIN
        try:
            with connection.begin():
                work(connection)
                if sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall():
                    raise Misconfigured("Nâng cấp cơ sở dữ liệu làm đứt liên kết nên đã bỏ. Dữ liệu cũ còn nguyên.")
        finally:
            if sqlite:
                raw.execute("PRAGMA foreign_keys=ON")


def _steps(engine: Engine, work: Callable[[Config], object]) -> None:
    def run(connection: Connection) -> None:
        config = _config()
        config.attributes["connection"] = connection
        work(config)

    run_apart(engine, run)


def _config() -> Config:
    folder = _HERE.parent / "migrations"
    config = Config()
    config.set_main_option("script_location", str(folder if (folder / "env.py").exists() else _HERE / "migrations"))
    return config
