"""Frames of the rep comparison made by hand, as the show layer receives them, of as many reps as a test asks for."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from plain_samples import factors as factors
from plain_samples import lacking as lacking
from plain_samples import lead_fairness as lead_fairness
from plain_samples import personal as personal
from plain_samples import practices as practices
from scorecard_samples import NAN as NAN
from scorecard_samples import STAGES as STAGES
from scorecard_samples import ageing as ageing
from scorecard_samples import pipeline as pipeline
from scorecard_samples import trend as trend

HOSTILE = "<script>alert(1)</script> $x^$ _a_ {0} {{x}} &amp; 'q' \"z\""
NAMES = ("Ann Bell", "Bo Chen", "Cy Diaz", "Di Evans", "Ed Fox", "Fay Gray")
HOSTILE_NAMES = (HOSTILE, "$x^$", "\u202eevil\u2069 الشركة", "L" * 200, "Same Name", "Same Name")


def ids(names: Sequence[str]) -> list[str]:
    return [f"R-{i + 1:03d}" for i in range(len(names))]


def crowd(count: int) -> tuple[str, ...]:
    """Reps by the hundred."""
    return tuple(f"Rep Number {i:03d}" for i in range(count))


def reps(names: Sequence[str] = NAMES, peers: str = "") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "rep": ids(names),
            "rep_name": list(names),
            "team": "Central",
            "territory": "T-01",
            "segment": "SMB",
            "peers": peers,
            "tenure_months": 34.4,
            "days": 66,
            "present": 1.0,
            "deals": 21,
            "note": ["hired on 2026-08-03", *[""] * (len(names) - 1)],
        }
    )


METRICS = [
    # metric, label, unit, better, centre, a rep's step from the next, half width
    ("quota_attainment", "Quota attainment", "share", "higher", 0.96, 0.05, 0.15),
    ("win_rate", "Win rate", "share", "higher", 0.41, 0.03, 0.09),
    ("sales_cycle_days", "Sales cycle (median)", "days", "lower", 48.0, 3.0, 6.0),
    ("average_deal_size", "Average deal size", "money", "higher", 19974.0, 1200.0, 4000.0),
    ("lead_response_hours", "Lead response (median)", "hours", "lower", 5.0, 0.4, 1.0),
]


def leaderboard(names: Sequence[str] = NAMES) -> pd.DataFrame:
    """The first rep's win rate is above, the last one's below; the second's cycle is above; the third has few deals."""
    rows = []
    for metric, label, unit, better, centre, step, half in METRICS:
        for i, (rep, name) in enumerate(zip(ids(names), names, strict=True)):
            verdict, p = "not distinguishable", 0.4
            value = centre + step * (((i * 7) % 11) - 5) / 5
            if metric == "win_rate" and i == 0:
                verdict, p, value = "above", 0.0002, 0.63
            elif metric == "win_rate" and i == len(names) - 1 and i:
                verdict, p, value = "below", 0.01, 0.22
            elif metric == "sales_cycle_days" and i == 1:
                verdict, p, value = "above", 0.003, 62.0
            elif i == 2:
                verdict, p = "too few", NAN
            shrunk = (value + centre) / 2 if metric == "win_rate" else NAN
            rows.append(
                (
                    metric, label, unit, better, rep, name, value, value - half, value + half, 4 if i == 2 else 60,
                    centre, shrunk, shrunk - half / 2, shrunk + half / 2, p, verdict, "",
                )
            )  # fmt: skip
    columns = (
        "metric label unit better rep rep_name value low high n peers shrunk shrunk_low shrunk_high p_value verdict "
        "note"
    )
    return pd.DataFrame(rows, columns=columns.split())


def one_metric(metric: str = "win_rate", names: Sequence[str] = NAMES) -> pd.DataFrame:
    frame = leaderboard(names)
    return frame[frame["metric"] == metric]


def adjusted(names: Sequence[str] = NAMES) -> pd.DataFrame:
    """Like with like, the first rep's win rate stays above, the last one's is no longer below."""
    board = leaderboard(names)
    rows = []
    for metric, label, unit, centre, half in (
        ("win_rate", "Win rate", "share", 0.41, 0.08),
        ("revenue_won", "Revenue won", "money", 105000.0, 40000.0),
    ):
        for i, (rep, name) in enumerate(zip(ids(names), names, strict=True)):
            raw = board[(board["metric"] == "win_rate") & (board["rep"] == rep)]["value"].iloc[0] / 0.41 * centre
            value = 0.6 * raw + 0.4 * centre
            first = metric == "win_rate" and i == 0
            rows.append(
                (
                    metric, label, unit, rep, name, raw, raw - half, raw + half, centre * 1.02, value, value - half,
                    value + half, centre, 0.0005 if first else 0.3, "above" if first else "not distinguishable", 60,
                )
            )  # fmt: skip
    columns = (
        "metric label unit rep rep_name value low high expected adjusted adjusted_low adjusted_high peers p_value "
        "verdict n"
    )
    return pd.DataFrame(rows, columns=columns.split())


