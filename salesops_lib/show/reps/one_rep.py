"""One rep's scorecard: figures against the peers as cards and as a band, quarters beside the peers', and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from salesops_lib.language import gettext as _
from salesops_lib.names import drawable, join, plain
from salesops_lib.show.cards import card, deck
from salesops_lib.show.drawings import drawn, undrawn
from salesops_lib.show.grid import Column, figures, grid, intervals, names, periods
from salesops_lib.show.numbers import interval, is_null, number, period_name
from salesops_lib.show.panels import PANEL, over_time, panels, subtitle
from salesops_lib.show.reps.looks import alone, corrected, differing, even, look, several
from salesops_lib.show.reps.words import against, tenure
from salesops_lib.show.rows import MARGIN, rows
from salesops_lib.show.sentences import listed
from salesops_lib.show.shown import Shown, nothing, sentences
from salesops_lib.show.style import BLUE, GREY, INK, PALE, TOTAL, canvas, house_style
from salesops_lib.show.words import judgement, standing

# How far beyond the band a dot is drawn at most, in widths of the band.
OUTSIDE = 0.35
# How far a quarter's interval may reach beyond the figures, as a part of their span.
REACH = 0.7
BAND_ROW = 0.56
MOST_TOLD = 4


def say_rep(rep_row: pd.Series[Any] | pd.DataFrame, figures: pd.DataFrame) -> Shown:
    """Say whose scorecard it is and in what the rep differs from the peers beyond chance.

    Parameters
    ----------
    rep_row : Series or DataFrame of one row
        The rep: name, team, territory, segment, tenure, deals, note.
    figures : DataFrame
        The rep's rows of the leaderboard.
    """
    if isinstance(rep_row, pd.DataFrame):
        if rep_row.empty:
            return nothing(_("This rep was not there in the quarter."))
        rep_row = rep_row.iloc[0]
    known = [
        words.format(value=plain(rep_row[name]))
        for name, words in (
            ("team", _("team {value}")),
            ("territory", _("territory {value}")),
            ("segment", _("segment {value}")),
        )
        if isinstance(rep_row[name], str) and rep_row[name]
    ]
    if not is_null(rep_row["tenure_months"]):
        known.append(_("in the job for {time}", time=tenure(rep_row["tenure_months"])))
    known.append(_("deals closed in the quarter: {deals}", deals=number(rep_row["deals"], "count")))
    note = plain(rep_row["note"]) if isinstance(rep_row["note"], str) else ""
    first = f"{plain(rep_row['rep_name'])}: {'; '.join([*known, note] if note else known)}."
    return sentences(first, *_standing(figures), css="say headline")


def _standing(frame: pd.DataFrame) -> list[str]:
    if len(frame) and alone(frame):
        return [_("There is nobody to compare with, or too few to show.")]
    certain = differing(frame)
    said = []
    for way, words in (
        (1, _("Better than the peers beyond chance: {listed}.")),
        (-1, _("Worse than the peers beyond chance: {listed}.")),
        (0, _("Different from the peers beyond chance: {listed}.")),
    ):
        told = [
            f"{plain(row['label'])} {against(row)}"
            for row in certain.to_dict("records")
            if judgement(row["verdict"], row["better"]) == way
        ]
        if told:
            said.append(words.format(listed=several(told, MOST_TOLD)))
    even = [plain(label) for label in frame.loc[frame["verdict"] == "not distinguishable", "label"]]
    if even and len(even) == len(frame):
        said.append(_("None of the {n} figures differs from the peers beyond chance.", n=len(even)))
    elif even:
        said.append(_("Not distinguishable from the peers: {listed}.", listed=listed(even, len(even))))
    few = [plain(label) for label in frame.loc[frame["verdict"] == "too few", "label"]]
    if few:
        said.append(_("Too few cases to tell: {listed}.", listed=listed(few, len(few))))
    return said


def rep_cards(figures: pd.DataFrame) -> Shown:
    """Return one card per figure of a rep, held against the peers and their middle 80 %."""
    if figures.empty:
        return nothing(_("There are no figures of this rep."))
    shown = []
    for row in figures.to_dict("records"):
        said = "" if is_null(row["value"]) or row["verdict"] == "none" else standing(row["verdict"], row["better"])
        shown.append(card(row, said, _peers(row)))
    cards, note = deck(shown, figures, "rep_cards"), corrected(even(figures))
    if not note:
        return cards
    return replace(cards, html=cards.html + str(join("p", [note], "note")), text=f"{cards.text}\n\n{note}")


def _peers(row: Mapping[Any, Any]) -> list[tuple[str, str]]:
    beside = []
    if not is_null(row["peers"]):
        beside.append((_("Peers"), number(row["peers"], row["unit"], compact=True)))
    if not is_null(row["peers_low"]) and not is_null(row["peers_high"]):
        beside.append((_("Middle 80% of peers"), interval(row["peers_low"], row["peers_high"], row["unit"])))
    return beside


@house_style()
def plot_band(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw each figure of a rep on the band that the middle 80 % of the peers span; better is to the right.

    A metric that is neither better nor worse when higher has its higher end at the right.
    """
    title = _("The rep's figures in the band of the middle 80% of peers; better is to the right")
    known = frame.dropna(subset=["value", "peers_low", "peers_high"])
    if known.empty:
        return undrawn(canvas(ax, 1.2), title, _("There are too few peers to show the band of their figures."))
    labels = [drawable(label, 19, 2) for label in known["label"]]
    ax = rows(canvas(ax, MARGIN + BAND_ROW * len(known)), labels)
    ax.set_xlim(-OUTSIDE - 0.1, 1 + OUTSIDE + 0.1)
    said = []
    for y, row in enumerate(known.to_dict("records")):
        ax.barh(y, 1, left=0, height=0.5, facecolor=PALE, edgecolor=GREY, linewidth=0.8)
        looks = look(row["verdict"], row["better"])
        if not is_null(row["peers"]):
            ax.plot(_at(row, "peers"), y, "|", color=INK, markersize=17, markeredgewidth=1.6)
        at = _at(row, "value")
        shown = min(max(at, -OUTSIDE), 1 + OUTSIDE)
        fill = looks.colour if looks.filled else "white"
        ax.plot(shown, y, looks.marker, color=looks.colour, markerfacecolor=fill, markersize=10)
        if shown != at:
            ax.plot(shown + (0.08 if at > 1 else -0.08), y, ">" if at > 1 else "<", color=looks.colour, markersize=5)
        text = f"{number(row['value'], row['unit'], compact=True)} {looks.mark}".strip()
        place: Any = {"xycoords": ("axes fraction", "data"), "ha": "left", "va": "center", "annotation_clip": False}
        ax.annotate(text, (1.05, y), **place)
        said.append(_in_band(row))
    ax.set_ylim(len(known) - 0.4, -1.0)
    ax.annotate(_("middle 80% of peers"), (0.5, -0.72), ha="center", va="center", color=TOTAL, annotation_clip=False)
    alternative = _("Figures of the rep and the middle 80% of the peers: {listed}.", listed="; ".join(said))
    return drawn(ax, title, alternative, table_band(frame))


