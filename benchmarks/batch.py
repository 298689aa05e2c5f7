"""A batch of reports against the same notebook made otherwise: by papermill, by ploomber-engine, as plain scripts."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path

import nbformat
import yaml

from benchmarks import ROOT, machine, ratios, table, take_turns, unkept
from salesops_lib.report.crew import Crew
from salesops_lib.report.members import Member
from salesops_lib.report.run import plan

COMMANDS = Path(sys.executable).parent
QUARTER = "2026Q3"
REPORTS, CORES, REPS = 20, 2, 12
STEM = "quarterly_review"
PARAMETERS = 'company = "params/demo.yml"\nquarter = "2026Q3"\npublished = "reports"\npseudonyms = False\nas_of = None'
OPENED = (
    "from salesops_lib import analysis, measure, open_book, show\n"
    "book = open_book(company, as_of=as_of, period=quarter)\n"
    "review = analysis.Review(book, quarter, published)\nshow.display(show.title(book, quarter))"
)
# Ten tables of key figures and six figures.
SHOWN = (
    *(
        f'kpis = measure(book, {metrics!r}, quarter, by="{by}")\nkpis.drop(columns=["low", "high"])'
        for by in ("team", "segment")
        for metrics in (["revenue_won", "deals_won"], ["win_rate", "average_deal_size"], ["sales_cycle_days_mean"])
    ),
    "show.display(show.table_ledger(review.ledger), show.plot_ledger(review.ledger))",
    "show.display(show.table_funnel(review.funnel), show.plot_funnel(review.funnel))",
    "show.display(show.table_losses(review.losses), show.plot_losses(review.losses))",
    "show.display(show.table_change(review.change), show.plot_change(review.change))",
    "show.display(show.plot_trends(review.trends))",
    "show.display(show.plot_attainment(review.attainment_by_team))",
)
# As many tables and figures by pandas and seaborn alone: what is left to compare is how a notebook is run.
LIGHT = (
    "import io\nimport pandas as pd, seaborn as sns\nfrom matplotlib import pyplot as plt\n"
    "deals = pd.read_csv('demo/opportunities.csv', parse_dates=['created_at', 'closed_at'])\n"
    "deals['quarter'] = deals.closed_at.dt.to_period('Q').astype(str)",
    *(
        f"kpis = deals.groupby({by!r})[{of!r}].agg(['size', 'sum', 'mean', 'median'])\nkpis.head(40)"
        for by, of in product(("quarter", "type", "lead_source", "stage", "rep_id"), ("amount", "probability"))
    ),
    *(
        f"figure, axes = plt.subplots()\nsns.{kind}(deals, x={x!r}, y='amount', ax=axes)\n"
        "figure.savefig(io.BytesIO(), format='svg')"
        for kind, x in product(("boxplot", "barplot", "pointplot"), ("type", "stage"))
    ),
)
NO_TELEMETRY = {"PLOOMBER_STATS_ENABLED": "false"}


def main(reports: int = REPORTS, rounds: int = 1, singles: int = 3) -> None:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        _write(work, (OPENED, *SHOWN))
        title = f"{reports} reports on {CORES} cores by the kit, divided by"
        print(table(title, _compare(_batches(work, reports), rounds)))
        print()
        print(table("one report by `salesops run`, cold, divided by", _compare(_singles(work), singles)))
        print()
        _write(work, LIGHT)
        title = "one of pandas and seaborn alone by `salesops run`, cold, divided by"
        print(table(title, _compare(_singles(work), singles)))
    if not _has_ploomber():
        print("\nploomber-engine is not installed: it was not compared.")
    print(f"\n{machine()}")


def _compare(rivals: dict[str, Callable[[], None]], rounds: int) -> dict[str, list[float]]:
    """Our share of the wall time of each rival and of the processor's, which other work does not stretch."""
    worked: dict[str, list[float]] = {name: [] for name in rivals}

    def clocked(name: str) -> None:
        before = _processor_seconds()
        rivals[name]()
        worked[name].append(_processor_seconds() - before)

    seconds = take_turns({name: partial(clocked, name) for name in rivals}, rounds)
    ours, *others = rivals
    found = {}
    for name in others:
        found[name] = ratios(seconds[ours], seconds[name])
        found[f"{name}: processor"] = ratios(worked[ours], worked[name])
    return found


