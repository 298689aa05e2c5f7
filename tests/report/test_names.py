"""Names from data, however hostile, are files of their own inside the folder of the reports."""

import random
import unicodedata
from dataclasses import replace

import pytest

from salesops_lib.errors import ParameterError
from salesops_lib.report.fault_log import stem_of
from salesops_lib.report.members import Member
from salesops_lib.report.params import read_settings
from salesops_lib.report.publish import PREFIX
from salesops_lib.report.run import plan

NASTY = [
    *("..", ".", "", " ", "/", "\\", "../../etc/passwd", "..\\..\\x", "/etc/passwd", "C:\\x", "a/b", "a\\b", "~"),
    *("CON", "con", "CON.txt", "nul", "COM1", "com¹", "LPT9 ", "aux.", ".hidden", "-rf", "--out", "$(id)", "`id`"),
    *("\u202egnp.exe", "a\u200bb", "\u2066x\u2069", "a\nb", "a\rb", "a\tb", "a\0b", "\x1b[2J", "é", "e\u0301"),
    *("ﬁ", "fi", "ß", "ẞ", "ſ", "K", "k", "İ", "i", "ı", "x" * 5000, "é" * 200, "\U0001f600" * 100, "\ud800"),
    *("R-001", "r-001", "R_001", "R 001", "R-001 ", " R-001", "index.html", "manifest.json", "failed", "~root"),
    *(".making-x", ".former-x", "<b>x</b>", "a" * 61),
]
DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(10))}


def hostile(count):
    """So many different texts: nasty ones, and those that a seeded generator makes of their parts."""
    chance = random.Random(7)
    parts = [part for text in NASTY for part in (text, text[:3], text.upper(), text.swapcase())]
    found = dict.fromkeys(NASTY)
    while len(found) < count:
        text = "".join(chance.choice(parts)[:40] for _ in range(chance.randint(1, 4)))
        found[text + (chr(chance.randrange(0x20, 0x3000)) if chance.random() < 0.5 else "")] = None
    return list(found)


@pytest.fixture
def request_of_all(project):
    return plan(project.params, {}, project.out)


@pytest.mark.parametrize("kind", ["rep", "group"])
def test_a_thousand_hostile_names_are_a_thousand_folders_inside(project, request_of_all, kind):
    names = hostile(1000)
    places = set()
    for name in names:
        value = name if kind == "rep" else f"territory={name}"
        request = replace(request_of_all, member=Member(kind, value, name))
        place, files = request.place, [f"{stem_of(request)}.json", f"{stem_of(request)}.log", *request.page.parts]
        assert (project.out / request.page).resolve().is_relative_to(project.out.resolve())
        assert len(request.page.parts) == 4
        for file in files:
            assert len(file.encode()) <= 120
            assert file.isascii()
            assert file.isprintable()
            assert not set(file) & set('/\\:*?"<>| ')
            assert file.upper().partition(".")[0] not in DEVICES
            assert file[0] not in ".-"
            assert file[-1] not in ". "
            assert not file.startswith(PREFIX)
        places.add(unicodedata.normalize("NFC", place.as_posix()).casefold())
        (project.out / "failed").mkdir(parents=True, exist_ok=True)
        (project.out / place).mkdir(parents=True)
        (project.out / "failed" / files[0]).touch(exist_ok=False)
    assert len(places) == 1000
    assert len(list(project.out.glob("*/*/*"))) == len(list((project.out / "failed").iterdir())) == 1000


@pytest.mark.parametrize("name", ["a-b", "1a", "", "a b", "a.b", "é", "ﬁ", "a;import os", "a\n"])
def test_a_parameter_is_called_as_python_would(name):
    with pytest.raises(ParameterError, match="sets nothing"):
        read_settings([f"{name}=1"])


@pytest.mark.parametrize(
    "value", ["!!python/object/apply:os.system [id]", "!!binary aGk=", "{1: 2}", ".nan", "2026-01-01"]
)
def test_a_value_is_a_scalar_a_list_or_a_map_of_the_kind_that_is_wanted(project, value):
    with pytest.raises(ParameterError):
        plan(project.params, {"pseudonyms": value}, project.out)
