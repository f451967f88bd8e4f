# Runs one SQL file in DuckDB's Python package. usage: python duckdb.py FILE.sql THREADS
import sys

sys.path.pop(0)  # this folder: its own name must not hide the package
import duckdb

connection = duckdb.connect(config={"threads": int(sys.argv[2])})
with open(sys.argv[1]) as f:
    connection.execute(f.read())