def _processor_seconds() -> float:
    """What this process and those that it waited for have used."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def _batches(work: Path, reports: int) -> dict[str, Callable[[], None]]:
    rivals = {
        "the kit": partial(_python, work, "--ours", str(reports)),
        "a loop of papermill and jupyter nbconvert": partial(_loop, work, reports, 1),
        f"that loop, {CORES} at a time": partial(_loop, work, reports, CORES),
        f"warm plain scripts, {CORES} at a time, without HTML": partial(_scripts, work, reports),
    }
    if _has_ploomber():
        rivals[f"ploomber-engine, {CORES} at a time, without HTML"] = partial(_ploomber, work, reports)
    return rivals


def _singles(work: Path) -> dict[str, Callable[[], None]]:
    return {
        "the kit": lambda: _call(
            work, "-c", "from salesops_lib.cli import main; main()", "run", "--fresh", f"params/{STEM}.yml"
        ),
        "a plain script, cold, without HTML": lambda: _call(work, "script.py"),
        "papermill and jupyter nbconvert": partial(_loop, work, 1, 1),
    }


def _write(work: Path, shown: Sequence[str]) -> None:
    """A project with a small company and the notebook, also as a script."""
    from salesops_lib.data.demo import write_demo

    company = unkept(write_demo(work / "demo", reps=REPS, format="csv"))
    (work / "params").mkdir(exist_ok=True)
    given = {"company": str(company.relative_to(work)), "quarter": QUARTER}
    (work / "params" / f"{STEM}.yml").write_text(yaml.safe_dump(given))
    cells = [PARAMETERS, *shown]
    book = nbformat.v4.new_notebook()
    book.cells = [nbformat.v4.new_code_cell(source) for source in cells]
    book.cells[0].metadata["tags"] = ["parameters"]
    book.cells.insert(0, nbformat.v4.new_markdown_cell("# Benchmark"))
    book.metadata.kernelspec = {"name": "python3", "language": "python", "display_name": "Python 3"}
    (work / "notebooks").mkdir(exist_ok=True)
    nbformat.write(book, work / "notebooks" / f"{STEM}.ipynb")
    given_too = f'company, quarter = "{given["company"]}", "{QUARTER}"'
    # As a notebook shows what a cell ends with, the script makes the same HTML of it and drops it.
    displayed = [
        cell.replace("\nkpis.", "\nkpis = kpis.") + "\nkpis._repr_html_()" * ("kpis" in cell) for cell in cells[1:]
    ]
    (work / "script.py").write_text("\n".join([PARAMETERS, given_too, SILENT, *displayed]) + "\n")


# What is displayed is made and not printed.
SILENT = "import sys\nsys.stdout = open('/dev/null', 'w')"


def make_ours(work: Path, reports: int) -> None:
    """Make the batch, start-up included; each report has a place of its own."""
    os.chdir(work)
    out = work / "reports"
    with Crew(jobs=CORES) as crew:
        request = plan(work / "params" / f"{STEM}.yml", {}, out)
        members = [Member("group", f"team=T{n}", f"T{n}") for n in range(reports)]
        outcomes = list(crew.run([replace(request, member=member) for member in members], out))
    assert [outcome.error for outcome in outcomes] == [None] * reports, outcomes


def _loop(work: Path, reports: int, at_once: int) -> None:
    given = yaml.safe_load((work / "params" / f"{STEM}.yml").read_text())
    more = " ".join(f"-p {name} {value}" for name, value in given.items())
    one = (
        f"{COMMANDS}/papermill notebooks/{STEM}.ipynb out-$1.ipynb {more}"
        f" && {COMMANDS}/jupyter nbconvert --to html out-$1.ipynb"
    )
    script = f"seq {reports} | xargs -P {at_once} -I N sh -c '{one}' sh N"
    subprocess.run(["sh", "-c", script], cwd=work, env=_environment(), check=True, capture_output=True)
    assert len(list(work.glob("out-*.html"))) >= reports


def _scripts(work: Path, reports: int) -> None:
    """The notebook's code again and again in processes that have everything loaded after the first time."""
    again = "import sys; code = compile(open('script.py').read(), 'script.py', 'exec')\n"
    again += "for n in range(int(sys.argv[1])): exec(code, {'__name__': '__main__'})"
    _at_once(work, [["-c", again, str(part)] for part in _parts(reports)])


def _ploomber(work: Path, reports: int) -> None:
    again = "import sys; from ploomber_engine import execute_notebook\n"
    again += f"for n in range(int(sys.argv[1])): execute_notebook('notebooks/{STEM}.ipynb', sys.argv[2], "
    again += "parameters={'company': 'demo/demo.yml', 'quarter': '2026Q3'}, progress_bar=False)"
    _at_once(work, [["-c", again, str(part), f"p-{n}.ipynb"] for n, part in enumerate(_parts(reports))])


def _parts(reports: int) -> list[int]:
    return [reports // CORES + (n < reports % CORES) for n in range(CORES)]


def _at_once(work: Path, commands: list[list[str]]) -> None:
    running = [
        subprocess.Popen(
            [sys.executable, *each], cwd=work, env=_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        for each in commands
    ]
    for each in running:
        _out, said = each.communicate()
        assert each.returncode == 0, said.decode()


def _python(work: Path, *arguments: str) -> None:
    _call(work, "-m", "benchmarks.batch", *arguments, str(work))


def _call(work: Path, *arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], cwd=work, env=_environment(), check=True, capture_output=True)


def _environment() -> dict[str, str]:
    paths = [str(ROOT), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    return {**os.environ, **NO_TELEMETRY, "MPLBACKEND": "agg", "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def _has_ploomber() -> bool:
    return importlib.util.find_spec("ploomber_engine") is not None


if __name__ == "__main__":
    if sys.argv[1:2] == ["--ours"]:
        make_ours(Path(sys.argv[3]), int(sys.argv[2]))
    else:
        main(*map(int, sys.argv[1:]))
