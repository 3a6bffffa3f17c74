"""Line charts as SVG, with logarithmic scales, readable on a light and on a dark background."""

import math
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 860, 480
LEFT, RIGHT, TOP, BOTTOM = 84, 150, 52, 60
LABEL_HEIGHT = 17

# Colours that differ in lightness too, one set for each background; and shapes, for readers who do not see colours. No
# custom properties, since not every viewer supports them.
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f; }
.title { font-size: 16px; font-weight: 600; }
.ground { fill: #ffffff; }
.grid { stroke: #d8dee4; }
.line { fill: none; stroke: currentColor; stroke-width: 2; }
.mark { fill: currentColor; }
.c0 { color: #0b57d0; } .c1 { color: #57606a; } .c2 { color: #b35900; } .c3 { color: #b3261e; }
.c4 { color: #1a7f37; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; } .ground { fill: #0d1117; } .grid { stroke: #30363d; }
  .c0 { color: #6cb6ff; } .c1 { color: #9da7b1; } .c2 { color: #ffa657; } .c3 { color: #ff8f88; }
  .c4 { color: #57d364; }
}
"""
COLOURS = 5


@dataclass(frozen=True)
class Series:
    """@param points (x, y), all above 0; in the order in which they are joined.
    @param colour its number, less than COLOURS.
    @param dashed it belongs to the undashed series of that colour, and is not named again.
    """
    name: str
    points: tuple
    colour: int
    dashed: bool = False


class _Scale:
    """Maps a range of positive numbers, widened to 1, 2 or 5 times a power of ten, to a range of pixels."""

    def __init__(self, values, begin, end):
        self._low = _step_below(min(values))
        self._high = max(_step_above(max(values)), self._low * 10)
        self._begin, self._end = begin, end

    def __call__(self, value):
        share = math.log(value / self._low) / math.log(self._high / self._low)
        return self._begin + share * (self._end - self._begin)

    def ticks(self):
        decades = range(math.floor(math.log10(self._low)), math.ceil(math.log10(self._high)) + 1)
        few = len(decades) <= 4
        ticks = [factor * 10.0**decade for decade in decades for factor in ((1, 2, 5) if few else (1,))]
        return [tick for tick in ticks if self._low * 0.999 <= tick <= self._high * 1.001]


def _step_below(value):
    decade = 10.0 ** math.floor(math.log10(value))
    return max(step * decade for step in (1, 2, 5) if step * decade <= value * 1.000001)


def _step_above(value):
    decade = 10.0 ** math.floor(math.log10(value))
    return min(step * decade for step in (1, 2, 5, 10) if step * decade >= value * 0.999999)


def _short(value):
    for unit, suffix in ((1e6, " M"), (1e3, " k")):
        if value >= unit:
            return f"{value / unit:g}{suffix}"
    return f"{value:g}"


def chart(title, x_label, y_label, series):
    """@returns the SVG document. Neither `series` nor the points of one may be empty."""
    x = _Scale([p[0] for s in series for p in s.points], LEFT, WIDTH - RIGHT)
    y = _Scale([p[1] for s in series for p in s.points], HEIGHT - BOTTOM, TOP)
    body = [_grid(x, y), _axis_labels(title, x_label, y_label)]
    body += [_line(one, x, y) for one in series]
    body += _names([one for one in series if not one.dashed], y)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">\n'
            f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n"
            f'<rect class="ground" width="{WIDTH}" height="{HEIGHT}"/>\n' + "\n".join(body) + "\n</svg>\n")


def _grid(x, y):
    parts = []
    for tick in x.ticks():
        at = x(tick)
        parts.append(f'<path class="grid" d="M{at:.1f} {TOP}V{HEIGHT - BOTTOM}"/>'
                     f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{_short(tick)}</text>')
    for tick in y.ticks():
        at = y(tick)
        parts.append(f'<path class="grid" d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}"/>'
                     f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{_short(tick)}</text>')
    return "\n".join(parts)


def _axis_labels(title, x_label, y_label):
    middle = (TOP + HEIGHT - BOTTOM) / 2
    return (f'<text class="title" x="{LEFT}" y="28">{escape(title)}</text>\n'
            f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 16}" text-anchor="middle">{escape(x_label)}</text>\n'
            f'<text transform="translate(18 {middle}) rotate(-90)" text-anchor="middle">{escape(y_label)}</text>')


def _line(series, x, y):
    places = [(x(a), y(b)) for a, b in series.points]
    path = "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in places)
    dashes = ' stroke-dasharray="6 4"' if series.dashed else ""
    marks = "".join(_mark(series.colour, *place) for place in places)
    return f'<path class="line c{series.colour}" d="{path}"{dashes}/>{marks}'


def _mark(number, x, y):
    shape = ("M-4 0A4 4 0 1 0 4 0A4 4 0 1 0-4 0Z", "M-4-4H4V4H-4Z", "M0-5L5 4H-5Z", "M0-5L5 0L0 5L-5 0Z",
             "M0 5L5-4H-5Z")[number]
    return f'<path class="mark c{number}" transform="translate({x:.1f} {y:.1f})" d="{shape}"/>'


def _names(series, y):
    """Places a name beside the end of each line. Moves names apart that would cover each other."""
    wanted = sorted((y(one.points[-1][1]), index) for index, one in enumerate(series))
    places, free = {}, TOP
    for at, index in wanted:
        places[index] = max(at, free)
        free = places[index] + LABEL_HEIGHT
    overflow = max(0, free - LABEL_HEIGHT - (HEIGHT - BOTTOM))
    return [_mark(one.colour, WIDTH - RIGHT + 14, places[index] - overflow)
            + f'<text x="{WIDTH - RIGHT + 24}" y="{places[index] - overflow + 4:.1f}">{escape(one.name)}</text>'
            for index, one in enumerate(series)]
