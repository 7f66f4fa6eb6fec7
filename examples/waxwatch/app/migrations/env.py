"""How alembic reaches the database: by the URL of the process, one migrator at a time."""

from alembic import context
from sqlalchemy import create_engine, text

from waxwatch.settings import DATABASE_URL

with create_engine(DATABASE_URL).connect() as connection:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        connection.execute(text("select pg_advisory_xact_lock(4821)"))
        context.run_migrations()
