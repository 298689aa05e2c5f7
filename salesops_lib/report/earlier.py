"""What earlier published reports tell a report: the review before is held against today, past forecasts are scored."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salesops_lib.data.fingerprint import digest_of
from salesops_lib.language import in_languages
from salesops_lib.report.manifest import MANIFEST

if TYPE_CHECKING:
    from salesops_lib.report.params import Request

INPUTS, EARLIER = "inputs", "earlier"
FORECAST = "forecasting"


@dataclass(frozen=True)
class Earlier:
    """What was told when a report was run: runs by their day, and what holds for any day."""

    runs: tuple[tuple[str, str], ...] = ()
    said: tuple[str, ...] = ()

    def digest(self, as_of: str | None) -> str:
        """The hash of what is told to a report as of a day; "" if it is nothing.

        A forecast counts those of days before its own, whichever report carries them: to publish it changes nothing.
        """
        told = [*sorted({text for day, text in self.runs if not as_of or day < as_of}), *self.said]
        return digest_of(*told) if told else ""


def read_earlier(request: Request) -> Earlier:
    """What the folder of published reports tells a report now."""
    folder = request.values.get("published")
    if not folder:
        return Earlier()
    path = request.folder / str(folder)
    if request.report != FORECAST:
        before = request.company.calendar.shift(request.period, -1).name
        editions = [path / before / name for name in in_languages(request.report)]
        return Earlier(said=_review(next((each for each in editions if (each / MANIFEST).is_file()), editions[0])))
    from salesops_lib.forecasting.runs import told_runs

    runs, spoilt = told_runs(path, request.company)
    told = tuple((run.made_as_of.date().isoformat(), run.model_dump_json()) for run in runs)
    return Earlier(told, tuple(spoilt))


def _review(folder: Path) -> tuple[str, ...]:
    """What the review of a quarter says of it; when it was made makes no difference."""
    try:
        record: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        said = [record.get(name) for name in ("company", "period", "as_of", "figures")]
    except OSError:
        return ()
    except (ValueError, AttributeError):
        return ("unreadable",)
    rows = folder / "quarantine.csv"
    return json.dumps(said, sort_keys=True), rows.read_text(encoding="utf-8") if rows.is_file() else ""
