"""What ends a plugin's run, as text for whoever configured it."""


class Error(Exception):
    """Why a plugin cannot go on; the message is a sentence. The verdict is then inconclusive.

    Raise it yourself for what only the plugin knows: `raise Error("no patterns are given")`. Any other exception
    that leaves the plugin ends the run too, with the line that it came from.
    """
