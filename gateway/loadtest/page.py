"""A load test's result as one HTML page with plots, complete in itself: it can be mailed or kept."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from gateway.loadtest import svg
from gateway.loadtest.circumstances import Circumstances
from gateway.loadtest.outcome import BOUNDS, Figure, Outcome
from gateway.loadtest.report import held, own, rows
from gateway.loadtest.settings import LoadSettings

STYLE = """
:root { color-scheme: light dark; --text: #1c2330; --quiet: #66707f; --line: #dde2e9; --back: #fff;
  --a: #2463c4; --b: #c4642b; --c: #2d8a57; --d: #8546b0; --e: #b8322a; --bad: #b8322a; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e8ee; --quiet: #96a0b0; --line: #333b47;
  --back: #14181e; --a: #6ea2f2; --b: #eb9a66; --c: #66c391; --d: #be8ce2; --e: #f07a72; --bad: #f07a72; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back);
  max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
.verdict { font-size: 1.1rem; font-weight: 600; } .quiet, .legend { color: var(--quiet); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; }
td, th { padding: .15rem .9rem .15rem 0; text-align: right; white-space: nowrap;
  font-variant-numeric: tabular-nums; }
td:first-child, th:first-child { text-align: left; } tr { border-bottom: 1px solid var(--line); }
.bad { color: var(--bad); font-weight: 600; } .good { color: var(--c); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: 0 0 1.5rem; }
dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
.plots { display: grid; gap: 1rem 2rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); }
figure { margin: 0; } figcaption { font-weight: 600; }
svg { width: 100%; height: auto; } svg text { font-size: 11px; fill: var(--quiet); }
svg polyline { fill: none; stroke-width: 1.8; }
svg rect { fill: var(--a); } svg rect.over { fill: var(--bad); }
.grid { stroke: var(--line); } .bound { stroke: var(--bad); stroke-dasharray: 5 4; }
.legend span { margin-right: 1.2rem; } .legend { margin: 0; }
.legend i { display: inline-block; width: .8em; height: .8em; margin-right: .4em; border-radius: 2px; }
"""

BOUND_OF = {
    "INVITE to 200": "setup_p99",
    "gap between agent packets": "gap_max",
    "speech_started to last agent packet": "told_p99",
}


def render(
    settings: LoadSettings, outcomes: list[Outcome], verdict: str, voice: str, run: Circumstances
) -> str:
    """Return the page."""
    title = f"Load test: {settings.scenario}"
    about = (
        f"{settings.behaviour.about}; {settings.rate:g} new calls a second, {settings.duration:g} s; callers "
        f"are {voice}. Everything about sound and signalling was measured in packets on the loopback."
    )
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(told)}</dd>" for name, told in run.as_dict().items())
    plots = "".join(
        f"<figure><figcaption>{escape(name)}</figcaption>{plot}</figure>" for name, plot in _plots(outcomes)
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style>'
        f'<h1>{escape(title)}</h1><p class="verdict">{escape(verdict)}</p>'
        f'<p class="quiet">{escape(about)}</p><dl>{facts}</dl>'
        f'{_table(outcomes)}<h2>Plots</h2><div class="plots">{plots}</div></html>\n'
    )


def _table(outcomes: list[Outcome]) -> str:
    head = "".join(f"<th>{escape(outcome.title)}</th>" for outcome in outcomes)
    lines = []
    for key, name, bound in rows(outcomes):
        cells = "".join(_cell(outcome.figure(key)) for outcome in outcomes)
        limit = "" if bound is None else f"&le; {bound:g}"
        lines.append(f"<tr><td>{escape(name)}</td>{cells}<td>{limit}</td></tr>")
    load = "".join(f"<td>{outcome.load_average:.2f}</td>" for outcome in outcomes)
    lines.append(f"<tr><td>load average of the machine</td>{load}<td></td></tr>")
    lines += [
        f'<tr><td class="quiet" colspan="9">{escape(f"{outcome.title}: {note}")}</td></tr>'
        for outcome in outcomes
        for note in outcome.notes
    ]
    return f'<div class="scroll"><table><tr><th></th>{head}<th>bound</th></tr>{"".join(lines)}</table></div>'


def _cell(figure: Figure | None) -> str:
    """Return a value, with a mark where it has a bound to keep."""
    if figure is None:
        return "<td></td>"
    text = escape(figure.text())
    if figure.bound is None:
        return f"<td>{text}</td>"
    if figure.holds:
        return f'<td>{text} <span class="good" title="held">&#10003;</span></td>'
    return f'<td class="bad">{text} <span title="broken">&#10007;</span></td>'


def _plots(outcomes: list[Outcome]) -> Iterator[tuple[str, str]]:
    outcomes = own(outcomes)
    if len(outcomes) > 1:
        yield from _capacity(outcomes)
    last = outcomes[-1]
    for title, values in last.distributions.items():
        key = BOUND_OF.get(title, "")
        name = f"{title}, {last.calls} calls{_judged([last], key, 'ms')}"
        yield name, svg.distribution(values, "ms", BOUNDS.get(key))
    yield from _timeline(last)


def _capacity(outcomes: list[Outcome]) -> Iterator[tuple[str, str]]:
    def curve(key: str, by: float = 1) -> list[tuple[float, float]]:
        return [(outcome.calls, by * outcome.value(key)) for outcome in outcomes]

    if outcomes[0].value("gateway_cores") > 0:
        cores = {"gateway": curve("gateway_cores", 100), "embedded server": curve("server_cores", 100)}
        yield (
            f"CPU over calls{_judged(outcomes, 'gateway_cores', 'cores')}",
            svg.lines(
                {**cores, "SIPp": curve("sipp_cores", 100)},
                "calls",
                "% of a core",
                100 * BOUNDS["gateway_cores"],
            ),
        )
        yield (
            "CPU of the gateway for each call",
            svg.lines({"": curve("gateway_per_call")}, "calls", "% of a core"),
        )
    gaps = {"p99": curve("gap_p99"), "max": curve("gap_max")}
    yield (
        f"Gap between agent packets over calls{_judged(outcomes, 'gap_max', 'ms')}",
        svg.lines(gaps, "calls", "ms", BOUNDS["gap_max"]),
    )
    setup = {"p50": curve("setup_p50"), "p99": curve("setup_p99")}
    yield (
        f"INVITE to 200 over calls{_judged(outcomes, 'setup_p99', 'ms')}",
        svg.lines(setup, "calls", "ms", BOUNDS["setup_p99"]),
    )


def _judged(outcomes: list[Outcome], key: str, unit: str) -> str:
    """Return what the dashed line of a plot is the bound of, and whether it was held."""
    if key not in BOUNDS:
        return ""
    of = f"{key.rpartition('_')[2]}, " if unit == "ms" else ""
    return f" ({of}bound {BOUNDS[key]:g} {unit}: {held(outcomes, key)})"


def _timeline(outcome: Outcome) -> Iterator[tuple[str, str]]:
    samples = outcome.meters.samples
    seconds = [(sample.at - samples[0].at) / 1e9 for sample in samples]
    calls = [(at, float(sample.calls)) for at, sample in zip(seconds[:-1], samples[:-1], strict=True)]
    yield "Calls up over time", svg.lines({"": calls}, "s", "calls")
    cpu = {
        name: [(at, 100 * cores) for at, cores in outcome.meters.rates(name)] for name in outcome.meters.pids
    }
    memory = {
        name: [(at, sample.rss_mb[name]) for at, sample in zip(seconds[:-1], samples[:-1], strict=True)]
        for name in outcome.meters.pids
    }
    yield "CPU over time", svg.lines(cpu, "s", "% of a core")
    yield "Memory over time", svg.lines(memory, "s", "MB")
