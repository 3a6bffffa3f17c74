"""Draws the sweep of offered loads as two charts."""

from . import plot, systems


def draw(results):
    """@returns {file name: SVG document}; empty if there was no sweep."""
    sweep = {name: sorted(runs, key=lambda run: run["rate"]) for name, runs in results.sweep.items() if runs}
    if not sweep:
        return {}
    throughput = [series for name, runs in sweep.items()
                  if (series := _series(name, runs, "stanzas_per_second"))]
    latency = [series for metric, dashed in (("latency_us.p50", False), ("latency_us.p99", True))
               for name, runs in sweep.items() if (series := _series(name, runs, metric, dashed, 1e-3))]
    charts = {}
    if throughput:
        charts["throughput.svg"] = plot.chart("Throughput against load: in, plain, 250 B, 16 streams",
                                              "offered, stanzas/s", "received, stanzas/s", throughput)
    if latency:
        charts["latency.svg"] = plot.chart("Latency against load: in, plain, 250 B, 16 streams; p50, dashed p99",
                                           "offered, stanzas/s", "latency, ms", latency)
    return charts


def _series(name, runs, metric, dashed=False, unit=1.0):
    points = tuple((run["rate"], run[metric] * unit) for run in runs if run.get(metric, 0) > 0)
    if not points:
        return None
    order = list(systems.BY_NAME)
    return plot.Series(systems.BY_NAME[name].title, points, order.index(name) % plot.COLOURS, dashed)
