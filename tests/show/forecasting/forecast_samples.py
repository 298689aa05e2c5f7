"""Frames of a quarter's forecast made by hand, as the show layer receives them."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

NAN = float("nan")
HOSTILE = "<script>alert(1)</script> $x^$ _a_ {0} {{x}} &amp; 'q' \"z\""
HOSTILE_NAMES = (HOSTILE, "$x^$", "\u202eevil\u2069 الشركة", "L" * 200)
REGIONS = ("North", "South", "East", "West")
TEAMS = ("Central", "Coast", "Key accounts")
QUARTERS = ("2024Q4", "2025Q1", "2025Q2", "2025Q3", "2025Q4", "2026Q1", "2026Q2", "2026Q3")
SHARES = (0.4, 0.3, 0.2, 0.1)


def outlook(regions: Sequence[str] = REGIONS, teams: Sequence[str] = TEAMS) -> pd.DataFrame:
    """The company is to bring 4.2M of a quota of 4.5M; the groups of each level add up to it."""
    rows = [("company", "", 1.0, 4_500_000.0, 0.31, 300_000.0)]
    parts = [(share, 1 - 0.25 * i) for i, share in enumerate(SHARES)]
    for region, (share, chance) in zip(regions, parts, strict=False):
        rows.append(("region", region, share, 4_200_000.0 * share * (1.4 - chance), chance, NAN))
    for i, team in enumerate(teams):
        rows.append(("team", team, (0.5, 0.3, 0.2)[i], NAN, NAN, NAN))
    frame = pd.DataFrame(rows, columns=["level", "group", "share", "quota", "chance", "gap"])
    share = frame.pop("share")
    wide = share**0.5 * 400_000
    frame.insert(2, "period", "2026Q4")
    frame.insert(3, "closed", 120_000.0 * share)
    for at, (name, values) in enumerate(
        {
            "mean": 4_200_000.0 * share,
            "lo-80": 4_200_000.0 * share - wide,
            "hi-80": 4_200_000.0 * share + wide,
            "lo-95": 4_200_000.0 * share - 1.7 * wide,
            "hi-95": 4_200_000.0 * share + 1.7 * wide,
        }.items()
    ):
        frame.insert(4 + at, name, values)
    frame["gap"] = frame["quota"] - frame["mean"]
    frame["last_year"] = 3_800_000.0 * share
    for name, bound in (("growth", "mean"), ("growth_low", "lo-80"), ("growth_high", "hi-80")):
        frame[name] = frame[bound] / frame["last_year"] - 1
    return frame.assign(history=4_000_000.0 * share, pipeline=4_323_000.0 * share, weight=0.62, n_open=120)


def company(**values: object) -> pd.DataFrame:
    """The company's row alone, with these values."""
    return outlook((), ()).assign(**values)


def fan(regions: Sequence[str] = REGIONS) -> pd.DataFrame:
    """Three years of months that swing with the quarter's end, and six months ahead."""
    rows = []
    for level, group, share in [
        ("company", "", 1.0),
        *(("region", r, s) for r, s in zip(regions, SHARES, strict=False)),
    ]:
        for i in range(42):
            month = pd.Timestamp("2023-10-01") + pd.DateOffset(months=i)
            value = share * (900_000.0 + 9_000 * i) * (1.0, 1.0, 1.45)[i % 3] * (1 + 0.06 * ((i * 7) % 5 - 2))
            half = share**0.5 * (120_000 + 12_000 * (i - 36))
            known = [value, NAN, NAN, NAN, NAN, NAN]
            ahead = [NAN, value, value - half, value + half, value - 1.7 * half, value + 1.7 * half]
            rows.append((level, group, month, *(known if i < 36 else ahead)))
    return pd.DataFrame(rows, columns=["level", "group", "ds", "y", "mean", "lo-80", "hi-80", "lo-95", "hi-95"])


