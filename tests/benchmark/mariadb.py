"""SQLite to MariaDB: Limosa, sqlite3-to-mysql, and LOAD DATA LOCAL INFILE as a yardstick."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import limosa
from data import WORDS, Data
from failed import Failed
from race import Entrant
from server import DATABASE, USER, Server

NAMES = ["mysql/limosa", "mysql/limosa-unchecked", "mysql/limosa-compared", "mysql/sqlite3-to-mysql", "mysql/load-data"]
SQLITE3_TO_MYSQL = "2.6.1"
# More would take minutes; its time grows with the rows and is scaled up.
FEW_ROWS = 50_000
# As Limosa makes them.
SCHEMA = """
CREATE TABLE users (id bigint NOT NULL, name longtext, email varchar(768), created datetime(6), PRIMARY KEY (id))
  ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
CREATE TABLE transactions (id bigint NOT NULL, user_id bigint, amount decimal(12,2), kind longtext, booked datetime(6), note longtext, PRIMARY KEY (id))
  ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
"""
KEYS = "CREATE UNIQUE INDEX users_email ON users (email);"


class MariaDb(Server):
    """The MariaDB on the machine."""

    ACCOUNT = "mysql"
    STOP_SIGNAL = signal.SIGTERM
    FIRST_DATABASE = "mysql"
    WHERE = "SELECT @@datadir"
    SETTINGS = {
        "innodb-buffer-pool-size": "512M", "innodb-log-file-size": "512M", "innodb-flush-log-at-trx-commit": "1", "local-infile": "ON",
        "default-time-zone": "+00:00", "character-set-server": "utf8mb4", "collation-server": "utf8mb4_general_ci",
    }
    WORDS = {
        **WORDS,
        "cents": "sum(round({} * 100))",
        "length": "sum(char_length({}))",
        "seconds": "sum(timestampdiff(SECOND, '1970-01-01', {}))",
    }

    def initialise(self) -> None:
        users = self.secret_file("users.sql", (
            "DELETE FROM mysql.global_priv WHERE User IN ('', 'root');\nFLUSH PRIVILEGES;\n"
            f"CREATE USER '{USER}'@'%' IDENTIFIED BY '{self.password}';\n"
            f"GRANT ALL PRIVILEGES ON *.* TO '{USER}'@'%' WITH GRANT OPTION;\n"
        ))
        self.initialise_with([
            self.program("mariadb-install-db"), "--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db",
            f"--datadir={self.data}", f"--extra-file={users}",
        ])

    def command(self) -> list:
        settings = {
            "datadir": self.data, "socket": self.folder / "socket", "pid-file": self.data / "pid", "tmpdir": self.folder,
            "bind-address": "127.0.0.1", "port": self.port, "skip-name-resolve": "ON", **self.SETTINGS,
        }
        return [self.program("mariadbd"), "--no-defaults", *(f"--{name}={value}" for name, value in settings.items())]

    def client(self, database: str = DATABASE) -> tuple[list[str], dict[str, str]]:
        command = [
            self.program("mariadb"), "--no-defaults", "--protocol=TCP", "--host=127.0.0.1", f"--port={self.port}", f"--user={USER}",
            "--default-character-set=utf8mb4", "--local-infile=1", "--batch", "--skip-column-names", database,
        ]
        return command, {"MYSQL_PWD": self.password}

    def url(self) -> str:
        return f"mysql://{USER}:{self.password}@127.0.0.1:{self.port}/{DATABASE}"

    def fresh_database(self) -> None:
        self.query(f"DROP DATABASE IF EXISTS {DATABASE}; CREATE DATABASE {DATABASE}", "mysql")
        os.sync()

    def unique_indexes(self) -> int:
        return int(self.query(
            "SELECT count(DISTINCT table_name, index_name) FROM information_schema.statistics"
            f" WHERE non_unique = 0 AND table_schema = '{DATABASE}' AND table_name IN ('users', 'transactions')"
        ))

    def version(self) -> str:
        return "MariaDB " + self.query("SELECT version()", "mysql")


def entrants(server: MariaDb, data: Data, folder: Path, target: Path, names: list[str]) -> list[Entrant]:
    """Those of `names`, ready to run."""
    found = limosa.entrants("mysql", server.url(), data, folder, target)
    if "mysql/sqlite3-to-mysql" in names:
        found["mysql/sqlite3-to-mysql"] = sqlite3_to_mysql(server, data, folder, target)
    if "mysql/load-data" in names:
        found["mysql/load-data"] = load_data(server, data, folder)
    return [found[name].named(name) for name in names]


def load_data(server: MariaDb, data: Data, folder: Path) -> Entrant:
    """The yardstick: nothing but the rows, ready to be sent, and the same keys."""
    loads = "".join(
        f"LOAD DATA LOCAL INFILE '{file}' INTO TABLE {table} CHARACTER SET utf8mb4;\n" for table, file in data.export(folder).items()
    )
    script = folder / "load-data.sql"
    script.write_text(f"{SCHEMA}{loads}{KEYS}")
    command, environment = server.client()
    return Entrant("mariadb: LOAD DATA LOCAL INFILE of files that are there, then the index", data, [*command, f"--execute=source {script}"], environment)


def sqlite3_to_mysql(server: MariaDb, data: Data, folder: Path, target: Path) -> Entrant:
    """The usual tool, in an environment of its own below the target folder."""
    environment = target / "benchmark-venv"
    program = environment / "bin" / "sqlite3mysql"
    wanted = f"sqlite3-to-mysql=={SQLITE3_TO_MYSQL}"
    is_there = environment / f"installed-{SQLITE3_TO_MYSQL}"
    if not is_there.exists():
        for command in ([sys.executable, "-m", "venv", "--clear", environment], [environment / "bin" / "pip", "install", "--quiet", wanted]):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise Failed(f"installing {wanted}: {done.stdout}{done.stderr}")
        is_there.touch()
    few = data if data.transactions <= FEW_ROWS else Data(folder, FEW_ROWS)
    return Entrant(
        f"sqlite3-to-mysql {SQLITE3_TO_MYSQL}, of {few.rows:,} rows, its time scaled to {data.rows:,}" if few is not data else f"sqlite3-to-mysql {SQLITE3_TO_MYSQL}",
        few,
        [
            str(program), "--sqlite-file", str(few.path), "--mysql-database", DATABASE, "--mysql-user", USER, "--mysql-password", server.password,
            "--mysql-host", "127.0.0.1", "--mysql-port", str(server.port), "--quiet",
        ],
        trusted=False,
    )