def _at(row: Mapping[Any, Any], name: str) -> float:
    """Return where a figure lies on the band: 0 its worse end, 1 its better end."""
    width = float(row["peers_high"]) - float(row["peers_low"])
    if width <= 0:
        difference = float(row[name]) - float(row["peers_low"])
        at = 0.5 if difference == 0 else 2.0 if difference > 0 else -1.0
    else:
        at = (float(row[name]) - float(row["peers_low"])) / width
    return 1 - at if row["better"] == "lower" else at


def _in_band(row: Mapping[Any, Any]) -> str:
    unit = str(row["unit"])
    return _(
        "{label} {value}, peers {band}, {standing}",
        label=plain(row["label"]),
        value=number(row["value"], unit, compact=True),
        band=interval(row["peers_low"], row["peers_high"], unit),
        standing=standing(str(row["verdict"]), str(row["better"])),
    )


def table_band(frame: pd.DataFrame) -> Shown:
    """Return each figure of a rep with its interval, the peers' and the band of the middle 80 % of them."""
    columns = [
        names(frame, "label", _("Figure")),
        figures(frame, "value", _("Value")),
        intervals(frame),
        figures(frame, "peers", _("Peers")),
        Column(_("Middle 80% of peers"), list(intervals(frame, low="peers_low", high="peers_high").cells)),
        Column(
            _("Against the peers"),
            [standing(str(v), str(b)) for v, b in zip(frame["verdict"], frame["better"], strict=True)],
            right=False,
        ),
    ]
    return grid(frame, "band", _("The rep's figures and the peers'"), columns, none=_("There are no figures."))


