"""bench/results/*.json as docs/performance.md and its chart."""
import json, os, statistics

from harness import chart
from harness.measure import RESULTS, ROOT, ratio

OURS = ("mydocker", "mydocker-runtime")
FRACTIONS = {0.1: "1/10", 1 / 15: "1/15"}


def write():
    """Writes the page and the chart; returns the tables, for the terminal."""
    results = {part: _read(part) for part in ("start", "runtime", "life", "rate", "many", "size")}
    results = {part: result for part, result in results.items() if result}
    tables = _sections(results)
    with open(f"{ROOT}/bench/performance.md.in") as file:
        page = file.read()
    with open(f"{ROOT}/docs/performance.md", "w") as file:
        file.write(page.replace("@@tables@@", tables))
    bars = [row for part in ("start", "life", "runtime") if part in results for row in results[part]["rows"]]
    with open(f"{ROOT}/docs/performance.svg", "w") as file:
        file.write(chart.bars([(row["work"].replace("`", ""), {name: statistics.median(t[0] for t in times) for name, times in row["times"].items()}) for row in bars]))
    return tables


def _read(part):
    try:
        with open(f"{RESULTS}/{part}.json") as file:
            return json.load(file)
    except FileNotFoundError:
        return None


def _sections(results):
    lines = []
    if "start" in results:
        lines += _heading("Engines", results["start"], results["start"]["rows"] + results.get("life", {}).get("rows", []))
        lines += _times(results["start"]["rows"] + results.get("life", {}).get("rows", []))
    if "runtime" in results:
        lines += _heading("OCI runtimes", results["runtime"], results["runtime"]["rows"]) + _times(results["runtime"]["rows"])
    lines += _others(results)
    return "\n".join(lines)


def _heading(title, result, rows):
    counts = sorted({len(times) for row in rows for times in row["times"].values()})
    return [f"## {title}", "", f"{result['machine']}; {'; '.join(result['versions'])}; {result['date']}; {' or '.join(map(str, counts))} rounds.", ""]


def _times(rows):
    """One table: a line for everybody who did the work, ratios of ours to his, and the targets."""
    lines = ["| | min | median | 95 % | CPU, median | ours ÷ this |", "|---|--:|--:|--:|--:|--:|"]
    verdicts = []
    for row in rows:
        ours = next(name for name in OURS if name in row["times"])
        for name, times in row["times"].items():
            wall = sorted(t[0] for t in times)
            cells = [f"{x:.1f} ms" for x in (wall[0], statistics.median(wall), wall[min(len(wall) - 1, int(len(wall) * 0.95))], statistics.median(t[1] for t in times))]
            factor = ratio(row["times"][ours], times)
            lines.append(f"| {row['work']}: {name} | {' | '.join(cells)} | {_figures(factor)} |")
        verdicts += _verdict(row, ours)
    return lines + [""] + verdicts + ([""] if verdicts else [])


def _verdict(row, ours):
    target = row.get("target")
    peers = [name for name in target["of"] if name in row["times"]] if target else []
    if not peers:
        return []
    fastest = min(peers, key=lambda name: statistics.median(t[0] for t in row["times"][name]))
    factor = ratio(row["times"][ours], row["times"][fastest])
    wanted = FRACTIONS.get(target["ratio"], str(target["ratio"]))
    met = "met" if factor <= target["ratio"] else "**not met**"
    return [f"- {row['work']}: {_figures(factor)} × {fastest}; the target is {wanted}: {met}."]


def _others(results):
    lines = []
    beside = results.get("life", {}).get("beside")
    if beside:
        lines += ["## Memory beside an idle container", "", "| | processes seen | USS each | PSS each | peak |", "|---|--:|--:|--:|--:|"]
        lines += [f"| {name}: `{b['process']}` | {b['count']} | {b['uss']:.0f} kB | {b['pss']:.0f} kB | {b['peak']} kB |" for name, b in beside.items()] + [""]
    rates = results.get("rate", {}).get("rates")
    if rates:
        lines += ["## Starts per second, 8 at a time", "", "| | per second | ours ÷ this |", "|---|--:|--:|"]
        lines += [f"| {name} | {rate:.1f} | {_figures(rates['mydocker'] / rate)} |" for name, rate in rates.items()] + [""]
        if "floor" in rates:
            lines += ["The floor is what these processors can do at all: the kernel's part of such starts, and nothing else.", ""]
    many = results.get("many", {}).get("many")
    if many:
        lines += ["## Many containers", "", "Milliseconds for each of the first hundred and of the last, in memory (a disk that others use varies by more); flat is 1.", "", "| | containers | first | last | last ÷ first |", "|---|--:|--:|--:|--:|"]
        for name, figures in many.items():
            lines += [f"| {name}: `{work}` | {figures['count']} | {first:.2f} ms | {last:.2f} ms | {last / first:.2f} |" for work, (first, last) in ((w, v) for w, v in figures.items() if w != "count")]
        lines += [""]
    sizes = results.get("size")
    if sizes:
        lines += ["## Memory of a start, and disk", "", "| | peak of the largest process | installed |", "|---|--:|--:|"]
        lines += [f"| {name} | {peak / 1024:.1f} MB | {sizes['installed'].get(name, 0) / 1024:.1f} MB |" for name, peak in sizes["peaks"].items()] + [""]
    return lines


def _figures(factor):
    return f"{factor:.3f}" if factor < 0.1 else f"{factor:.2f}" if factor < 10 else f"{factor:.1f}"
