"""The key file: what a pseudonym is made of, who is who, and that neither is lost, changed or seen by others."""

import json
import os
import re
import shutil
import stat
import subprocess
import threading

import pytest

from salesops_lib.company import read_company
from salesops_lib.data import pseudonyms
from salesops_lib.data.book import open_book
from salesops_lib.data.pseudonyms import REP, Key, code_of, key_file, open_key, refuse_key_in, register
from salesops_lib.errors import CompanyError

DEALS = "opportunity_id,rep_id,stage,amount,created_at,closed_at\nA1,R1,Won,100,2026-01-05,2026-02-05\n"
SECRET = "ab" * 32
ANN, BEN = (REP, "R1", "Ann Lee"), (REP, "R2", "Ben Moss")


@pytest.fixture
def company(desk):
    desk.write(deals_csv=DEALS)
    return read_company(desk.company(privacy={"pseudonyms": True}))


def content(company):
    return json.loads(key_file(company).read_text(encoding="utf-8"))


def test_a_pseudonym_is_short_and_no_word():
    codes = [code_of(SECRET, f"R-{i}") for i in range(500)]
    assert all(re.fullmatch("[234679CDFGHJKMNPQRTVWX]{48}", code) for code in codes)
    shown = Key(None, SECRET).with_people([(REP, f"R-{i}", None) for i in range(500)]).shown(REP)
    assert len(set(shown.values())) == 500
    assert all(re.fullmatch("Rep .{4,5}", pseudonym) for pseudonym in shown.values())


def test_it_depends_on_the_id_and_the_secret_alone():
    first = Key(None, SECRET).with_people([ANN, BEN])
    assert first == Key(None, SECRET).with_people([BEN, ANN])
    assert first.shown(REP)["R1"] == Key(None, SECRET).with_people([(REP, "R1", "Another")]).shown(REP)["R1"]
    other = Key(None, "cd" * 32).with_people([ANN, BEN])
    assert not set(first.shown(REP).values()) & set(other.shown(REP).values())


def test_a_code_that_is_taken_gets_longer_and_the_former_one_stays(monkeypatch):
    monkeypatch.setattr(pseudonyms, "code_of", lambda secret, id_: "2222" + {"R1": "C", "R2": "D", "R3": "C2"}[id_] * 9)
    key = Key(None, SECRET).with_people([BEN])
    assert key.shown(REP) == {"R2": "Rep 2222"}
    key = key.with_people([BEN, ANN, (REP, "R3", None)])
    assert key.shown(REP) == {"R2": "Rep 2222", "R3": "Rep 2222C", "R1": "Rep 2222CC"}


def test_one_person_has_one_code_in_both_roles():
    key = Key(None, SECRET).with_people([ANN, ("Manager", "R1", "Ann Lee")])
    assert {person.pseudonym.split()[1] for person in key.people} == {code_of(SECRET, "R1")[:4]}


def test_the_first_use_makes_a_file_that_only_its_owner_reads(company):
    key = open_key(company)
    path = company.folder / "company.pseudonyms.json"
    assert key.path == path == key_file(company)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    register(company, [ANN])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert content(company)["people"] == [
        {"pseudonym": f"Rep {code_of(key.secret, 'R1')[:4]}", "id": "R1", "name": "Ann Lee"}
    ]
    assert [each.name for each in company.folder.glob(".*")] == []


def test_whoever_left_the_data_stays_in_the_file_and_a_new_name_is_noted(company):
    open_key(company)
    register(company, [ANN, BEN])
    key = register(company, [(REP, "R2", "Ben Noon")])
    assert {person.id: person.name for person in key.people} == {"R1": "Ann Lee", "R2": "Ben Noon"}
    assert key == open_key(company)


def test_it_is_written_only_if_somebody_is_new(company):
    open_key(company)
    register(company, [ANN])
    before = key_file(company).stat().st_ino
    register(company, [ANN])
    assert key_file(company).stat().st_ino == before
    register(company, [BEN])
    assert key_file(company).stat().st_ino != before


