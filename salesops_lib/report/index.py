"""The index of the published reports: one page from all manifests, by period, with links that work offline."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from babel.dates import format_date
from jinja2 import Environment
from markupsafe import Markup, escape

from salesops_lib.language import SUPPORTED, current_locale, spoken
from salesops_lib.language import gettext as _
from salesops_lib.report.manifest import MANIFEST
from salesops_lib.report.publish import write_whole

STYLE = Path(__file__).parent / "template" / "style.css"
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
LAYOUT = """
.reports { list-style: none; margin: 0; padding: 0; max-width: 44rem; }
.reports li { padding: .75rem 0; border-top: 1px solid var(--line); }
.reports li:first-child { border-top: 0; }
.reports a { display: block; padding: .25rem 0; font-size: 1.1rem; font-weight: 600; }
.reports p { margin: 0; color: var(--soft); }
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
{% for report in reports -%}
<li><a href="{{ report.href }}">{{ report.label }}</a>
<p>{{ report.about }}</p></li>
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
    for path in sorted(out.glob(f"[!.]*/[!.]*/{MANIFEST}")):
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            records.append({**record, "href": f"{path.parent.relative_to(out).as_posix()}/{record['report']}.html"})
        except (ValueError, TypeError, KeyError):
            continue
    return sorted(records, key=lambda record: (record["period"], record["report"]), reverse=True)


def page(records: list[dict[str, Any]]) -> str:
    """The page of these records; everything that a record says is text."""
    periods: dict[str, list[dict[str, str]]] = {}
    for record in records:
        entry = {"href": record["href"], "label": _(record["label"]), "about": _about(record)}
        periods.setdefault(record["period"], []).insert(0, entry)
    return (
        Environment(autoescape=True)
        .from_string(PAGE)
        .render(
            lang=spoken(current_locale()),
            policy=POLICY,
            title=_("Reports"),
            nothing=_("No report has been published yet."),
            periods=list(periods.items()),
            style=Markup(STYLE.read_text(encoding="utf-8") + LAYOUT),
        )
    )


def _about(record: dict[str, Any]) -> str:
    company = Markup("<bdi>{}</bdi>").format(record["company"])
    if not record.get("as_of"):
        return company
    locale = record["locale"] if record.get("locale") in SUPPORTED else current_locale()
    day = format_date(date.fromisoformat(str(record["as_of"])[:10]), format="long", locale=locale)
    return escape(_("{company}, data as of {day}")).format(company=company, day=day)
