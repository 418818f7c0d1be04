"""Where records are kept: a database, written by a thread of its own."""