@house_style()
def plot_rep_trend(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw one panel per metric: the rep's quarters with their intervals, and the peers as a grey line."""
    title = _("The rep's quarters (blue, with 95% intervals) and the peers' (grey)")
    if frame["peers"].isna().all():
        title = _("The rep's quarters, with 95% intervals")
    parts = [part for _name, part in frame.groupby("metric", sort=False) if part["value"].notna().any()]
    if not parts:
        return undrawn(canvas(ax, 1.2), title, _("There is no history to draw."))
    ax = canvas(ax, PANEL * len(parts))
    limits = [_limits(part) for part in parts]
    labels = [text for limit in limits for text in limit.values()]
    for panel, part, limit in zip(panels(ax, len(parts), 1, labels), parts, limits, strict=True):
        _panel(panel, part, limit)
    return drawn(ax, title, " ".join(_in_words(part) for part in parts), table_rep_trend(frame))


def _limits(part: pd.DataFrame) -> dict[float, str]:
    """Return the lowest and the highest figure of a panel, which are its scale."""
    known = pd.concat([part["value"], part["peers"]]).dropna().astype(float)
    unit = str(part["unit"].iloc[0])
    return {end: number(end, unit, compact=True) for end in dict.fromkeys([known.min(), known.max()])}


def _panel(panel: Axes, part: pd.DataFrame, limits: dict[float, str]) -> None:
    at = np.arange(len(part))
    value, low, high, peers = (part[name].astype(float).to_numpy() for name in ("value", "low", "high", "peers"))
    ends = list(limits)
    span = ends[-1] - ends[0]
    room = 0.35 * span or 0.1 * abs(ends[0]) or 1.0
    # The intervals are shown whole unless one would flatten all; what is cut ends in a tip.
    reach = max(room, REACH * span)
    bottom = min(ends[0] - room, max(np.nanmin([*low, ends[0]]), ends[0] - reach))
    top = max(ends[-1] + room, min(np.nanmax([*high, ends[-1]]), ends[-1] + reach))
    panel.fill_between(at, low, high, color=BLUE, alpha=0.13, linewidth=0)
    inside = 0.04 * (top - bottom)
    for tip, edge, cut in (("^", top - inside, high > top), ("v", bottom + inside, low < bottom)):
        panel.plot(at[cut], np.full(cut.sum(), edge), tip, color=BLUE, markersize=4)
    panel.plot(at, peers, color=GREY, linewidth=1.6)
    panel.plot(at, value, color=BLUE, marker="o", markersize=4)
    over_time(panel, list(part["period"]), limits)
    panel.set_ylim(bottom, top)
    unit = str(part["unit"].iloc[0])
    now, others = (number(part[name].iloc[-1], unit, compact=True) for name in ("value", "peers"))
    panel.set_title(drawable(part["label"].iloc[0], 44, 1), pad=20)
    said = _("now {value}", value=now)
    if not is_null(part["peers"].iloc[-1]):
        said = _("now {value}, peers {peers}", value=now, peers=others)
    subtitle(panel, said, TOTAL)


def _in_words(part: pd.DataFrame) -> str:
    row: dict[Any, Any] = part.iloc[-1].to_dict()
    known = part.dropna(subset=["value"])
    first: dict[Any, Any] = known.iloc[0].to_dict()
    said = _("{label} in {period}: {figure}", label=plain(row["label"]), period=period_name(row["period"]), figure="")
    said += against(row)
    if first["period"] != row["period"]:
        value = number(first["value"], str(first["unit"]), compact=True)
        said += _("; in {period} it was {value}", period=period_name(first["period"]), value=value)
    return f"{said}."


def table_rep_trend(frame: pd.DataFrame) -> Shown:
    """Return the rep's quarters beside the peers'."""
    columns = [
        names(frame, "label", _("Figure")),
        periods(frame, "period", _("Quarter")),
        figures(frame, "value", _("Value")),
        intervals(frame),
        figures(frame, "peers", _("Peers")),
    ]
    return grid(frame, "rep_trend", _("The rep's quarters"), columns, none=_("There is no history to show."))
