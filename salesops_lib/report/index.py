"""The index of the published reports: one page from all manifests, by period, with links that work offline."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

from babel.dates import format_date
from jinja2 import Environment
from markupsafe import Markup, escape

from salesops_lib.language import SUPPORTED, current_locale, ngettext, spoken
from salesops_lib.language import gettext as _
from salesops_lib.report.manifest import MANIFEST
from salesops_lib.report.publish import write_whole

STYLE = Path(__file__).parent / "template" / "style.css"
FEW = 12
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
LAYOUT = """
.reports { list-style: none; margin: 0; padding: 0; max-width: 44rem; }
.reports > li { padding: .75rem 0; border-top: 1px solid var(--line); }
.reports > li:first-child { border-top: 0; }
.reports h3 { margin: 0; padding: .25rem 0; }
.reports a { display: block; padding: .25rem 0; font-size: 1.1rem; font-weight: 600; }
.reports p { margin: 0; color: var(--soft); }
.reports summary { padding: .5rem 0; cursor: pointer; }
.members { list-style: none; margin: 0; padding: 0 0 0 1rem; columns: 2 14rem; }
.members li { break-inside: avoid; }
.members a { padding: .35rem 0; font-size: 1rem; font-weight: 500; overflow-wrap: anywhere; }
"""
PAGE = """<!DOCTYPE html>
<html lang="{{ lang }}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{ policy }}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{{ title }}</title>
<style>{{ style }}</style>
</head>
<body>
<main>
<h1>{{ title }}</h1>
{% for period, reports in periods -%}
<section aria-labelledby="{{ period }}">
<h2 id="{{ period }}">{{ period }}</h2>
<ul class="reports">
{% for kind in reports -%}
<li>{% if kind.href %}<a href="{{ kind.href }}">{{ kind.label }}</a>{% else %}<h3>{{ kind.label }}</h3>{% endif %}
<p>{{ kind.about }}</p>
{%- if kind.members %}
<details{% if kind.few %} open{% endif %}>
<summary>{{ kind.count }}</summary>
<ul class="members">
{% for member in kind.members -%}
<li><a href="{{ member.href }}"><bdi>{{ member.label }}</bdi></a>{% if member.about != kind.about %}
<p>{{ member.about }}</p>{% endif %}</li>
{% endfor -%}
</ul>
</details>
{%- endif %}</li>
{% endfor -%}
</ul>
</section>
{% else -%}
<p>{{ nothing }}</p>
{% endfor -%}
</main>
</body>
</html>
"""


def write_index(out: Path) -> Path:
    """Write the index of every report below `out`; it is made anew from the manifests alone."""
    path = out / "index.html"
    write_whole(path, page(read_manifests(out)))
    return path


def read_manifests(out: Path) -> list[dict[str, Any]]:
    """The records of the published reports, the latest period first; what has no readable record is no report."""
    records = []
    for path in sorted((*out.glob(f"[!.]*/[!.]*/{MANIFEST}"), *out.glob(f"[!.]*/[!.]*/[!.]*/{MANIFEST}"))):
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            place = quote(f"{path.parent.relative_to(out).as_posix()}/{record['report']}.html")
            label = record["member"]["label"] if record.get("member") else ""
            # Only what the page says is kept: the figures of many reports are large.
            said = {name: str(record[name]) for name in ("report", "label", "period", "company")}
            when = {name: record.get(name) for name in ("locale", "as_of")}
            records.append({**said, **when, "href": place, "member": str(label)})
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            continue
    return sorted(records, key=lambda record: (record["period"], record["report"]), reverse=True)


def page(records: list[dict[str, Any]]) -> str:
    """The page of these records; everything that a record says is text."""
    periods: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for record in records:
        kinds = periods.setdefault(record["period"], {})
        kinds.setdefault(record["report"], []).append(record)
    return (
        Environment(autoescape=True)
        .from_string(PAGE)
        .render(
            lang=spoken(current_locale()),
            policy=POLICY,
            title=_("Reports"),
            nothing=_("No report has been published yet."),
            periods=[(period, [_kind(kinds[name]) for name in sorted(kinds)]) for period, kinds in periods.items()],
            style=Markup(STYLE.read_text(encoding="utf-8") + LAYOUT),
        )
    )


def _kind(records: list[dict[str, Any]]) -> dict[str, Any]:
    """The reports of a kind in a period: the one about all, and those of members by name."""
    whole = next((record for record in records if not record["member"]), None)
    members = sorted((record for record in records if record["member"]), key=lambda record: _order(record["member"]))
    first = whole or members[0]
    label: str = first["label"]
    return {
        "href": whole and whole["href"],
        "label": _(label),
        "about": _about(first),
        "members": [{"href": m["href"], "label": m["member"], "about": _about(m)} for m in members],
        "count": ngettext("{n} report", "{n} reports", len(members)),
        "few": len(members) <= FEW,
    }


def _order(label: str) -> str:
    """Names by the alphabet, and numbers in them by their size: R-9 before R-10."""
    return re.sub(r"\d+", lambda digits: digits[0].zfill(20), label.casefold())


def _about(record: dict[str, Any]) -> str:
    company = Markup("<bdi>{}</bdi>").format(record["company"])
    if not record.get("as_of"):
        return company
    locale = record["locale"] if record.get("locale") in SUPPORTED else current_locale()
    day = format_date(date.fromisoformat(str(record["as_of"])[:10]), format="long", locale=locale)
    return escape(_("{company}, data as of {day}")).format(company=company, day=day)
