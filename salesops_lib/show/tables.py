"""The tables of the review: each takes one frame of analysis and says in its caption what it shows."""

from __future__ import annotations

import pandas as pd

from salesops_lib.language import gettext as _
from salesops_lib.show.grid import Column, figures, grid, intervals, names, periods
from salesops_lib.show.numbers import period_name
from salesops_lib.show.page import quality
from salesops_lib.show.shown import Shown
from salesops_lib.show.words import dimension_of, driver_name, line_name, rule_name, total_name, unit_name


def _rounded() -> str:
    return _("Amounts are rounded to whole units; before rounding they add up to the cent.")


def table_change(frame: pd.DataFrame) -> Shown:
    """Return why revenue moved: each driver before and after, and its part of the change."""
    if frame.empty:
        return grid(frame, "change", "", [], none=_("There is no earlier quarter to explain a change from."))
    before, after = (period_name(frame[name].iloc[0]) for name in ("previous_period", "period"))
    columns = [
        names(frame, "driver", _("Driver"), driver_name),
        figures(frame, "before", before),
        figures(frame, "after", after),
        figures(frame, "part", _("Part of the change"), "money", signed=True),
    ]
    return grid(frame, "change", _("Why revenue won moved"), columns, _rounded())


def table_change_by(frame: pd.DataFrame, totals: pd.DataFrame | None = None) -> Shown:
    """Return where revenue moved: each group before and after, and the drivers of its change.

    With the totals of the same groups, the lines below them lead to the company's own drivers.
    """
    rows = frame if totals is None else pd.concat([frame.assign(line=""), totals], ignore_index=True)
    groups = names(frame, "group", dimension_of(frame))
    lines = [] if totals is None else [total_name(line) for line in totals["line"]]
    columns = [
        Column(groups.label, [*groups.cells, *lines], right=False),
        figures(rows, "before", _("Before"), "money"),
        figures(rows, "after", _("After"), "money"),
        figures(rows, "change", _("Change"), "money", signed=True),
        *(
            figures(rows, driver, driver_name(driver), "money", signed=True)
            for driver in ("volume", "win_rate", "deal_size")
        ),
    ]
    note = _rounded()
    if lines:
        note += " " + _(
            "The drivers of the groups alone do not add up to the company's: its win rate and deal size also move when "
            "deals shift between groups that win more or less, or larger or smaller deals. That is the line on mix."
        )
    none = _("There are no groups.")
    return grid(rows, "change_by", _("Where revenue won moved"), columns, note, none, totals=bool(lines))


def table_attainment(frame: pd.DataFrame) -> Shown:
    """Return revenue won against quota by group, and beside it how many reps reached theirs."""
    reached = [
        _("{reached} of {reps}", reached=figure, reps=reps)
        for figure, reps in zip(
            figures(frame, "reps_at_quota", "", "count").cells, figures(frame, "reps", "", "count").cells, strict=True
        )
    ]
    columns = [
        names(frame, "group", dimension_of(frame)),
        figures(frame, "revenue_won", _("Revenue won"), "money"),
        figures(frame, "quota", _("Quota"), "money"),
        figures(frame, "attainment", _("Attainment"), "share"),
        intervals(frame, "share"),
        Column(_("Reps at quota"), reached),
    ]
    return grid(frame, "attainment", _("Revenue won against quota"), columns, none=_("No group carries a quota."))


def table_ledger(frame: pd.DataFrame) -> Shown:
    """Return the pipeline's ledger, from opening to closing."""
    columns = [
        names(frame, "line", _("Line"), line_name),
        figures(frame, "due", _("Due by the quarter's end"), "money"),
        figures(frame, "later", _("Due later"), "money"),
        figures(frame, "total", _("Total"), "money"),
        figures(frame, "n", _("Opportunities"), "count"),
    ]
    return grid(frame, "ledger", _("The pipeline, from opening to closing"), columns, _rounded())


def table_coverage(frame: pd.DataFrame) -> Shown:
    """Return the open pipeline against what is left of the quota, for the company and its groups."""
    columns = [
        names(frame.replace({"group": {"": _("Company")}}), "group", _("Group")),
        figures(frame, "open_pipeline", _("Open pipeline"), "money"),
        figures(frame, "weighted", _("Weighted"), "money"),
        figures(frame, "needed", _("Still needed"), "money"),
        figures(frame, "coverage", _("Coverage"), "ratio"),
        figures(frame, "required", _("Required"), "ratio"),
        figures(frame, "usual", _("Usual coverage (median)"), "ratio"),
        figures(frame, "usual_attainment", _("Usual attainment (median)"), "share"),
    ]
    caption = _("Pipeline coverage of {period}", period=period_name(frame["period"].iloc[0]) if len(frame) else "")
    none = _("There is no open pipeline and no quota.")
    return grid(frame, "coverage", caption, columns, _spans(frame) if len(frame) else "", none)


