"""What is planted in the demo company is there when switched on, gone when switched off, and nothing else changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency

from salesops_lib.data.demo import TRUTHS, planted, write_demo

SEEDS = (7, 8, 9)
QUARTER = pd.Period("2026Q3")

Tables = dict[str, pd.DataFrame]


def read(folder: Path) -> Tables:
    deals = pd.read_csv(
        folder / "opportunities.csv", parse_dates=["created_at", "closed_at"], dtype={"loss_reason": str}
    )
    reps = pd.read_csv(folder / "reps.csv", parse_dates=["hired_on", "left_on"])
    territories = pd.read_csv(folder / "territories.csv")
    region = reps.merge(territories, on="territory_id").set_index("rep_id").region
    closed = deals[deals.is_closed].assign(
        region=lambda d: d.rep_id.map(region),
        week=lambda d: d.closed_at.dt.strftime("%G-W%V"),
        quarter=lambda d: d.closed_at.dt.to_period("Q"),
    )
    history = pd.read_csv(folder / "opportunity_history.csv", parse_dates=["changed_at"])
    leads = pd.read_csv(folder / "leads.csv", parse_dates=["created_at"], dtype={"opportunity_id": str})
    return {"deals": deals, "closed": closed, "history": history, "leads": leads, "reps": reps}


@pytest.fixture(scope="module", params=SEEDS)
def seed(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(scope="module")
def on(seed: int, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    out = tmp_path_factory.mktemp("on")
    write_demo(out, seed=seed, activities=100)
    return read(out)


@pytest.fixture(scope="module")
def off(seed: int, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    out = tmp_path_factory.mktemp("off")
    write_demo(out, seed=seed, activities=100, without=TRUTHS)
    return read(out)


def win_rate(closed: pd.DataFrame) -> float:
    return float(closed.is_won.mean())


def conversion(tables: Tables, stage: str) -> tuple[float, float]:
    """Share of the deals that came to a stage and beyond, of those that left it: last quarter, and before."""
    stages = ["Qualification", "Discovery", "Proposal", "Negotiation", "Closed Won"]
    history = tables["history"].assign(
        rank=lambda h: h.stage.map({name: n for n, name in enumerate(stages)}).fillna(-1)
    )
    at = stages.index(stage)
    entered = history[history["rank"] >= at].groupby("opportunity_id").changed_at.min().dt.to_period("Q")
    further = history.groupby("opportunity_id")["rank"].max()[entered.index] > at
    lost = tables["deals"].set_index("opportunity_id").stage.eq("Closed Lost")[entered.index]
    left = further | lost
    last = entered == QUARTER
    return float(further[left & last].mean()), float(further[left & ~last].mean())


def test_the_better_rep_wins_more(seed: int, on: Tables, off: Tables) -> None:
    rep = planted(seed=seed)["better_rep"]["rep"]
    for tables, low, high in ((on, 0.14, 0.30), (off, -0.06, 0.06)):
        closed = tables["closed"]
        lead = win_rate(closed[closed.rep_id == rep]) - win_rate(closed[closed.rep_id != rep])
        assert low < lead < high
    share = on["closed"][on["closed"].rep_id != rep].groupby("rep_id").is_won.agg(["mean", "size"])
    mine = win_rate(on["closed"][on["closed"].rep_id == rep])
    assert mine > share["mean"][share["size"] >= 100].max()


def test_the_bad_week_lost_nearly_everything(seed: int, on: Tables, off: Tables) -> None:
    fact = planted(seed=seed)["bad_week"]
    for tables, low, high in ((on, 0.0, 0.12), (off, 0.22, 0.60)):
        closed = tables["closed"]
        there = closed[(closed.region == fact["region"]) & (closed.week == fact["week"])]
        assert len(there) >= 25
        assert low <= win_rate(there) <= high
    # the other regions had an ordinary week
    elsewhere = on["closed"][(on["closed"].region != fact["region"]) & (on["closed"].week == fact["week"])]
    assert win_rate(elsewhere) > 0.15


def test_the_stage_leaks_in_its_quarter_and_no_other_stage_does(seed: int, on: Tables, off: Tables) -> None:
    assert planted(seed=seed)["leaking_stage"] == {"stage": "Proposal", "quarter": "2026Q3"}
    last, before = conversion(on, "Proposal")
    assert before == pytest.approx(0.71, abs=0.03)
    assert last == pytest.approx(0.51, abs=0.05)
    for stage, tables in (("Qualification", on), ("Discovery", on), ("Negotiation", on), ("Proposal", off)):
        last, before = conversion(tables, stage)
        assert last == pytest.approx(before, abs=0.05), stage


def test_the_poor_source_converts_a_third_and_costs_most(on: Tables, off: Tables) -> None:
    for tables, ratio, dearest in ((on, 1 / 3, 200), (off, 1.0, 100)):
        leads = tables["leads"].assign(became=lambda frame: frame.opportunity_id.notna())
        by_source = leads.groupby("lead_source").agg(became=("became", "mean"), cost=("cost", "mean"))
        others = leads[leads.lead_source != "Event"].became.mean()
        assert by_source.became["Event"] / others == pytest.approx(ratio, rel=0.1)
        assert by_source.cost.idxmax() == "Event"
        assert (by_source.cost["Event"] > dearest) == (tables is on)


def test_one_rep_gets_fewer_leads_per_working_day(seed: int, on: Tables, off: Tables) -> None:
    rep = planted(seed=seed)["unfair_leads"]["rep"]
    for tables, low, high in ((on, 0.2, 0.5), (off, 0.85, 1.15)):
        reps = tables["reps"].set_index("rep_id")
        begin = reps.hired_on.clip(lower=pd.Timestamp("2023-10-01")).to_numpy("datetime64[D]")
        stop = reps.left_on.fillna(pd.Timestamp("2026-10-01")).to_numpy("datetime64[D]")
        rate = tables["leads"].rep_id.value_counts()[reps.index] / np.busday_count(begin, stop)
        assert low < rate[rep] / rate.median() < high
        others = rate.drop(rep) / rate.median()
        assert others.between(0.8, 1.2).all()


def test_without_truths_win_rates_differ_by_chance_only(off: Tables) -> None:
    closed = off["closed"]
    assert 0.38 < win_rate(closed) < 0.43
    last = closed[closed.quarter == QUARTER]
    for groups, rows in (
        (closed.rep_id, closed),
        (closed.region, closed),
        (closed.quarter.astype(str), closed),
        (closed.lead_source, closed),
        (last.region + last.week, last),
    ):
        # twenty tests with fixed seeds: a real difference would be far beyond this
        assert chi2_contingency(pd.crosstab(groups, rows.is_won)).pvalue > 1e-4


@pytest.mark.parametrize("name", TRUTHS)
def test_each_switch_turns_off_its_truth_alone(tmp_path: Path, name: str) -> None:
    for folder, without in (("on", ()), ("off", (name,))):
        write_demo(tmp_path / folder, reps=20, years=1, without=without)
    assert planted().keys() - planted(without=[name]).keys() == {name}
    files = {path.name for path in (tmp_path / "on").iterdir()}
    changed = {
        file for file in files if (tmp_path / "on" / file).read_bytes() != (tmp_path / "off" / file).read_bytes()
    }
    of_deals = {"opportunities.csv", "opportunity_history.csv", "forecasts.csv", "activities.csv", "leads.csv"}
    of_leads = {"leads.csv", "activities.csv"}
    assert changed
    assert changed <= (of_leads if name in ("poor_source", "unfair_leads") else of_deals)


def test_every_truth_is_told_in_a_sentence() -> None:
    assert planted().keys() == TRUTHS.keys()
    assert all(text.endswith(".") for text in TRUTHS.values())
