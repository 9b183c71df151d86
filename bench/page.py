"""The figures of a run as text and as a page. Judges nothing: targets.py does."""

from __future__ import annotations

from typing import Any

from bench.targets import aims, bytes_per_task, title

Row = dict[str, Any]
HEAD = "| server | version | checks | start s | MB idle / loaded | POST r/s | invalid r/s | GET r/s | p99 ms | CPU us |"
RULE = "|---|---|---|--:|--:|--:|--:|--:|--:|--:|"
TITLE = """# Speed, beside the peers

Written by `bench/serve.py`; edit nothing here. Figures move from machine to machine, the ratios within one run hold.

The same work for everybody: the server on one core, `wrk -t1 -c32` on another, kept connections, {run_s} s a run,
median of {runs} after {warm_s} s of warming up (longer where it says so). POST is `POST /luma/generations` with a valid
JSON body of 337 bytes and an `Authorization` header; the invalid one has one value of the wrong type; GET asks for one
task among {tasks} where the server has state. The start counts from the process to the first right answer (median of
{starts}). Memory is resident memory of the whole process tree, idle and after the load. *Checks* is what each was seen
to do before it was measured: **t**oken, **b**ody, **s**tate. A figure in brackets was not earned: an invalid body that
was accepted, or a look that any id would have got. wrk waits for an answer before it asks again: a p99 leaves out who
would have queued. *CPU* is the processor time one answer took (POST / invalid / GET): it hardly moves when the machine
is busy with other things.
"""
REPEAT = """## To repeat it

```
.venv/bin/python bench/serve.py --json figures.json --markdown bench/RESULTS.md
.venv/bin/python bench/serve.py --quick --only prism
```

It needs Linux with two cores, `wrk` and `taskset`; Node 20 or newer and Java 17 for the peers that need them. Nothing
is installed by the run. Peers are looked for in PATH and in the folder that `{folder}` names, which is filled by
(the first line where the Node at hand is older than the peers ask for):

```
export {folder}=$HOME/peers
{commands}
```
"""


def text(result: Row) -> str:
    """The figures for a terminal."""
    return "\n".join([*table(result), "", *ratios(result), "", *alone(result["ours"])])


def markdown(result: Row) -> str:
    """The figures as a page."""
    machine = [f"- {key}: {value}" for key, value in {"date": result["date"], **result["machine"]}.items()]
    parts = [
        TITLE.format(**result["plan"]),
        "\n".join(["## The machine", "", *machine, ""]),
        "\n".join(["## Servers", "", *table(result), ""]),
        "\n".join(["## Ratios and targets", "", *ratios(result), ""]),
        "\n".join(["## The mock server alone", "", *alone(result["ours"]), ""]),
        "\n".join(["## How each was started, and what it needed", "", *needs(result), ""]),
        REPEAT.format(folder=result["folder"], commands="\n".join(result["install"])),
    ]
    return "\n".join(parts)


def line(row: Row) -> str:
    """One server while the run goes on."""
    return table_row(row) if "figures" in row else f"{title(row)}: not measured: {row['unmeasured']}"


def table(result: Row) -> list[str]:
    """Everybody, one row each, and those who are missing."""
    present = [table_row(row) for row in result["servers"] if "figures" in row]
    absent = [f"- {line(row)}" for row in result["servers"] if "unmeasured" in row]
    return [HEAD, RULE, *present, *(["", *absent] if absent else [])]


def table_row(row: Row) -> str:
    """One server."""
    figures, does = row["figures"], row["does"]
    name = f"*{title(row)} (floor)*" if row["kind"] == "floor" else title(row)
    cells = [
        f"**{name}**" if row["kind"] == "ours" else name,
        row["version"],
        " ".join(word[0] for word in ("token", "body", "state") if word in does) or "-",
        f"{figures['start_s']:.2f}",
        f"{figures['idle_mb']:.0f} / {figures['loaded_mb']:.0f}",
        earned(figures["submit"], figures["submit"]["refused"] == 0),
        earned(figures["invalid"], "body" in does),
        earned(figures["look"], "state" in does and figures["look"]["refused"] == 0),
        f"{figures['submit']['p99_ms']:.1f}",
        " / ".join(f"{figures[work]['cpu_us']:,.0f}" for work in ("submit", "invalid", "look")),
    ]
    return f"| {' | '.join(cells)} |"


def earned(speed: Row, honest: bool) -> str:
    """Answers a second, in brackets where they were not the answers asked for; broken connections are said."""
    figure = f"{speed['per_s']:,.0f}" if honest else f"({speed['per_s']:,.0f})"
    return f"{figure}, {speed['broken']} broken" if speed["broken"] else figure


def ratios(result: Row) -> list[str]:
    """Figures beside their targets."""
    lines = [f"| {aim.what} | {aim.got} | {aim.target} | {'yes' if aim.met else '**no**'} |" for aim in aims(result)]
    return ["| figure | got | target | met |", "|---|--:|--:|---|", *lines] if lines else ["None was measured."]


def alone(ours: Row) -> list[str]:
    """Many stored tasks, and calls without a socket."""
    absent = [f"- {name}: not measured: {part['unmeasured']}" for name, part in ours.items() if "unmeasured" in part]
    parts = {name: part["figures"] for name, part in ours.items() if "figures" in part}
    return [*full_store(parts.get("sizes", [])), *without_socket(parts.get("in_process_us", {})), *absent]


def full_store(sizes: list[Row]) -> list[str]:
    """Memory and speed by the number of stored tasks."""
    if not sizes:
        return []
    return [
        "| stored tasks | memory MB | GET r/s | p50 ms | p99 ms |",
        "|--:|--:|--:|--:|--:|",
        *map(size_row, sizes),
        "",
        f"A stored task takes {bytes_per_task(sizes):.0f} bytes, its request included.",
        submit_line(sizes[-1]),
        "",
    ]


def without_socket(calls: Row) -> list[str]:
    """One submit, in process."""
    lines = [f"| {what} | {us:.0f} |" for what, us in calls.items()]
    return ["| one submit through httpx, without a socket | us a call |", "|---|--:|", *lines, ""] if lines else []


def size_row(row: Row) -> str:
    """One size of the store."""
    look = row["look"]
    return (
        f"| {row['tasks']:,} | {row['memory_mb']:.0f} | {look['per_s']:,.0f} "
        f"| {look['p50_ms']:.2f} | {look['p99_ms']:.2f} |"
    )


def submit_line(row: Row) -> str:
    """How submits fare in a full store."""
    submit = row["submit"]
    return f"With {row['tasks']:,} stored, valid POST: {submit['per_s']:,.0f} r/s, p99 {submit['p99_ms']:.1f} ms."


def needs(result: Row) -> list[str]:
    """Commands and tweaks."""
    lines = [f"| {title(row)} | `{row['command']}` | {row['tweaks']} |" for row in result["servers"]]
    return ["| server | command | beside the document |", "|---|---|---|", *lines]