def _spans(frame: pd.DataFrame) -> str:
    """Say over which quarters the win rate and the medians of the coverage are taken."""
    span = period_name(frame["rate_span"].iloc[0])
    said = (
        _("Required: 1 ÷ win rate by value, {span}.", span=span)
        if frame["by_value"][frame["rate"].notna()].all()
        else _("Required: 1 ÷ win rate, {span}, by value, or by count where no lost amounts are known.", span=span)
    )
    usual = _("Usual: the median of those of these quarters that are over, by the coverage they began with.")
    return f"{said} {usual}"


def table_funnel(frame: pd.DataFrame) -> Shown:
    """Return conversion by stage with its interval and its baseline; leaks and young cohorts are named."""
    remarks = [
        "; ".join([_("leak")] * bool(leak) + [_("still open ones may advance")] * bool(censored)) or "–"
        for leak, censored in zip(frame["leak"], frame["censored"], strict=True)
    ]
    columns = [
        names(frame, "stage", _("Stage")),
        figures(frame, "entered", _("Entered"), "count"),
        figures(frame, "advanced", _("Advanced"), "count"),
        figures(frame, "lost", _("Lost"), "count"),
        figures(frame, "open", _("Still open"), "count"),
        figures(frame, "conversion", _("Conversion so far"), "share"),
        intervals(frame, "share"),
        figures(frame, "in_period", _("Within the quarter"), "share"),
        figures(frame, "baseline", _("Baseline within the quarter"), "share"),
        Column(_("Remark"), remarks, right=False),
    ]
    none = _("No opportunity entered a stage in the quarter.")
    return grid(frame, "funnel", _("Conversion by stage"), columns, none=none)


def table_losses(frame: pd.DataFrame) -> Shown:
    """Return the losses by stage and reason as recorded."""
    columns = [
        names(frame, "stage", _("Lost from stage")),
        names(frame, "loss_reason", _("Reason")),
        figures(frame, "lost", _("Lost"), "count"),
        figures(frame, "amount", _("Amount"), "money"),
        figures(frame, "share", _("Share of losses"), "share"),
        intervals(frame, "share"),
    ]
    return grid(frame, "losses", _("Losses by stage and reason"), columns, none=_("No deals were lost."))


def table_trends(frame: pd.DataFrame) -> Shown:
    """Return the metrics by quarter with their centre, limits and signals."""
    columns = [
        names(frame, "label", _("Metric")),
        periods(frame, "period", _("Quarter")),
        figures(frame, "value", _("Value")),
        figures(frame, "center", _("Centre")),
        figures(frame, "lower", _("Lower limit")),
        figures(frame, "upper", _("Upper limit")),
        names(frame, "rule", _("Signal"), rule_name),
    ]
    return grid(frame, "trends", _("Trends by quarter"), columns)


def table_signals(frame: pd.DataFrame) -> Shown:
    """Return the weeks whose win rate fell outside what is usual for their group."""
    hits = frame[frame["signal"].astype(bool)]
    columns = [
        names(hits, "group", _("Group")),
        periods(hits, "week", _("Week")),
        figures(hits, "n", _("Deals closed"), "count"),
        figures(hits, "value", _("Win rate"), "share"),
        figures(hits, "lower", _("Lower limit"), "share"),
        figures(hits, "upper", _("Upper limit"), "share"),
        names(hits, "rule", _("Rule"), rule_name),
    ]
    none = _("No week's win rate stands out from its group's usual range.")
    return grid(hits, "signals", _("Weeks whose win rate stands out"), columns, none=none)


def table_recognition(frame: pd.DataFrame) -> Shown:
    """Return the ranking by the declared rule."""
    columns = [
        names(frame, "rep_name", _("Rep")),
        figures(frame, "rank", _("Rank"), "count"),
        names(frame, "team", _("Team")),
        figures(frame, "attainment", _("Attainment"), "share"),
        figures(frame, "revenue_won", _("Revenue won"), "money"),
        figures(frame, "win_rate", _("Win rate"), "share"),
        figures(frame, "deals", _("Deals won"), "count"),
    ]
    return grid(frame, "recognition", _("Recognition"), columns, none=_("Nobody qualifies by the rule."))


def table_audit(frame: pd.DataFrame) -> Shown:
    """Return what became of the rows read, by table."""
    columns = [
        names(frame, "table", _("Table")),
        names(frame, "source", _("Source")),
        *(
            figures(frame, name, label, "count")
            for name, label in (
                ("read", _("Rows read")),
                ("used", _("Used")),
                ("quarantined", _("Quarantined")),
                ("dropped", _("Dropped")),
            )
        ),
        names(frame, "note", _("Note")),
    ]
    note = _("In all: {quality}.", quality=quality(frame)) if len(frame) else ""
    return grid(frame, "audit", _("What became of the rows read"), columns, note)


def table_definitions(frame: pd.DataFrame) -> Shown:
    """Return the definition of every metric shown."""
    columns = [
        names(frame, "label", _("Metric")),
        names(frame, "unit", _("Unit"), unit_name),
        names(frame, "definition", _("Definition")),
    ]
    shown = grid(frame, "definitions", _("Definitions of the metrics shown"), columns)
    return Shown(shown.html, shown.text)
