"""The demo's company file: the YAML that makes a book of the written tables."""

from __future__ import annotations

from datetime import date

from salesops_lib.data.demo import catalog
from salesops_lib.data.demo.arrow import Format
from salesops_lib.data.schema import TABLES

END = date(2026, 9, 30)
# Nobody of the demo company ever moves.
WRITTEN = tuple(table for table in TABLES if table != "assignments")


def company_text(folder: str = ".", format: Format = "csv", end: date = END) -> str:
    """The company file of the demo, for tables that lie in a folder (relative to the company file).

    Examples
    --------
    >>> print(company_text("../demo").splitlines()[8])
      data_until: 2026-09-30
    """
    tables = "\n".join(f"    {table}: {{from: {folder}/{table}.{format}}}" for table in WRITTEN)
    stages = ", ".join(f"{stage}: {row[0]:.2f}" for stage, row in catalog.STAGES.items())
    return f"""\
name: {catalog.NAME}
currency: USD
locale: en_US
timezone: America/New_York
fiscal_year_start: 1
calendar: months
source:
  connect: duckdb://
  data_until: {end.isoformat()}
  kept_in: {folder}/.kept  # what was read, for the next opening of the same files
  tables:
{tables}
stages:
  open: {{{stages}}}
  won: [{catalog.WON}]
  lost: [{catalog.LOST}]
targets:
  win_rate: 0.40
  quota_attainment: 1.00
  reps_at_quota: 0.50
  average_deal_size: 12000
  pipeline_coverage: 1.00
  forecast_accuracy: 0.85
  discount_rate: 0.08
  sales_cycle_days: 45
  lead_response_hours: 24
privacy: {{pseudonyms: false, minimum_group: 5}}
"""
