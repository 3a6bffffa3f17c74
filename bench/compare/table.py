"""The results as Markdown."""

from . import before, demands, scenarios, systems
from .demands import Verdict

ABSENT = "-"

_MILLI = 1e3
_METRICS = {  # metric: (its meaning, the format of a value)
    "stanzas_per_second": ("stanzas/s", lambda x: f"{x:,.0f}"),
    "cpu_seconds_per_million": ("CPU seconds per million stanzas", lambda x: _digits(x)),
    "rss_kib_peak": ("MiB resident at most", lambda x: f"{x / 1024:,.0f}"),
    "latency_us.p50": ("p50, ms", lambda x: _digits(x / _MILLI)),
    "latency_us.p99": ("p99, ms", lambda x: _digits(x / _MILLI)),
    "latency_us.p999": ("p99.9, ms", lambda x: _digits(x / _MILLI)),
    "pairs_per_second": ("domain pairs/s", lambda x: f"{x:,.0f}"),
    "cpu_ms_per_pair": ("CPU ms per pair", lambda x: _digits(x)),
    "kib_per_stream": ("KiB resident per stream", lambda x: f"{x:.1f}"),
    "idle_cpu_share": ("CPU while idle, % of a core", lambda x: f"{100 * x:.2f}"),
    "streams": ("streams", lambda x: f"{x:,.0f}"),
}

_LOAD = tuple(name for name, scenario in scenarios.BY_NAME.items() if scenario.kind in ("in", "out", "echo")
              and scenario.rate is None and scenario.systems == scenarios.EVERYTHING)
_STORMS, _HOSTED_STORMS, _IDLES, _LATENCIES = (tuple(f"{kind}-{tls}" for tls in ("plain", "tls")) for kind in
                                               ("storm", "storm-hosted", "idle", "latency"))
_ALL_STORMS = _STORMS + _HOSTED_STORMS + ("storm-certified-tls",)

# Title, metric, whether more is better, its scenarios.
_COMPARISONS = (
    ("Throughput", "stanzas_per_second", True, _LOAD),
    ("Processor time", "cpu_seconds_per_million", False, _LOAD),
    ("Memory under load", "rss_kib_peak", False, _LOAD),
    ("Round trip of `echo`: median", "latency_us.p50", False, ("echo-plain",)),
    ("Latency at a low rate: median", "latency_us.p50", False, _LATENCIES),
    ("Latency at a low rate: 99th percentile", "latency_us.p99", False, _LATENCIES),
    ("Latency at a low rate: 99.9th percentile", "latency_us.p999", False, _LATENCIES),
    ("New domain pairs", "pairs_per_second", True, _ALL_STORMS),
    ("Processor time of a new pair", "cpu_ms_per_pair", False, _ALL_STORMS),
    ("Memory of an idle stream", "kib_per_stream", False, _IDLES),
    ("Idle streams that this was measured with", "streams", None, _IDLES),
    ("Processor time of idle streams", "idle_cpu_share", False, _IDLES),
)
_FEDHUB_ONLY = tuple(name for name, scenario in scenarios.BY_NAME.items() if scenario.systems == scenarios.FEDHUB)


def _digits(value):
    """@returns the value with three significant digits, without an exponent."""
    if value == 0:
        return "0"
    decimals = 0
    while abs(value) * 10**decimals < 100 and decimals < 4:
        decimals += 1
    return f"{value:,.{decimals}f}"


def _shown(metric, value):
    return ABSENT if value is None else _METRICS[metric][1](value)


def _row(cells):
    return "| " + " | ".join(cells) + " |"


def _table(head, rows):
    """@returns a table with text in the first column, and numbers in all other columns."""
    return "\n".join([_row(head), _row(["---"] + ["---:"] * (len(head) - 1)), *map(_row, rows)])


def report(results):
    """@returns the whole document."""
    parts = ["# fedhub beside other servers and a plain proxy",
             "\n".join(f"- {what}: {value}" for what, value in results.facts.items()),
             "Each figure is the median of the repetitions. HAProxy moves the same octets and parses nothing; where it "
             "says TLS, it terminates TLS.",
             "## What is asked for", demand_table(results)]
    table = before_table(results)
    if table:
        parts += ["## Cost beside the build before", table]
    for comparison in _COMPARISONS:
        table = comparison_table(results, *comparison[1:])
        if table:
            parts += [f"## {comparison[0]}: {_METRICS[comparison[1]][0]}", table]
    table = fedhub_table(results)
    if table:
        parts += ["## fedhub alone", table]
    parts += ["## Lost, doubled, reordered, returned or cut off", loss_table(results)]
    failures = failure_list(results)
    if failures:
        parts += ["## Failed runs", failures]
    return "\n\n".join(parts) + "\n"


