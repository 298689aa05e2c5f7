"""The rep of the demo company who is given too few leads is found, and nobody where that is switched off."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from salesops_lib.analysis.reps.lead_shares import lead_fairness, lead_shares
from salesops_lib.analysis.reps.leaks import leaks
from salesops_lib.analysis.reps.one_rep import RepScorecard
from salesops_lib.analysis.reps.peers import Peers
from salesops_lib.analysis.reps.practices import practices
from salesops_lib.data.book import open_book
from salesops_lib.data.demo import TRUTHS, planted, write_demo

QUARTER = "2026Q3"


class Demo(NamedTuple):
    seed: int
    on: Peers
    off: Peers


@pytest.fixture(scope="module", params=[7, 8, 9])
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    def company(name: str, without: tuple[str, ...]) -> Peers:
        out: Path = tmp_path_factory.mktemp(name)
        file = write_demo(out, reps=40, years=3, seed=request.param, activities=2000, format="parquet", without=without)
        return Peers(open_book(file, "2026-09-30"), QUARTER)

    return Demo(request.param, company("on", ()), company("off", tuple(TRUTHS)))


def test_the_rep_with_too_few_leads_is_found_and_no_other(demo: Demo) -> None:
    frame = lead_shares(demo.on)
    flagged = frame[frame["verdict"].isin(["above", "below"])]
    assert flagged[["rep", "verdict"]].to_numpy().tolist() == [
        [planted(seed=demo.seed)["unfair_leads"]["rep"], "below"]
    ]
    assert lead_fairness(demo.on).set_index("aspect").loc["number", "uneven"]


def test_nobody_is_where_leads_are_fair(demo: Demo) -> None:
    frame = lead_shares(demo.off)
    assert not frame["verdict"].isin(["above", "below"]).any()
    assert not lead_fairness(demo.off).set_index("aspect").loc["number", "uneven"]


def test_no_rep_leaks_where_all_are_alike(demo: Demo) -> None:
    frame = leaks(demo.off)
    assert len(frame) == 4 * len(demo.off.reps)
    assert not frame["leak"].any()


def test_a_stage_that_leaks_for_all_is_no_reps_leak(demo: Demo) -> None:
    """In the last quarter all lose more in one stage; only the region of the bad week truly lost more than others."""
    region = planted(seed=demo.seed)["bad_week"]["region"]
    flagged = leaks(demo.on).query("leak").merge(demo.on.reps, on="rep")
    assert flagged["team"].str.startswith(region).all()
    assert planted(seed=demo.seed)["leaking_stage"]["stage"] not in flagged["stage"].to_list()


def test_the_best_do_nothing_else_where_nothing_is_planted(demo: Demo) -> None:
    best = pd.DataFrame({"rep": demo.off.reps["rep"].head(9)})
    frame = practices(demo.off, best)
    assert {"activities_per_day", "lead_response_hours", "discount_rate", "time_in_stage"} <= set(frame["practice"])
    assert not frame["verdict"].isin(["higher", "lower"]).any()


def test_a_scorecard_agrees_with_the_comparison(demo: Demo) -> None:
    rep = planted(seed=demo.seed)["unfair_leads"]
    card = RepScorecard(demo.on.book, QUARTER, rep["rep_name"])
    assert card.rep_row["rep"].item() == rep["rep"]
    own = leaks(demo.on)
    pd.testing.assert_frame_equal(card.funnel, own[own["rep"] == rep["rep"]].reset_index(drop=True))
    deals = demo.on.book.table("opportunities")
    mine = deals.filter(~deals.is_closed & (deals.rep_id == rep["rep"])).to_pandas()
    assert set(card.pipeline["opportunity_id"]) == set(mine["opportunity_id"])
    assert card.ageing["n"].sum() == len(mine) > 0
    assert card.ageing["amount"].sum() == pytest.approx(float(mine["amount"].sum()))