def raw(frame: pd.DataFrame) -> pd.DataFrame:
    """The same with the verdicts before: the last rep's win rate was below."""
    last = (frame["rep"] == frame["rep"].iloc[-1]) & (frame["metric"] == "win_rate")
    return frame.assign(raw_verdict=frame["verdict"].mask(last, "below"))


MONTHS = [f"2025-{m:02d}" for m in (10, 11, 12)] + [f"2026-{m:02d}" for m in range(1, 10)]


def months(names: Sequence[str] = NAMES, unit: str = "share") -> pd.DataFrame:
    """The first rep had one good month in July, the second one bad month in March."""
    rows = []
    for i, (rep, name) in enumerate(zip(ids(names), names, strict=True)):
        for j, month in enumerate(MONTHS):
            value = 0.95 + 0.35 * ((((i + 3) * (j + 5) * 7) % 13) - 6) / 6
            good, bad = i == 0 and month == "2026-07", i == 1 and month == "2026-03"
            value = 1.9 if good else 0.05 if bad else value
            scale = 1.0 if unit == "share" else 40000.0
            rows.append(
                (
                    rep, name, month, value * 40000, 40000.0, value, unit, value * scale, 0.9 * scale, 0.95 * scale,
                    0.0, 2.5 * scale, 0.9 * scale, 0.3 * scale, 1.6 * scale, 0.001 if good or bad else 0.5,
                    good or bad, "good" if good else "bad" if bad else "",
                )
            )  # fmt: skip
    columns = (
        "rep rep_name month revenue quota attainment unit value others center lower upper expected expected_low "
        "expected_high p_value signal direction"
    )
    return pd.DataFrame(rows, columns=columns.split())


def steadiness(names: Sequence[str] = NAMES) -> pd.DataFrame:
    """The last rep's months fall."""
    count = len(names)
    return pd.DataFrame(
        {
            "rep": ids(names),
            "rep_name": list(names),
            "months": 12,
            "cv": 0.31,
            "low": 0.22,
            "high": 0.46,
            "reached": 5,
            "streak": [3, -2, *[0] * (count - 2)][:count],
            "longest": 3,
            "trend": [*[0.1] * (count - 1), -0.62],
            "trend_low": [*[-0.34] * (count - 1), -0.8],
            "trend_high": [*[0.5] * (count - 1), -0.4],
            "early": [*[1.0] * (count - 1), 1.2],
            "late": [*[1.1] * (count - 1), 0.7],
            "p_value": [*[0.6] * (count - 1), 0.004],
            "verdict": [*["no trend"] * (count - 1), "falling" if count > 1 else "no trend"],
            "signals": [1, 1, *[0] * (count - 2)][:count],
        }
    )


def leaks(names: Sequence[str] = NAMES, stages: Sequence[str] = STAGES) -> pd.DataFrame:
    """The second rep leaks in the third stage; all others lose a little or gain."""
    rows = []
    for i, (rep, name) in enumerate(zip(ids(names), names, strict=True)):
        for j, stage in enumerate(stages):
            leak = i == 1 and j == 2
            lost = 6.4 if leak else ((i * 5 + j * 3) % 7 - 4) / 2
            conversion = 0.31 if leak else 0.6 - lost / 50
            rows.append(
                (
                    rep, name, stage, 120 - 20 * j, conversion, conversion - 0.08, conversion + 0.08,
                    0.45 if leak else 0.6, lost, lost - 2.1, lost + 2.1, lost * 20000, 0.0004 if leak else 0.5, leak,
                )
            )  # fmt: skip
    columns = (
        "rep rep_name stage entered conversion low high peers lost_wins lost_low lost_high lost_money p_value leak"
    )
    frame = pd.DataFrame(rows, columns=columns.split())
    top = frame.groupby("rep")["lost_wins"].idxmax() if len(frame) else []
    return frame.assign(largest=frame.index.isin(top), ahead=False, period="2025Q4..2026Q3")


def best_reps(names: Sequence[str] = NAMES[:2]) -> pd.DataFrame:
    """Of six reps the first two lead, the first of them beyond chance."""
    verdicts = ["above", *["not distinguishable"] * (len(names) - 1)]
    return pd.DataFrame(
        {
            "rep": ids(names), "rep_name": list(names), "value": 0.5, "by": "win_rate", "verdict": verdicts,
            "of": 6, "period": "2025Q4..2026Q3",
        }
    )  # fmt: skip


