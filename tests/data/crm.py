"""Companies that are read from the presets' sample files."""

from pathlib import Path

from salesops_lib.company import Company
from salesops_lib.data.source import read_source

SAMPLES = Path(__file__).parent / "presets"
SALESFORCE = {
    "open": {"Qualification": 0.1, "Proposal": 0.5},
    "won": ["Closed Won"],
    "lost": ["Closed Lost"],
}


def company(tables, stages, folder=SAMPLES):
    content = {"name": "T", "source": {"tables": tables, "data_until": "2026-03-31"}, "stages": stages}
    return Company.model_validate({**content, "folder": folder})


def salesforce(**tables):
    sources = {"opportunities": "Opportunity.csv", **tables}
    named = {
        name: {"preset": "salesforce", **({"from": given} if isinstance(given, str | list) else given)}
        for name, given in sources.items()
    }
    return read_source(company(named, SALESFORCE, SAMPLES / "salesforce"))


def rows(source, table, *columns):
    found = source.tables[table].select(*columns).to_pyarrow().to_pylist()
    return [tuple(row[name] for name in columns) for row in found]
