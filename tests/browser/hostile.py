"""Names as hostile as CRM text can be, and the demo company with all of them in every place that a text can reach."""

from __future__ import annotations

from itertools import cycle, islice
from pathlib import Path

import pandas as pd
import yaml

RUN = "window.ran=(window.ran||0)+1"
AWAY = "http://elsewhere.test/x"
NAMES = (
    f"<script>{RUN}</script>",
    f"</script><script>{RUN}</script>",
    f"</title><script>{RUN}</script>",
    f"</style><script>{RUN}</script>",
    f"</svg><script>{RUN}</script>",
    f"--><script>{RUN}</script><!--",
    f"]]><script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    f"<svg onload={RUN}>",
    f"<details open ontoggle={RUN}><summary>x",
    f"<body onload={RUN}>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'>",
    f"<input autofocus onfocus={RUN}>",
    f'" autofocus onfocus="{RUN}" x="',
    f"' onmouseover='{RUN}' x='",
    f"`-{RUN}-`",
    f"<a href=javascript:{RUN}>click</a>",
    f"javascript:{RUN}",
    f"[link](javascript:{RUN})",
    f"![image]({AWAY}.png)",
    f"<a href='{AWAY}'>away</a>",
    f"<meta http-equiv=refresh content='0;url={AWAY}'>",
    f"<base href={AWAY}/>",
    f"<link rel=stylesheet href={AWAY}.css>",
    f"<style>@import url({AWAY}.css);*{{display:none}}</style>",
    f"<form action={AWAY}><button>send",
    f"<object data={AWAY}></object><embed src={AWAY}>",
    f"{AWAY} and www.elsewhere.test",
    "{{ 7*7 }} {% raw %} {# x #}",
    "${7*7} #{7*7} %(name)s {0} {name}",
    "$x^$ $\\frac{1}{0}$ \\alpha",
    "**bold** _em_ # head ~~s~~ |a|b|",
    "`code` ``` <!-- c -->",
    "=1+1",
    f'=HYPERLINK("{AWAY}","x")',
    "+cmd|' /C calc'!A0",
    "@SUM(A1:A9)",
    "&lt;b&gt; &amp;amp; &#60;script&#62; &nbsp;",
    "\u202egnp.exe\u202c right to left",
    "\u2067\u05d0\u05d1\u05d2 \u0634\u0631\u0643\u0629",
    "\x1b[31mred\x1b[0m\x1b]0;title\x07",
    "N/A or null or NaN",
    "日本語の会社 😀 e\u0301\u0327",
    "O'Brien; DROP TABLE reps;--",
    "Long " + "name" * 2499,
)
# Fewer than the demo company has: the pages are as full, and made sooner.
REPS = 24
# Which columns of the demo company hold text that people type.
PLACES = {
    "reps": ("name", "team", "segment", "manager_id"),
    "accounts": ("name", "industry", "segment", "country"),
    "opportunities": ("name", "type", "stage", "lead_source", "loss_reason", "forecast_category"),
    "opportunity_history": ("stage", "forecast_category"),
    "territories": ("name", "region"),
    "products": ("name", "family"),
    "tools": ("name",),
    "leads": ("lead_source",),
    "activities": ("type", "outcome"),
}
# Words that the kit itself reads, or that the company file must name.
KEPT = {"forecast_category": None, "outcome": None}
# The reps are called by the last names and the first ones, the longest among them.
# Who has the longest name.
LONGEST = "R-018"
FROM = {
    "reps": 27,
    "team": 7,
    "segment": 3,
    "manager_id": 19,
    "stage": 12,
    "lead_source": 28,
    "loss_reason": 33,
    "region": 0,
}


def build(demo: Path, folder: Path) -> Path:
    """Write the demo company with hostile names into a folder; its company file."""
    spoken: dict[str, dict[str, str]] = {}
    reps = set(pd.read_csv(demo / "reps.csv", dtype=str)["rep_id"].head(REPS))
    deals = pd.read_csv(demo / "opportunities.csv", dtype=str, usecols=["opportunity_id", "rep_id"])
    held = set(deals.loc[deals["rep_id"].isin(reps), "opportunity_id"])
    for path in sorted(demo.glob("*.csv")):
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        if "rep_id" in frame:
            frame = frame[frame["rep_id"].isin(reps)]
        if path.stem == "opportunity_history":
            frame = frame[frame["opportunity_id"].isin(held)]
        frame = frame.copy()
        for column in PLACES.get(path.stem, ()):
            if column in KEPT:
                continue
            if column == "name" and len(frame) > 100:
                frame[column] = list(islice(cycle(NAMES), len(frame)))
                continue
            place = column if column != "name" else path.stem
            known = spoken.setdefault(place, {})
            start = FROM.get(place, 5 * len(spoken))
            for value in frame[column]:
                if value and value not in known:
                    known[value] = NAMES[(start + len(known)) % len(NAMES)]
            frame[column] = [known.get(value, value) for value in frame[column]]
        frame.to_csv(folder / path.name, index=False)
    company = yaml.safe_load((demo / "demo.yml").read_text())
    stages = spoken["stage"]
    company["name"] = NAMES[3]
    company["stages"] = {
        "open": {stages[name]: share for name, share in company["stages"]["open"].items()},
        "won": [stages[name] for name in company["stages"]["won"]],
        "lost": [stages[name] for name in company["stages"]["lost"]],
    }
    for name, table in company["source"]["tables"].items():
        # Names full of semicolons and bars look like another separator.
        table |= {"from": f"{name}.csv", "delimiter": ","}
    path = folder / "hostile.yml"
    path.write_text(yaml.safe_dump(company, allow_unicode=True))
    return path