def views(category: str = "commit") -> pd.DataFrame:
    """Eight ways to forecast; three have a range, two were submitted."""
    rows = [
        ("blend", 4.2e6, 3.8e6, 4.6e6, NAN, 0.081, 0.012, 8),
        ("history", 4.0e6, 3.4e6, 4.6e6, 0.38, 0.11, -0.02, 8),
        ("pipeline", 4.323e6, 3.8e6, 4.85e6, 0.62, 0.09, 0.03, 8),
        (category, 3.9e6, NAN, NAN, NAN, 0.12, -0.11, 8),
        ("best_case", 5.1e6, NAN, NAN, NAN, 0.31, 0.28, 8),
        ("weighted_pipeline", 2.6e6, NAN, NAN, NAN, 0.4, -0.4, 8),
        ("run_rate", 3.9e6, NAN, NAN, NAN, 0.15, -0.05, 8),
        ("seasonal_naive", 3.8e6, NAN, NAN, NAN, 0.16, -0.14, 7),
    ]
    return pd.DataFrame(rows, columns="view forecast lo-80 hi-80 weight wape bias periods".split())


def parts() -> pd.DataFrame:
    """The open deals are to bring more than in any earlier quarter."""
    rows = [
        ("closed", 120_000.0, 130_000.0, 80_000.0, 190_000.0),
        ("open", 2_500_000.0, 1_900_000.0, 1_600_000.0, 2_300_000.0),
        ("arrivals", 1_703_000.0, 1_800_000.0, 1_500_000.0, 2_100_000.0),
    ]
    frame = pd.DataFrame(rows, columns="part now usual lowest highest".split())
    return frame.assign(periods=8, n_open=120, usual_open_deals=98.4)


def scoreboard(category: str = "commit") -> pd.DataFrame:
    """At three lead times; this forecast is proven better at the earliest."""
    rows = []
    for lead in (92, 60, 30):
        ways = {"pipeline": 0.09, category: 0.12, "best_case": 0.31, "run_rate": 0.15, "seasonal_naive": 0.16}
        if lead == 92:
            ways = {"blend": 0.081, "history": 0.11, **ways, "previous_forecast": 0.13}
        for way, wape in ways.items():
            verdict = {"blend": "better", "best_case": "worse", "seasonal_naive": ""}.get(way, "not proven")
            gain = NAN if way == "seasonal_naive" else 0.16 - wape
            half = {"better": 0.05, "worse": 0.08}.get(verdict, 0.2)
            rows.append((lead, way, 8, wape, wape / 3, 0.16, gain, gain - half, gain + half, verdict))
    columns = "lead_days method periods wape bias naive_wape gain low high verdict"
    return pd.DataFrame(rows, columns=columns.split())


def methods(verdict: str = "better") -> pd.DataFrame:
    """The kit beside seasonal naive and Prophet, on fifteen forecasts."""
    rows = [
        ("kit", 15, 0.71, 0.08, 0.01, 0.79, 0.95, 2.1, 0.21, 0.06, 0.34, verdict),
        ("SeasonalNaive", 15, 0.9, 0.1, -0.04, 0.81, 0.94, 2.9, 0.0, 0.0, 0.0, ""),
        ("Prophet", 15, 0.84, 0.09, 0.02, 0.47, 0.71, 4.4, 0.07, -0.1, 0.2, "not proven"),
    ]
    columns = "method n mase wape bias coverage_80 coverage_95 interval_score gain gain_low gain_high verdict"
    return pd.DataFrame(rows, columns=columns.split())


def track_record() -> pd.DataFrame:
    """Eight quarters: the misses sum to 2.0M of 31.0M, one came above its range and one below."""
    forecast = [3.5e6, 3.6e6, 3.8e6, 3.7e6, 4.0e6, 3.9e6, 4.0e6, 4.1e6]
    actual = [3.6e6, 3.5e6, 4.6e6, 3.6e6, 3.8e6, 3.4e6, 4.2e6, 4.3e6]
    frame = pd.DataFrame({"period": QUARTERS, "forecast": forecast, "actual": actual})
    frame.insert(1, "made_on", pd.to_datetime(["2024-09-30"] * 8))
    for name, half in (("80", 0.4e6), ("95", 0.7e6)):
        frame[f"lo-{name}"], frame[f"hi-{name}"] = frame["forecast"] - half, frame["forecast"] + half
    frame["error"] = frame["forecast"] - frame["actual"]
    frame["off"] = frame["error"] / frame["actual"]
    frame["inside"] = [bool(each <= 0.4e6) for each in frame["error"].abs()]
    return frame.assign(commit=0.9 * frame["actual"], best_case=NAN)


