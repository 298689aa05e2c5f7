"""Earlier published forecasts are read back from their manifests and held against what came."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from small import WON, deal, told

from salesops_lib.errors import ParameterError
from salesops_lib.forecasting.runs import accuracy_of_runs, past_runs, with_actuals

BEFORE = date(2026, 6, 30)


def publish(folder: Path, period: str, as_of: str, mean: float, company: str = "Small", **figures: Any) -> None:
    row = {"level": "company", "group": "", "mean": mean, "lo-80": mean - 20, "hi-80": mean + 20}
    row |= {"lo-95": None, "hi-95": None}
    told = [{"name": "outlook", "rows": [row]}, *({"name": name, "rows": rows} for name, rows in figures.items())]
    place = folder / period / "forecasting"
    place.mkdir(parents=True)
    manifest = {"company": company, "as_of": as_of, "period": period, "figures": told}
    (place / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def test_runs_are_read_with_those_that_they_carried_on(tmp_path: Path) -> None:
    earlier = {
        "made_as_of": "2026-01-15T00:00:00",
        "period": "2026Q2",
        "level": "company",
        "group": "",
        "forecast": 70.0,
    }
    publish(tmp_path, "2026Q2", "2026-03-31", 100.0, earlier_runs=[earlier])
    publish(tmp_path, "2026Q1", "2025-12-31", 90.0)
    frame = past_runs(tmp_path, "Small", BEFORE)
    assert frame["made_as_of"].dt.strftime("%Y-%m-%d").tolist() == ["2025-12-31", "2026-01-15", "2026-03-31"]
    assert frame["period"].tolist() == ["2026Q1", "2026Q2", "2026Q2"]
    assert frame["forecast"].tolist() == [90, 70, 100]
    assert frame["lo-80"].isna().tolist() == [False, True, False]


def test_what_was_not_known_yet_is_left_out(tmp_path: Path) -> None:
    publish(tmp_path, "2026Q2", "2026-03-31", 100.0)
    publish(tmp_path, "2026Q3", "2026-06-30", 100.0)
    publish(tmp_path, "2026Q1", "2025-12-31", 100.0, company="Other")
    assert past_runs(tmp_path, "Small", BEFORE)["period"].tolist() == ["2026Q2"]
    assert past_runs(tmp_path / "nowhere", "Small", BEFORE).empty
    assert past_runs(None, "Small", BEFORE).empty


@pytest.mark.parametrize("text", ["", "{", "[]", '{"company": "Small"}'])
def test_a_spoilt_manifest_is_named_with_the_way_out(tmp_path: Path, text: str) -> None:
    publish(tmp_path, "2026Q2", "2026-03-31", 100.0)
    path = tmp_path / "2026Q2" / "forecasting" / "manifest.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ParameterError) as caught:
        past_runs(tmp_path, "Small", BEFORE)
    assert str(caught.value) == f"{path}: is not the manifest of a report. Delete its folder, or make the report again."


def test_what_came_of_them(tmp_path: Path) -> None:
    rows = [deal("a", "2026-01-05", ("2026-02-01", WON, 80)), deal("b", "2026-04-05", ("2026-05-01", WON, 150))]
    book = told("2026-06-30", rows)
    publish(tmp_path, "2026Q1", "2025-12-31", 100.0)
    publish(tmp_path, "2026Q2", "2026-06-20", 120.0)
    publish(tmp_path, "2026Q3", "2026-06-25", 120.0)
    frame = with_actuals(past_runs(tmp_path, "Small", book.as_of), book)
    assert frame["lead_days"].tolist() == [90, 10, 97]
    assert frame["actual"].fillna(-1).tolist() == [80, 150, -1]
    assert frame["inside"].tolist() == [True, False, None]
    assert frame["off"].iloc[0] == pytest.approx(0.25)
    found = accuracy_of_runs(frame)
    assert found["lead_days"].tolist() == [10, 90]
    assert found["wape"].tolist() == pytest.approx([0.2, 0.25])
    assert found["bias"].tolist() == pytest.approx([-0.2, 0.25])
    assert found["coverage_80"].tolist() == [0, 1]
    assert found["coverage_95"].isna().all()


def test_a_dimension_that_is_gone_has_no_actual(tmp_path: Path) -> None:
    book = told("2026-06-30", [deal("a", "2026-01-05", ("2026-02-01", WON, 80))])
    runs = pd.DataFrame(
        {"made_as_of": pd.to_datetime(["2025-12-31"]), "period": "2026Q1", "level": "region", "group": "North"}
    ).assign(**dict.fromkeys(["forecast", "lo-80", "hi-80", "lo-95", "hi-95"], 1.0))
    assert with_actuals(runs, book)["actual"].isna().all()
