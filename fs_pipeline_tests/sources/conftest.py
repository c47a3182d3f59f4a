"""Empty databases, in SQLite and in a real PostgreSQL, as in the tests of the warehouse."""

from fs_pipeline_tests.exports.conftest import in_postgres, postgres

__all__ = ["in_postgres", "postgres"]
