"""What componentize-py wraps: the exports of each kind, which call the plugin's class.

The build imports one of these modules, and this calls `plugin.py` in. Not for use by hand.
"""

import sys
from collections.abc import Callable
from functools import wraps
from importlib.machinery import PathFinder
from typing import Any

from componentize_py_types import Err

from limosa import log
from limosa.error import Error

SOURCES = "/0/"
"""Where componentize-py shows Python the first folder of sources: the plugin's files, and `limosa/`."""


def answering(function: Callable[..., Any]) -> Callable[..., Any]:
    """Turns what leaves the plugin into the error that the interface has; the way there goes to the log."""

    @wraps(function)
    def call(self: object, *arguments: Any) -> Any:
        begin()
        try:
            return function(*arguments)
        except Error as error:
            raise Err(str(error)) from None
        except BaseException as error:  # SystemExit would end the component in a trap that says nothing
            steps = places(error)
            message = f"{type(error).__name__}: {error}"
            log.error("\n  ".join([message, *steps]))
            own = [step for step in steps if not step.startswith(("limosa/", "/"))]
            raise Err(f"{message} ({[*steps, *own][-1]})") from None

    return call


class Late:
    """Stands where Python would look for the files of a module, which would end the component without a word."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        raise ImportError(f"`{name}` was not imported when the component was built: import it at the top of plugin.py")


def begin() -> None:
    """Once, when the component first runs: while it is built, streams and files are the builder's."""
    if Late in sys.meta_path:
        return
    sys.meta_path[:] = [Late if finder is PathFinder else finder for finder in sys.meta_path]
    sys.stdout = log.Lines(log.Level.INFORMATION)
    sys.stderr = log.Lines(log.Level.WARNING)


def places(error: BaseException) -> list[str]:
    """The lines that an exception came through. The module `traceback` would look for source files."""
    steps, step = [], error.__traceback__
    while step is not None:
        file = step.tb_frame.f_code.co_filename.removeprefix(SOURCES)
        steps.append(f"{file}, line {step.tb_lineno}")
        step = step.tb_next
    return steps
