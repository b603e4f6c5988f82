"""A throwaway MariaDB."""

import os
import signal
from pathlib import Path

from data import WORDS, Data
from server import DATABASE, SOURCE, USER, Server

# As Limosa makes them.
SCHEMA = """
CREATE TABLE users (id bigint NOT NULL, name longtext, email varchar(768), created datetime(6), PRIMARY KEY (id))
  ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
CREATE TABLE transactions (id bigint NOT NULL, user_id bigint, amount decimal(12,2), kind longtext, booked datetime(6), note longtext, PRIMARY KEY (id))
  ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
"""
# As an application has them, in a collation that pgloader knows: it stops at those that MariaDB added.
SOURCE_SCHEMA = """
CREATE TABLE users (id bigint NOT NULL, name varchar(255), email varchar(255), created datetime, PRIMARY KEY (id))
  ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
CREATE TABLE transactions (id bigint NOT NULL, user_id bigint, amount decimal(12,2), kind varchar(32), booked datetime, note text, PRIMARY KEY (id))
  ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
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

    def url(self, database: str = DATABASE) -> str:
        return f"mysql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def fresh_database(self, database: str = DATABASE) -> None:
        self.query(f"DROP DATABASE IF EXISTS {database}; CREATE DATABASE {database}", "mysql")
        os.sync()

    def fill(self, data: Data, folder: Path) -> None:
        self.query(SOURCE_SCHEMA, SOURCE)
        for table, file in data.export(folder).items():
            self.query(load(table, file), SOURCE)
            file.unlink()
        self.query(f"{KEYS} ANALYZE TABLE users, transactions", SOURCE)

    def unique_indexes(self, database: str = DATABASE) -> int:
        return int(self.query(
            "SELECT count(DISTINCT table_name, index_name) FROM information_schema.statistics"
            f" WHERE non_unique = 0 AND table_schema = '{database}' AND table_name IN ('users', 'transactions')",
            "mysql",
        ))

    def version(self) -> str:
        return "MariaDB " + self.query("SELECT version()", "mysql")


def load(table: str, file: Path) -> str:
    """The statement that reads an exported file."""
    return f"LOAD DATA LOCAL INFILE '{file}' INTO TABLE {table} CHARACTER SET utf8mb4;\n"