def test_a_failed_write_leaves_the_former_file(company, monkeypatch):
    open_key(company)
    register(company, [ANN])
    before = key_file(company).read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(
        CompanyError, match=r"company\.pseudonyms\.json, key 'privacy\.key': cannot be read or written \(No space"
    ):
        register(company, [BEN])
    assert key_file(company).read_bytes() == before
    assert {path.name for path in company.folder.iterdir()} == {"company.yml", "deals.csv", "company.pseudonyms.json"}


def test_runs_that_begin_together_share_one_secret_and_lose_nobody(company):
    keys = []

    def run(i):
        open_key(company)
        keys.append(register(company, [(REP, f"R{i}", None)]))

    threads = [threading.Thread(target=run, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({key.secret for key in keys}) == 1
    assert {person["id"] for person in content(company)["people"]} == {f"R{i}" for i in range(8)}


def swapped(text):
    return text.replace('"R1"', '"R0"').replace('"R2"', '"R1"').replace('"R0"', '"R2"')


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text[: len(text) // 2],
        lambda text: "[]",
        lambda text: text.replace('"secret": "', '"secret": "0'),
        lambda text: text.replace('"id": "R1"', '"id": 1'),
        lambda text: text.replace("pseudonym", "name"),
        swapped,
    ],
    ids=["empty", "cut off", "another file", "another secret", "a number", "another column", "people swapped"],
)
def test_a_damaged_key_file_is_refused(company, damage):
    open_key(company)
    register(company, [ANN, BEN])
    key_file(company).write_text(damage(key_file(company).read_text()))
    with pytest.raises(CompanyError) as caught:
        open_book(company)
    assert str(caught.value) == (
        "company.pseudonyms.json, key 'privacy.key': is damaged or no key file. Put back a copy of it; without one, "
        "move it away: new pseudonyms arise then, and old reports keep theirs."
    )


def test_it_may_be_kept_elsewhere(desk):
    desk.write(deals_csv=DEALS)
    (desk.folder / "council").mkdir()
    company = read_company(desk.company(privacy={"pseudonyms": True, "key": "council/key.json"}))
    open_book(company)
    assert key_file(company) == desk.folder / "council" / "key.json"
    assert content(company)["people"][0]["id"] == "R1"


def test_a_folder_that_is_not_there(desk):
    desk.write(deals_csv=DEALS)
    company = read_company(desk.company(privacy={"pseudonyms": True, "key": "nowhere/key.json"}))
    with pytest.raises(
        CompanyError, match=r"nowhere/key\.json, key 'privacy\.key': cannot be read or written \(No such"
    ):
        open_book(company)


def test_it_may_not_lie_among_the_reports(desk):
    desk.write(deals_csv=DEALS)
    company = read_company(desk.company(privacy={"pseudonyms": True, "key": "reports/2026Q3/key.json"}))
    with pytest.raises(CompanyError, match=r"key 'privacy\.key': the key file would lie in reports"):
        refuse_key_in(company, desk.folder / "reports")
    refuse_key_in(company, desk.folder / "report")


def test_without_pseudonyms_there_is_no_key_file(desk):
    desk.write(deals_csv=DEALS)
    book = open_book(desk.company())
    assert (book.source.key, [*desk.folder.glob("*pseudonyms*")]) == (None, [])


@pytest.mark.parametrize("file", ["demo.pseudonyms.json", "params/demo.pseudonyms.json", "a/b/.x.pseudonyms.json.w8_a"])
def test_git_does_not_take_it(tmp_path, file):
    """Nor what it is written as before it has its name."""
    shutil.copy(pseudonyms.Path(__file__).parents[2] / ".gitignore", tmp_path)
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    taken = [subprocess.run(["git", "check-ignore", "--quiet", name], cwd=tmp_path).returncode for name in (file, "b")]
    assert taken == [0, 1]