def lead_shares(names: Sequence[str] = NAMES) -> pd.DataFrame:
    """The last rep gets far fewer leads than the even share; the first gets better ones."""
    rows = []
    for i, (rep, name) in enumerate(zip(ids(names), names, strict=True)):
        poor = i == len(names) - 1 and i > 0
        per_day = 0.121 if poor else 0.31 + 0.02 * ((i * 5) % 7 - 3)
        rows.append(
            (
                rep, name, round(per_day * 66), 66, per_day, per_day - 0.08, per_day + 0.12, 0.31,
                0.0003 if poor else 0.5, "below" if poor else "not distinguishable", 58.0 if i == 0 else 50.0,
                54.0 if i == 0 else 46.0, 62.0 if i == 0 else 54.0, 50.2, 0.01 if i == 0 else 0.6,
                "above" if i == 0 else "not distinguishable", "score",
            )
        )  # fmt: skip
    columns = (
        "rep rep_name leads days per_day low high peers p_value verdict quality quality_low quality_high quality_peers "
        "quality_p quality_verdict quality_unit"
    )
    return pd.DataFrame(rows, columns=columns.split())


def coaching(names: Sequence[str] = NAMES) -> pd.DataFrame:
    """The first rep: a metric of each kind and a month; the second: a leak, a trend, leads; all others are steady.

    Of the third nothing could be tested.
    """
    one, two = list(zip(ids(names), names, strict=True))[:2]
    rows = [
        (*one, 1, "coaching", "sales_cycle_days", "Sales cycle (median)", "days", 62.0, 55.0, 70.0, 48.0, "lower", "",
         NAN, "2026Q3", 0.003),
        (*one, 2, "recognition", "win_rate", "Win rate", "share", 0.63, 0.54, 0.72, 0.41, "higher", "", NAN, "2026Q3",
         0.0002),
        (*one, 3, "recognition", "month", None, "share", 1.9, 0.3, 1.6, 0.9, "higher", "", NAN, "2026-07", 0.001),
        (*two, 1, "coaching", "leak", "Conversion", "share", 0.31, 0.23, 0.39, 0.45, "higher", "Proposal", 128000.0,
         "", 0.0004),
        (*two, 2, "coaching", "trend", None, "ratio", 0.7, -0.8, -0.4, 1.2, "higher", "", NAN, "2025Q4..2026Q3", 0.004),
        (*two, 3, "coaching", "leads", "Leads per working day", "count", 0.121, 0.04, 0.24, 0.31, "higher", "", NAN,
         "", 0.0003),
    ]  # fmt: skip
    rows += [
        (rep, name, 1, "steady", "win_rate", "Win rate", "share", 0.39, NAN, NAN, 0.41, "higher", "", NAN, "2026Q3",
         0.4 if i else NAN)
        for i, (rep, name) in enumerate(list(zip(ids(names), names, strict=True))[2:])
    ]  # fmt: skip
    columns = "rep rep_name order kind topic label unit value low high peers better stage money period p_value"
    leads = {"quality": 50.0, "quality_peers": 50.2, "quality_unit": "count", "quality_verdict": "not distinguishable"}
    return pd.DataFrame(rows, columns=columns.split()).assign(tenure_months=34.4, **leads)


def figures(name: str = "Ann Bell") -> pd.DataFrame:
    """One rep's figures: the win rate above, the sales cycle worse, one metric n/a, one with few cases."""
    frame = leaderboard((name, *NAMES[1:]))
    frame = frame[frame["rep"] == "R-001"].reset_index(drop=True)
    frame.loc[2, ["value", "low", "high", "verdict", "p_value"]] = [62.0, 55.0, 70.0, "above", 0.003]
    frame.loc[3, ["value", "low", "high", "verdict", "p_value"]] = [NAN, NAN, NAN, "none", NAN]
    frame.loc[4, ["verdict", "n"]] = ["too few", 4]
    return frame.assign(
        peers_low=frame["peers"] * 0.8, peers_high=frame["peers"] * 1.25, note=["", "", "", "No deal was won.", ""]
    )


def peerless(frame: pd.DataFrame) -> pd.DataFrame:
    """The same where nobody has anybody to be compared with."""
    return frame.assign(**{"peers": NAN, "p_value": NAN, **({"verdict": "none"} if "verdict" in frame else {})})


def highlights(names: Sequence[str] = NAMES) -> dict[str, pd.DataFrame | None]:
    return {
        "leaderboard": leaderboard(names),
        "adjusted": raw(adjusted(names)),
        "months": months(names),
        "leaks": leaks(names),
        "lead_fairness": lead_fairness(),
        "lead_shares": lead_shares(names),
    }
