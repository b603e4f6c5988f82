"""pgloader as an entrant: told the types, since its own choice would not be the same rows."""

from place import Place
from race import Entrant


def entrant(template: str, source: str, target: str, place: Place) -> Entrant:
    """Runs the load command that `template` becomes; a file, since it holds a password."""
    commands = place.folder / "pgloader.load"
    commands.touch(mode=0o600)
    commands.write_text(template.format(source=source, target=target.replace("postgres://", "postgresql://")))
    # Else its log stays behind.
    command = ["pgloader", "--quiet", "--root-dir", str(place.folder / "pgloader"), str(commands)]
    return Entrant("pgloader, with a load command that names the types", place.data, command, trusted=False)
