"""The figure of growth: two panels of SVG, written by hand, since nothing but Python is needed for the rest."""

from dataclasses import dataclass
from xml.sax.saxutils import escape

from machine import described

WIDTH, HEIGHT = 960, 450
# Between the sheet's edge and the axes.
PANEL_WIDTH, PANEL_HEIGHT, TOP = 370, 260, 70
LEFTS = (70, 550)
# On a white sheet of its own, so that it reads the same on a dark page. The colours differ for colour-blind eyes, the marks for all.
INK, FAINT = "#1f2328", "#d0d7de"
COLOURS = ("#0550ae", "#b35900", "#6639ba")
NAMES = {"sqlite-to-postgres": "SQLite → PostgreSQL", "sqlite-to-mariadb": "SQLite → MariaDB"}


@dataclass
class Panel:
    """Axes from zero: what a value is worth in the sheet's coordinates."""

    left: int
    title: str
    unit: str
    most_x: float
    most_y: float

    def x(self, value: float) -> float:
        return round(self.left + PANEL_WIDTH * value / self.most_x, 1)

    def y(self, value: float) -> float:
        return round(TOP + PANEL_HEIGHT * (1 - value / self.most_y), 1)

    def axes(self) -> list[str]:
        middle = self.left + PANEL_WIDTH / 2
        found = [label(self.left, TOP - 18, f"{self.title}, {self.unit}", "start", 'font-weight="600"')]
        for value in ticks(self.most_y):
            found.append(line(self.left, self.y(value), self.left + PANEL_WIDTH, self.y(value), FAINT))
            found.append(label(self.left - 8, self.y(value) + 4, f"{value:g}", "end"))
        for value in ticks(self.most_x):
            found.append(line(self.x(value), TOP + PANEL_HEIGHT, self.x(value), TOP + PANEL_HEIGHT + 5, INK))
            found.append(label(self.x(value), TOP + PANEL_HEIGHT + 20, f"{value:g}", "middle"))
        found.append(line(self.left, TOP + PANEL_HEIGHT, self.left + PANEL_WIDTH, TOP + PANEL_HEIGHT, INK))
        found.append(label(middle, TOP + PANEL_HEIGHT + 40, "rows, millions", "middle"))
        return found


def growth(found: dict) -> str:
    """Seconds and peak memory over rows, of each race a line."""
    points = found["points"]
    most_rows = max(millions(point) for measured in points.values() for point in measured)
    seconds = Panel(LEFTS[0], "Time", "seconds", round_up(most_rows), round_up(most(points, "median_seconds", most_rows)))
    peaks = Panel(LEFTS[1], "Peak memory of Limosa", "MB", round_up(most_rows), round_up(most(points, "peak_mb")))
    body = [*seconds.axes(), *peaks.axes()]
    for number, (race, measured) in enumerate(points.items()):
        colour = COLOURS[number % len(COLOURS)]
        body.append(proportional(seconds, measured, colour))
        body += series(seconds, measured, "median_seconds", number) + series(peaks, measured, "peak_mb", number)
    body += legend(list(points))
    body += [label(LEFTS[0] - 40, HEIGHT - 44 + 15 * number, text, "start", 'font-size="11"') for number, text in enumerate(caption(found))]
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        'font-family="system-ui, sans-serif" font-size="12">',
        "<title>Seconds and peak memory of migrations with more and more rows</title>",
        f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="8" fill="#ffffff" stroke="{FAINT}"/>',
        *body,
        "</svg>\n",
    ])


def caption(found: dict) -> list[str]:
    # What a distribution adds to the version stands in the table.
    versions = [version.split(" (")[0].split("-")[0] for version in found["versions"]]
    return [
        f"{found['what']}. Medians of {found['runs']} runs, the highest peak of them.",
        f"{found['when'][:10]}, {', '.join(versions)}.",
        f"{described(found['machine'])}.",
    ]


def series(panel: Panel, measured: list[dict], name: str, number: int) -> list[str]:
    colour = COLOURS[number % len(COLOURS)]
    places = [(panel.x(millions(point)), panel.y(point[name])) for point in measured]
    drawn = [f'<polyline points="{" ".join(f"{x},{y}" for x, y in places)}" fill="none" stroke="{colour}" stroke-width="2"/>']
    drawn += [mark(x, y, number) for (x, y) in places]
    # The last value, where the eye looks; above and below in turn, since lines may end close together.
    x, y = places[-1]
    return [*drawn, label(x + 8, y + (-5 if number % 2 == 0 else 15), f"{measured[-1][name]:.3g}", "start", f'fill="{colour}"')]


def proportional(panel: Panel, measured: list[dict], colour: str) -> str:
    """What the time would be if each row took what it took of the fewest."""
    first, last = measured[0], millions(measured[-1])
    end = first["median_seconds"] * last / millions(first)
    return line(panel.x(0), panel.y(0), panel.x(last), panel.y(end), colour, 'stroke-dasharray="5 4" stroke-width="1.5"')


def legend(races: list[str]) -> list[str]:
    found, x = [], LEFTS[0]
    for number, race in enumerate(races):
        name = NAMES.get(race, race)
        found += [mark(x + 4, 24, number), label(x + 14, 28, name, "start")]
        x += 40 + 7 * len(name)
    dashes = line(x, 24, x + 24, 24, INK, 'stroke-dasharray="5 4" stroke-width="1.5"')
    return [*found, dashes, label(x + 32, 28, "the straight line through zero and the first point", "start")]


def mark(x: float, y: float, number: int) -> str:
    colour = COLOURS[number % len(COLOURS)]
    if number % 2 == 0:
        return f'<circle cx="{x}" cy="{y}" r="4.5" fill="{colour}"/>'
    return f'<rect x="{round(x - 4, 1)}" y="{round(y - 4, 1)}" width="8" height="8" fill="{colour}"/>'


def line(x1: float, y1: float, x2: float, y2: float, colour: str, more: str = "") -> str:
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{colour}" {more}/>'


def label(x: float, y: float, text: str, anchor: str, more: str = "") -> str:
    fill = "" if "fill=" in more else f'fill="{INK}" '
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" {fill}{more}>{escape(text)}</text>'


def millions(point: dict) -> float:
    return point["rows"] / 1e6


def most(points: dict[str, list[dict]], name: str, most_rows: float | None = None) -> float:
    """The highest value; with `most_rows`, the end of the highest straight line too."""
    highest = max(point[name] for measured in points.values() for point in measured)
    if most_rows is not None:
        highest = max(highest, *(measured[0][name] * millions(measured[-1]) / millions(measured[0]) for measured in points.values()), 0)
    return highest


def ticks(end: float) -> list[float]:
    """Up to eight round values from zero to the end."""
    step = next(step for power in range(-6, 12) for base in (1, 2, 5) if end / (step := base * 10.0**power) <= 8)
    return [round(number * step, 9) for number in range(int(end / step + 1e-9) + 1)]


def round_up(value: float) -> float:
    """The next value at which a tick can stand, a little above."""
    step = ticks(max(value, 1e-6) * 1.05)[1]
    return round(step * -(-value * 1.05 // step), 9)
