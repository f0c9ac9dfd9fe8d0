"""The store: the truth about what was read, decided and delivered. PostgreSQL or SQLite through SQLAlchemy Core."""
