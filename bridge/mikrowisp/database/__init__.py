"""The database route: the panel's own MariaDB (or the sandbox's SQLite), read and written with care."""
