"""The shelf of a batch, the folder of a company: a source is read once; its books are the same to the last digit."""

import os
import shutil
import stat
import subprocess
import sys

import pandas as pd
import pytest

from salesops_lib import measure, open_book
from salesops_lib.analysis import RepComparison
from salesops_lib.analysis.reps import Peers
from salesops_lib.data import snapshot, source
from salesops_lib.data.demo import write_demo
from salesops_lib.data.snapshot import SHELF, remember
from salesops_lib.errors import SourceError
from salesops_lib.language import locale_of

METRICS = ["revenue_won", "win_rate", "sales_cycle_days", "pipeline_created", "average_deal_size", "quota_attainment"]
QUARTER = "2026Q3"


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    path = write_demo(tmp_path_factory.mktemp("demo"), reps=6, opportunities=900, activities=1_500)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "kept_in" not in line))
    return path


@pytest.fixture
def keeping(company, tmp_path):
    """A company file in a folder of its own that says where to keep what was read."""
    folder = shutil.copytree(company.parent, tmp_path / "company")
    path = folder / company.name
    path.write_text(company.read_text().replace("  data_until", "  kept_in: kept\n  data_until"))
    return path


def another_line(path):
    with (path.parent / "reps.csv").open("a") as file:
        file.write("\n")


def kept(path):
    return sorted(each.name for each in (path.parent / "kept").iterdir())


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    place = tmp_path / "shelf"
    place.mkdir()
    monkeypatch.setenv(SHELF, str(place))
    return place


def same(one, other):
    pd.testing.assert_frame_equal(one, other, check_exact=True)


@pytest.mark.parametrize("pseudonyms", [False, True])
def test_a_book_from_the_shelf_is_the_same_book(company, shelf, monkeypatch, pseudonyms):
    monkeypatch.delenv(SHELF)
    read = open_book(company, period=QUARTER, pseudonyms=pseudonyms)
    monkeypatch.setenv(SHELF, str(shelf))
    for book in (open_book(company, period=QUARTER, pseudonyms=pseudonyms) for _time in range(2)):
        assert (book.as_of, book.data_hash, book.company) == (read.as_of, read.data_hash, read.company)
        assert (book.source.last_day, book.source.present, book.source.key) == (
            read.source.last_day,
            read.source.present,
            read.source.key,
        )
        assert book.audit.tables == read.audit.tables
        same(book.audit.quarantine, read.audit.quarantine)
        assert list(book.source.tables) == list(read.source.tables)
        for name, table in read.source.tables.items():
            assert book.source.tables[name].schema() == table.schema(), name
            same(book.source.tables[name].to_pandas(), table.to_pandas())
        for _again in range(2):  # what the first asks is worked out, what the second asks is kept
            same(measure(book, METRICS, QUARTER, by="rep"), measure(read, METRICS, QUARTER, by="rep"))
            assert measure(book, METRICS, QUARTER).attrs == measure(read, METRICS, QUARTER).attrs
            same(RepComparison(book, QUARTER).leaderboard, RepComparison(read, QUARTER).leaderboard)
    for path in shelf.rglob("*"):
        assert b'"secret"' not in path.read_bytes() if path.is_file() else True
        if path.is_dir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_the_files_are_read_once(company, shelf, monkeypatch, tmp_path):
    book = open_book(company)
    for path in company.parent.glob("*.csv"):
        path.rename(tmp_path / path.name)
    try:
        again = open_book(company)
        assert again.data_hash == book.data_hash
        monkeypatch.delenv(SHELF)
        with pytest.raises(SourceError):
            open_book(company)
    finally:
        for path in tmp_path.glob("*.csv"):
            path.rename(company.parent / path.name)


def test_each_way_to_read_a_company_has_a_place_of_its_own(company, shelf):
    open_book(company)
    open_book(company, as_of="2026-01-31")
    assert len(list(shelf.iterdir())) == 1
    open_book(company, pseudonyms=True)
    assert len(list(shelf.iterdir())) == 2


def test_a_rejected_source_is_not_kept(company, shelf):
    wrong = company.with_name("wrong.yml")
    wrong.write_text(company.read_text().replace("opportunities.csv", "nowhere.csv"))
    for _time in range(2):
        with pytest.raises(SourceError):
            open_book(wrong)
    assert not list(shelf.rglob("*.pickle"))


