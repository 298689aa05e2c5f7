"""Folders of published reports as the tests of the index, the ZIP and the mails need them."""

from __future__ import annotations

import hashlib
import json

MADE = "2026-10-01T08:00:00+00:00"


def put(out, period="2026Q3", report="quarterly_review", folder="", *, beside=None, page="<p>page</p>", **values):
    """Write a report as if it were published; `folder` is that of a member, `stem` that of a language."""
    stem = values.pop("stem", report)
    place = out / period / stem / folder
    place.mkdir(parents=True)
    files = {f"{report}.html": page.encode(), **(beside or {})}
    for name, content in files.items():
        (place / name).write_bytes(content)
    told = {
        "report": report,
        "label": "Quarterly review",
        "period": period,
        "member": "",
        "company": "Maven",
        "locale": "en_US",
        "as_of": "2026-09-30",
        "headline": ["Revenue rose.", "The quota was missed.", "A third sentence."],
        "made_at": MADE,
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    (place / "manifest.json").write_text(json.dumps({**told, **values}))
    return place


def scorecard(out, number, label=None, **values):
    """Write the scorecard of a rep."""
    member = {"rep": f"R-{number}", "label": label or f"Rep {number}"}
    return put(
        out, report="rep_scorecard", folder=f"R-{number}", **{"label": "Rep scorecard", "member": member, **values}
    )


def fail(out, name, **values):
    """Write the record of a failure, and its log."""
    folder = out / "failed"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.log").write_text("trace")
    told = {"report": "forecasting", "period": "2026Q3", "member": "", "cell": "cell 3", "cause": "division by zero"}
    (folder / f"{name}.json").write_text(json.dumps({**told, "log": f"failed/{name}.log", **values}))
