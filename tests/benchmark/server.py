"""A throwaway server: own data folder, own port, settings as in production; gone when the benchmark is."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from decimal import Decimal
from pathlib import Path

from data import SUMS, Data, sums
from failed import Failed

USER = "limosa"
DATABASE = "race"
# Where a server holds the rows, if it is the source.
SOURCE = "source"


class Server:
    """What both have in common: whom they run as, and how they start and stop."""

    ACCOUNT: str
    STOP_SIGNAL: signal.Signals
    FIRST_DATABASE: str
    # A statement that tells the data folder.
    WHERE: str
    SETTINGS: dict[str, str]
    # How the engine says what data.SUMS names.
    WORDS: dict[str, str]
    SECONDS_TO_START = 60

    def __init__(self, folder: Path) -> None:
        self.folder = folder / self.ACCOUNT
        self.folder.mkdir(mode=0o700)
        self.data = self.folder / "data"
        self.data.mkdir(mode=0o700)
        self.password = secrets.token_hex(16)
        self.port = free_port()
        self.process: subprocess.Popen | None = None

    def __enter__(self) -> "Server":
        self.log = self.folder / "log"
        self.initialise()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                # Not left behind, even if the benchmark is killed; and not reached by Ctrl-C before the benchmark is done with it.
                self.as_account(self.command(), f"--pdeathsig={self.STOP_SIGNAL.name}"),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, start_new_session=True,
            )
        deadline = time.monotonic() + self.SECONDS_TO_START
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise Failed(f"{self.command()[0]} did not start:\n{self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.1)
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(self.STOP_SIGNAL)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def as_account(self, command: list, *options: str) -> list[str]:
        """The command run by the server's user, since no server runs as root; by ourselves if we are not."""
        if os.getuid() == 0:
            try:
                account = pwd.getpwnam(self.ACCOUNT)
            except KeyError:
                raise Failed(f"there is no user {self.ACCOUNT} for the server to run as: run `tests/prepare bench`") from None
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, account.pw_uid, account.pw_gid)
            options += (f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups")
        return [str(part) for part in ("setpriv", *options, "--", *command)]

    def initialise_with(self, command: list) -> None:
        done = subprocess.run(
            self.as_account(command, "--pdeathsig=KILL"), cwd=self.folder, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise Failed(f"{command[0]} failed: {done.stdout}{done.stderr}")

    def answers(self) -> bool:
        """Whether it takes statements, from itself and not from another that took the port."""
        try:
            return str(self.data) in self.query(self.WHERE, self.FIRST_DATABASE)
        except Failed:
            return False

    def secret_file(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(text)
        return path

    def become_source(self, data: Data, folder: Path) -> None:
        """Fills a database with the rows, keys and indexes, and makes sure of it."""
        self.fresh_database(SOURCE)
        self.fill(data, folder)
        problem = self.difference(data, SOURCE)
        if problem is not None:
            raise Failed(f"the source in {self.version()}: {problem}")
        # What is left to write of it must not slow whoever begins.
        self.fresh_database()

    def difference(self, data: Data, database: str = DATABASE) -> str | None:
        """What a database does not hold as the rows have it."""
        for table in SUMS:
            try:
                answer = self.query(sums(table, self.WORDS), database)
            except Failed as failure:
                return f"table {table} cannot be summed up: {failure}"
            found = ["NULL" if number in ("", "NULL") else round(Decimal(number)) for number in answer.split("\t")]
            for (word, column), expected, number in zip(SUMS[table], data.sums[table], found, strict=True):
                if number != expected:
                    return f"table {table}: {word} of {column} is {number}, not {expected}"
        if self.unique_indexes(database) != 3:
            return f"{self.unique_indexes(database)} unique indexes instead of 3"
        return None

    def program(self, name: str) -> str:
        # A plain user's PATH on Debian lacks these folders.
        found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        if found is None:
            raise Failed(f"{name} is not installed: run `tests/prepare bench`")
        return found

    def query(self, statement: str, database: str = DATABASE) -> str:
        """What the statement answers, tab-separated; by the server's own client."""
        command, environment = self.client(database)
        done = subprocess.run(
            command, input=statement, env={**os.environ, **environment}, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise Failed(f"{statement}: {done.stderr}")
        return done.stdout.strip()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
