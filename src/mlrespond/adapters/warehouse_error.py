"""What a warehouse's driver, or Ibis itself, says when it cannot: these errors and no others.

Each driver has a base of its own for them, as PEP 249 asks (peps.python.org/pep-0249/#exceptions).
A driver that was not imported raised nothing, so none is imported to be caught.
"""

from __future__ import annotations

import sys

_IBIS = ("IbisError", "TableNotFound", "ConflictingValuesError")
_DRIVERS = (
    ("duckdb", "Error"),
    ("psycopg", "Error"),
    ("sqlite3", "Error"),
    ("MySQLdb", "Error"),
    ("pyodbc", "Error"),
    ("oracledb", "Error"),
    ("snowflake.connector.errors", "Error"),
    ("databricks.sql.exc", "Error"),
    ("clickhouse_connect.driver.exceptions", "ClickHouseError"),
    ("trino.exceptions", "Error"),
    ("trino.exceptions", "HttpError"),
    ("google.api_core.exceptions", "GoogleAPIError"),
    ("google.auth.exceptions", "GoogleAuthError"),
    ("pyspark.errors", "PySparkException"),
    ("py4j.protocol", "Py4JError"),
    ("pyarrow.lib", "ArrowException"),
)


def driver_errors() -> tuple[type[Exception], ...]:
    """Return what may be raised by a question to an engine: evaluate it in the `except` itself.

    OSError is of the network and of files; ValueError is what drivers call a wrong address.
    """
    bases = [("ibis.common.exceptions", name) for name in _IBIS]
    found = (getattr(sys.modules.get(module), name, None) for module, name in (*bases, *_DRIVERS))
    known = [one for one in found if isinstance(one, type) and issubclass(one, Exception)]
    return (*known, OSError, ValueError)