def test_an_answer_is_asked_for_once_and_for_each_question_anew(company, shelf):
    source = open_book(company).source
    asked = []

    def answer():
        asked.append(1)
        return len(asked)

    assert [remember(source, ("a", 1), answer) for _time in range(3)] == [1, 1, 1]
    assert remember(source, ("a", 2), answer) == 2
    with locale_of("de_DE"):
        assert remember(source, ("a", 1), answer) == 3
    with pytest.raises(ZeroDivisionError):
        remember(source, ("b",), lambda: 1 // 0)
    assert remember(source, ("b",), answer) == 4


def test_what_is_shared_depends_on_who_asks_what(company, shelf):
    book = open_book(company, period=QUARTER)
    everyone = Peers(book, QUARTER).everyone
    by_team = Peers(book, QUARTER, peers="team").everyone
    assert set(everyone["peers"]) == {""}
    assert set(by_team["peers"]) == set(by_team["team"])
    earlier = Peers(book.at(book.calendar.period("2026Q1").end), "2026Q1").everyone
    assert not earlier["days"].equals(everyone["days"])


def test_without_a_shelf_nothing_is_kept(company, monkeypatch):
    monkeypatch.delenv(SHELF, raising=False)
    source = open_book(company).source
    assert source.shelf is None
    answers = iter([1, 2])
    assert [remember(source, ("a",), lambda: next(answers)) for _time in range(2)] == [1, 2]


def test_derived_tables_are_worked_out_by_the_first_and_the_same_for_all(company, shelf, monkeypatch):
    monkeypatch.delenv(SHELF)
    names = ("opportunities", "states", "stage_entries", "pushes", "lead_outcomes")
    alone = open_book(company, period=QUARTER)
    expected = {name: alone.table(name).to_pandas() for name in names}
    monkeypatch.setenv(SHELF, str(shelf))
    for _turn in range(2):
        book = open_book(company, period=QUARTER)
        for name in names:
            same(book.table(name).to_pandas(), expected[name])
        same(book.at(book.as_of).table("states").to_pandas(), expected["states"])
    kept = list(shelf.rglob("kept_*.duckdb"))
    assert len(kept) == len(names) + 1  # and the timeline
    assert not [path for path in shelf.rglob("kept_*") if path not in kept]


def test_what_a_company_keeps_is_the_same_book(company, keeping):
    read = open_book(company, period=QUARTER)
    for book in (open_book(keeping, period=QUARTER) for _time in range(2)):
        assert (book.data_hash, book.audit.tables) == (read.data_hash, read.audit.tables)
        for name, table in read.source.tables.items():
            same(book.source.tables[name].to_pandas(), table.to_pandas())
        same(measure(book, METRICS, QUARTER, by="rep"), measure(read, METRICS, QUARTER, by="rep"))
    assert len(kept(keeping)) == 1
    assert stat.S_IMODE((keeping.parent / "kept" / kept(keeping)[0]).stat().st_mode) == 0o700


def test_what_was_kept_is_used_only_for_the_same_files_settings_and_library(keeping, monkeypatch):
    reads = []
    plain = source._read

    def counted(*given):
        reads.append(1)
        return plain(*given)

    monkeypatch.setattr(source, "_read", counted)
    for _time in range(2):
        before = measure(open_book(keeping), "deals_won", "2026")["value"].item()
    assert len(reads) == 1
    deals = keeping.parent / "opportunities.csv"
    lines = deals.read_text().splitlines(keepends=True)
    last = max(i for i, line in enumerate(lines) if ",Closed Won," in line and ",2026-" in line)
    told = deals.stat()
    deals.write_text("".join([*lines[:last], *lines[last + 1 :], "\n" * len(lines[last])]))
    os.utime(deals, ns=(told.st_atime_ns, told.st_mtime_ns))  # as large and as old as before
    assert deals.stat().st_size == told.st_size
    assert measure(open_book(keeping), "deals_won", "2026")["value"].item() == before - 1
    assert len(reads) == 2
    keeping.write_text(keeping.read_text().replace("Negotiation: 0.75", "Negotiation: 0.70"))
    open_book(keeping)
    assert len(reads) == 3
    monkeypatch.setattr(snapshot, "library_digest", lambda: "another")
    open_book(keeping)
    assert len(reads) == 4


def test_a_file_that_changes_while_it_is_read_leaves_nothing_behind(keeping, monkeypatch):
    plain = source._read

    def meanwhile(*given):
        found = plain(*given)
        another_line(keeping)
        return found

    monkeypatch.setattr(source, "_read", meanwhile)
    assert open_book(keeping).source.shelf is None
    assert not list((keeping.parent / "kept").rglob("*.pickle"))


def test_what_is_kept_of_earlier_files_goes_unless_somebody_uses_it(keeping):
    code = f"from salesops_lib import open_book; open_book({str(keeping)!r}); print('open', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "open\n"
        first = kept(keeping)
        another_line(keeping)
        open_book(keeping)
        assert len(kept(keeping)) == 2
        assert set(first) < set(kept(keeping))
        other.communicate("\n")
    another_line(keeping)
    open_book(keeping)
    # The one of this process is in use by it.
    assert not set(first) & set(kept(keeping))


def test_a_batch_keeps_to_the_files_it_began_with(keeping, shelf, monkeypatch):
    first = open_book(keeping)
    another_line(keeping)
    asked = []
    monkeypatch.setattr(snapshot, "files_digest", asked.append)
    again = open_book(keeping)
    assert again.data_hash == first.data_hash
    assert again.source.shelf == first.source.shelf == keeping.parent / "kept" / kept(keeping)[0]
    assert not asked  # the files of a large company are not hashed for each report


def test_what_was_taken_away_under_a_batch_is_not_kept_again_under_its_name(keeping, shelf):
    first = open_book(keeping)
    another_line(keeping)
    shutil.rmtree(first.source.shelf)
    snapshot._in_use.clear()
    again = open_book(keeping)
    assert again.source.shelf is None
    assert again.data_hash != first.data_hash


@pytest.mark.parametrize("why", ["no folder", "another's", "full"])
def test_where_nothing_can_be_kept_the_source_is_read(keeping, monkeypatch, why):
    if why == "no folder":
        (keeping.parent / "kept").write_text("a file")
    elif why == "another's":
        monkeypatch.setattr(os, "getuid", lambda: os.geteuid() + 1)
    else:

        def full(*_given):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(snapshot, "_save", full)
    book = open_book(keeping)
    assert book.source.shelf is None
    assert measure(book, "deals_won", "2026")["value"].item() > 0


def test_pseudonyms_are_kept_as_pseudonyms(keeping):
    book = open_book(keeping, pseudonyms=True)
    names = open_book(keeping).table("reps").name.to_pandas()
    place = book.source.shelf
    found = book.table("reps").name.to_pandas()
    assert place is not None
    assert not set(found) & set(names)
    for path in place.iterdir():
        content = path.read_bytes()
        assert not any(name.encode() in content for name in names)