def needs(met: bool | None = False, reached: Sequence[int] = (3, 1, 0)) -> pd.DataFrame:
    """Three levers to close a gap of 300,000."""
    rows = [
        ("win_chance", 0.241, 0.27, "share", 0.235, 0.29, reached[0], 8),
        ("new_business", 1_703_000.0, 2_003_000.0, "money", 1_800_000.0, 2_100_000.0, reached[1], 8),
        ("deal_size", 19_800.0, 21_256.0, "money", 19_800.0, 20_900.0, reached[2], 8),
    ]
    frame = pd.DataFrame(rows, columns="lever now needed unit usual best reached quarters".split())
    frame = frame if met is False else frame.iloc[:0]
    frame.attrs["met"] = met
    return frame


def risks(deal: str = "Plant in Ohio", account: str = "Acme") -> pd.DataFrame:
    """A risk of each kind, two large deals."""
    rows = [
        ("large_deal", deal, account, 410_000.0, "money", NAN, -98_000.0, 0.31, 0.22),
        ("large_deal", "Line 4", "Borealis", 260_000.0, "money", NAN, -51_000.0, 0.31, 0.27),
        ("concentration", "", "", 0.24, "share", NAN, NAN, NAN, NAN),
        ("overdue", "", "", 640_000.0, "money", NAN, -120_000.0, NAN, NAN),
        ("slipping", "", "", 0.38, "share", NAN, NAN, NAN, NAN),
        ("coverage", "", "", 1.1, "ratio", 1.36, NAN, NAN, NAN),
    ]
    columns = "risk subject account value unit usual effect chance chance_then"
    return pd.DataFrame(rows, columns=columns.split())


def open_deals(count: int = 30, names: Sequence[str] = ("Plant in Ohio", "Line 4")) -> pd.DataFrame:
    """Open deals, the largest first; every seventh has no amount, every fifth a chance from the company file."""
    rows = []
    for i in range(count):
        name = names[i] if i < len(names) else f"Deal {i:03d}"
        amount = NAN if i % 7 == 6 else 410_000.0 / (i + 1)
        source = "company file" if i % 5 == 4 else "stage"
        close = pd.NaT if i % 11 == 10 else pd.Timestamp("2026-11-15") + pd.Timedelta(days=i)
        rows.append(
            (f"O-{i:03d}", name, "Acme", "Ann Bell", "Proposal", 40.0 + i, amount, close, 0.24, 98_400.0 / (i + 1),
             source, "average" if i % 7 == 6 else "record")
        )  # fmt: skip
    columns = "opportunity_id name account rep stage age_days amount close_date chance expected source amount_from"
    return pd.DataFrame(rows, columns=columns.split())


def submissions(category: str = "commit") -> pd.DataFrame:
    """Two categories, three bands of days."""
    rows = []
    for name, bias in ((category, -0.11), ("best_case", 0.28)):
        for lead, wape in (("over 60", 0.41), ("31-60", 0.33), ("0-7", 0.12)):
            rows.append((name, lead, 240, 8, 3.0e7 * (1 + bias), 3.0e7, wape, bias * wape / 0.41))
    return pd.DataFrame(rows, columns="category lead n periods forecast actual wape bias".split())


def commitments(names: Sequence[str] = ("Ann Bell", "Bo Chen", "Cy Diaz", "Di Evans")) -> pd.DataFrame:
    """The first over-commits, the second under-commits, of the third it is not distinguishable, the fourth is new."""
    figures = [
        (8, 1_300_000.0, 1_000_000.0, 0.3, 0.12, 0.48, 0.004, "above"),
        (8, 700_000.0, 1_000_000.0, -0.3, -0.42, -0.18, 0.001, "below"),
        (8, 1_040_000.0, 1_000_000.0, 0.04, -0.1, 0.18, 0.6, "not distinguishable"),
        (2, 90_000.0, 100_000.0, -0.1, NAN, NAN, NAN, "too few"),
    ]
    rows = [(f"R-{i + 1:03d}", name, "commit", *figures[min(i, 3)]) for i, name in enumerate(names)]
    columns = "rep rep_name category periods forecast actual bias low high p_value verdict"
    return pd.DataFrame(rows, columns=columns.split())


