#!/usr/bin/env python3
"""Writes small databases of the version of `mnemo` that is given, as SQL, for the tests that open old databases.

    python3 scripts/kept_databases.py target/debug/mnemo crates/cli/tests/kept [postgres://user@host/empty_database]

A file is called after the backend and the version of its schema, and is never written again once that version is released. Every file is opened by
`crates/cli/tests/it/kept.rs`.
"""

import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

FILES = {
    "src/greet.ts": "import { capital } from './words'\n\n/** Greets somebody. */\nexport function greet(name: string) {\n  return 'hello ' + capital(name)\n}\n",
    "src/words.ts": "export function capital(word: string) {\n  return word.toUpperCase()\n}\n",
    "tools/count.py": "def count(names):\n    return len(names)\n",
}

# Where the tree seems to lie: every machine has another folder.
ROOT = "/kept/tree"


def main(program: str, folder: str, server: str | None) -> None:
    with tempfile.TemporaryDirectory() as home:
        tree = pathlib.Path(home).resolve() / "tree"
        for path, text in FILES.items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(text)
        environment = {"PATH": os.environ["PATH"], "HOME": home, "EMBEDDING_MODE": "mock"}

        database = pathlib.Path(home) / "kept.db"
        for target in [str(database)] + ([server] if server else []):
            arguments = ["index", str(tree), "--workers", "1", "--quiet", "--database", target]
            subprocess.run([program, *arguments], check=True, env=environment, cwd=home)
        write(folder, "sqlite", dump_sqlite(database, str(tree)))
        if server:
            write(folder, "postgres", dump_postgres(server, str(tree)))


def dump_sqlite(database: pathlib.Path, tree: str) -> tuple[int, str]:
    connection = sqlite3.connect(database)
    [application] = connection.execute("PRAGMA application_id").fetchone()
    [version] = connection.execute("PRAGMA user_version").fetchone()
    lines = [line.replace(tree, ROOT) for line in connection.iterdump()]
    pragmas = [f"PRAGMA application_id = {application};", f"PRAGMA user_version = {version};"]
    return version, "\n".join(lines + pragmas) + "\n"


def dump_postgres(server: str, tree: str) -> tuple[int, str]:
    arguments = ["pg_dump", "--schema=mnemo", "--inserts", "--no-owner", "--no-privileges", server]
    text = subprocess.run(arguments, check=True, text=True, stdout=subprocess.PIPE).stdout
    version = text.count("INSERT INTO mnemo.migrations ")
    # What begins with a backslash is for psql, and what sets the session is the test's own.
    lines = [line.replace(tree, ROOT) for line in text.splitlines() if not line.startswith(("\\", "SET "))]
    return version, "\n".join(lines) + "\n"


def write(folder: str, backend: str, dump: tuple[int, str]) -> None:
    version, text = dump
    path = pathlib.Path(folder) / f"{backend}-{version}.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    print(path, len(text), "bytes")


main(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None)
