"""A bar chart as SVG: groups of horizontal bars on a logarithmic scale, readable on light and dark pages."""
import math
from xml.sax.saxutils import escape

COLOURS = {"mydocker": "#2f81f7", "mydocker-runtime": "#2f81f7", "mydocker, host-only": "#79b8ff", "floor": "#8b949e"}
OTHERS = ["#d29922", "#db6d28", "#bc4c00", "#a371f7"]
LEFT, WIDTH, BAR, GAP, HEAD = 220, 900, 15, 14, 22


def bars(groups):
    """groups: [(title, {name: milliseconds})]."""
    values = [value for _, times in groups for value in times.values()]
    if not values:
        return '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>\n'
    low, high = 10 ** math.floor(math.log10(min(values))), max(values) * 1.6
    palette, y, parts = dict(COLOURS), 30, []

    def x(value):
        return LEFT + (WIDTH - LEFT) * math.log10(value / low) / math.log10(high / low)

    for title, times in groups:
        parts.append(f'<text class="h" x="0" y="{y + 13}">{escape(title)}</text>')
        y += HEAD
        for name, value in times.items():
            colour = palette.setdefault(name, OTHERS[len(palette) % len(OTHERS)])
            parts.append(f'<text x="{LEFT - 8}" y="{y + 12}" text-anchor="end">{escape(name)}</text>'
                         f'<rect x="{LEFT}" y="{y}" width="{max(1, x(value) - LEFT):.1f}" height="{BAR - 2}" rx="2" fill="{colour}"/>'
                         f'<text x="{x(value) + 6:.1f}" y="{y + 12}">{value:.1f} ms</text>')
            y += BAR
        y += GAP
    ticks, tick = [], low
    while tick < high:
        ticks.append(f'<line x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="20" y2="{y}"/><text x="{x(tick):.1f}" y="14" text-anchor="middle">{tick:g} ms</text>')
        tick *= 10
    style = ("text{font:12px sans-serif;fill:#57606a}.h{font-weight:bold;fill:#24292f}line{stroke:#d0d7de;stroke-dasharray:2 3}"
             "@media(prefers-color-scheme:dark){text{fill:#8b949e}.h{fill:#e6edf3}line{stroke:#30363d}}")
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH + 70}" height="{y + 6}" viewBox="0 0 {WIDTH + 70} {y + 6}" role="img">'
            f'<title>Medians, logarithmic</title><style>{style}</style>{"".join(ticks)}{"".join(parts)}</svg>\n')