def runs() -> pd.DataFrame:
    """Two runs of a quarter that is over and one of this quarter; the second run missed."""
    rows = [
        ("2026-03-31", "2026Q2", "company", "", 4.0e6, 3.6e6, 4.4e6, 3.3e6, 4.7e6, 91, 4.2e6, -0.0476, True),
        ("2026-06-30", "2026Q3", "company", "", 3.7e6, 3.3e6, 4.1e6, 3.0e6, 4.4e6, 92, 4.3e6, -0.1395, False),
        ("2026-06-30", "2026Q3", "region", "North", 1.5e6, 1.3e6, 1.7e6, 1.2e6, 1.8e6, 92, 1.6e6, -0.0625, True),
        ("2026-08-31", "2026Q4", "company", "", 4.05e6, 3.5e6, 4.6e6, 3.2e6, 4.9e6, 122, NAN, NAN, None),
    ]
    columns = "made_as_of period level group forecast lo-80 hi-80 lo-95 hi-95 lead_days actual off inside"
    frame = pd.DataFrame(rows, columns=columns.split())
    return frame.assign(made_as_of=pd.to_datetime(frame["made_as_of"]))


def runs_accuracy() -> pd.DataFrame:
    """Of the company and of the regions, at one lead time."""
    rows = [("company", 92, 2, 0.094, -0.094, 0.5, 1.0), ("region", 92, 1, 0.0625, -0.0625, 1.0, 1.0)]
    return pd.DataFrame(rows, columns="level lead_days n wape bias coverage_80 coverage_95".split())


def previous() -> pd.DataFrame:
    """Two earlier runs of this quarter, oldest first."""
    rows = [("2026-07-31", 3.9e6, 3.3e6, 4.5e6, 4.2e6, 0.3e6), ("2026-08-31", 4.05e6, 3.5e6, 4.6e6, 4.2e6, 0.15e6)]
    frame = pd.DataFrame(rows, columns="made_as_of forecast lo-80 hi-80 now change".split())
    return frame.assign(made_as_of=pd.to_datetime(frame["made_as_of"]))


def goals(regions: Sequence[str] = REGIONS) -> pd.DataFrame:
    """The company's quota lies between even and stretch; the last region's beyond its stretch goal."""
    rows = [("company", "", "2026Q4", 3.94e6, 4.2e6, 4.46e6, 4.45e6, 0.21, 3.8e6)]
    for region, share in zip(regions, SHARES, strict=False):
        quota = 4.2e6 * share * (1.5 if share == SHARES[-1] else 1.0)
        rows.append(
            ("region", region, "2026Q4", 3.8e6 * share, 4.2e6 * share, 4.6e6 * share, quota, 0.5, 3.8e6 * share)
        )
    columns = "level group period floor even stretch quota chance_of_quota last_year"
    return pd.DataFrame(rows, columns=columns.split())


def alarm(raised: bool = False) -> pd.DataFrame:
    """Twenty-four results: 79 % within their ranges, or 46 %."""
    realised, p = (11 / 24, 0.0002) if raised else (19 / 24, 0.6)
    return pd.DataFrame(
        {"level": [80], "expected": [0.8], "realised": [realised], "n": [24], "p_value": [p], "raised": [raised]}
    )


def highlights(**changes: pd.DataFrame | None) -> dict[str, pd.DataFrame | None]:
    """What the headline is written from."""
    frames: dict[str, pd.DataFrame | None] = {
        "outlook": outlook(),
        "views": views(),
        "track_record": track_record(),
        "alarm": alarm(),
        "risks": risks(),
        "needs": needs(),
    }
    return {**frames, **changes}