def demand_table(results):
    rows = []
    for demand in demands.ALL:
        judgement = demands.judge(demand, results)
        meaning, _ = _METRICS[demand.metric]
        reached = ABSENT if judgement.reached is None or demand.against is None else f"{_digits(judgement.reached)} ×"
        rows.append([scenarios.BY_NAME[demand.scenario].title, meaning, _asked(demand),
                     _shown(demand.metric, judgement.value), reached, _title(judgement.whose),
                     judgement.verdict.value])
    rows.append(["all", "lost, doubled, reordered", "none", *_loss_verdict(results)])
    return _table(["scenario", "measure", "asked", "fedhub", "reached", "against", "verdict"], rows)


def _asked(demand):
    sign = "≥" if demand.at_least else "≤"
    if demand.against is None:
        return f"{sign} {_shown(demand.metric, demand.factor)}"
    whose = {"haproxy": "HAProxy", "servers": "best server"}.get(demand.against)
    factor = f"1/{1 / demand.factor:.0f}" if demand.factor in (1 / 2, 1 / 6, 1 / 40) else f"{demand.factor:g}"
    return f"{sign} {factor} × {whose or scenarios.BY_NAME[demand.against].title}"


def _title(system):
    return systems.BY_NAME[system].title if system in systems.BY_NAME else ABSENT


def _loss_verdict(results):
    if not any(cell.runs for (_, system), cell in results.cells.items() if system == "fedhub"):
        return [ABSENT, ABSENT, ABSENT, Verdict.OPEN.value]
    lost = demands.lost_by_fedhub(results)
    total = sum(count for losses in lost.values() for count in losses.values())
    return [f"{total:,}", ABSENT, ABSENT, (Verdict.NOT_MET if lost else Verdict.MET).value]


def before_table(results):
    rows = []
    for judgement in before.judge(results):
        cost = judgement.cost
        rows.append([scenarios.BY_NAME[cost.scenario].title, _METRICS[cost.metric][0],
                     *(_shown(cost.metric, results.median(cost.scenario, name, cost.metric)) for name in before.BUILDS),
                     f"{judgement.change:+.1%}", f"{judgement.spread:.1%}", f"{cost.bound:.0%}",
                     judgement.verdict.value])
    return rows and _table(["scenario", "measure", *(_title(name) for name in before.BUILDS), "change", "spread",
                            "bound", "verdict"], rows)


def comparison_table(results, metric, more_is_better, names):
    """@param more_is_better None: no ratios.
    @returns the table; "" if nothing of it was measured.
    """
    columns = [system for system in systems.BY_NAME.values()
               if any((name, system.name) in results.cells for name in names)]
    rows = []
    for name in names:
        if not any((name, system.name) in results.cells for system in columns):
            continue
        cells = [_cell(results, name, system.name, metric) for system in columns]
        ratios = [] if more_is_better is None else _ratios(results, name, metric, more_is_better)
        rows.append([scenarios.BY_NAME[name].title, *cells, *ratios])
    if not any(results.median(name, system.name, metric) is not None for name in names for system in columns):
        return ""
    heads = [] if more_is_better is None else ["fedhub / HAProxy", "fedhub / best server"]
    return _table(["scenario", *(system.title for system in columns), *heads], rows)


def _cell(results, scenario, system, metric):
    cell = results.cell(scenario, system)
    if not cell.runs and cell.failures:
        return "failed"
    return _shown(metric, cell.median(metric)) + ("*" if cell.failures and cell.runs else "")


def _ratios(results, scenario, metric, more_is_better):
    ratios = []
    for against in ("haproxy", "servers"):
        judgement = demands.judge(demands.Demand(scenario, metric, more_is_better, 0, against), results)
        ratios.append(ABSENT if judgement.reached is None else _digits(judgement.reached))
    return ratios


def fedhub_table(results):
    metrics = ("stanzas_per_second", "cpu_seconds_per_million", "rss_kib_peak")
    rows = [[scenarios.BY_NAME[name].title, *(_cell(results, name, "fedhub", metric) for metric in metrics)]
            for name in _FEDHUB_ONLY if (name, "fedhub") in results.cells]
    return rows and _table(["scenario", *(_METRICS[metric][0] for metric in metrics)], rows)


def loss_table(results):
    columns = [system for system in systems.BY_NAME.values() if any(name == system.name for _, name in results.cells)]
    rows = []
    for name, scenario in scenarios.BY_NAME.items():
        cells = [results.cells.get((name, system.name)) for system in columns]
        if any(cells):
            rows.append([scenario.title, *map(_losses, cells)])
    return _table(["scenario", *(system.title for system in columns)], rows)


def _losses(cell):
    if cell is None or not cell.runs:
        return ABSENT if cell is None else "failed"
    return ", ".join(f"{count:,} {kind.replace('_', ' ')}" for kind, count in cell.losses().items()) or "0"


def failure_list(results):
    return "\n".join(f"- {systems.BY_NAME[system].title}, {scenarios.BY_NAME[scenario].title}: "
                     f"{len(cell.failures)} of {len(cell.failures) + len(cell.runs)}: {cell.failures[-1]}"
                     for (scenario, system), cell in results.cells.items() if cell.failures)
