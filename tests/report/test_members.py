import itertools
import os
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from salesops_lib.report.members import Member, safe_name

# What file systems forbid or read in their own way, and letters that differ only in case or in how they are written.
HOSTILE = st.text(
    st.one_of(st.sampled_from('./\\:*?"<>|~ -_\0\n\u202eaAbBßẞſKıİé\u0301e0O1'), st.characters()), max_size=300
)
WORDS = st.lists(
    st.sampled_from(["r", "R", "001", "con", "CON", "Aux", "West", "west", "~", "x~9cdf6a5010"]), max_size=3
)
NAMES = st.one_of(HOSTILE, WORDS.map("-".join), WORDS.map(" ".join))
DEVICES = {"CON", "PRN", "AUX", "NUL", "COM1", "LPT9"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("R-001", "R-001"),
        ("0058", "0058"),
        ("Maeve Park", "Maeve_Park"),
        ("Rep 7KQ4", "Rep_7KQ4"),
        ("SMB", "SMB"),
    ],
)
def test_a_plain_name_keeps_its_look(text, name):
    assert safe_name(text) == name


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("r-001", "r-001~"),
        ("Maeve_Park", "Maeve_Park~"),
        ("../../x", "x~"),
        ("con", "con~"),
        ("Nul", "Nul~"),
        ("Zoë Weber", "Zoe_Weber~"),
        ("ann@lee.com", "ann_lee_com~"),
        ("x" * 300, "x" * 40 + "~"),
        ("\u05d0\u05d1", "~"),
        ("", "~"),
    ],
)
def test_another_name_stays_readable_and_gets_a_digest(text, start):
    assert re.fullmatch(re.escape(start) + "[0-9a-f]{10}", safe_name(text))


@given(NAMES)
@example("CON")
@example("COM1.txt")
@example(".")
def test_a_name_is_safe_on_every_disk(text):
    name = safe_name(text)
    assert re.fullmatch(r"[A-Za-z0-9_~-]+", name)
    assert len(name.encode()) <= 120
    assert name.upper() not in DEVICES
    assert os.path.basename(name) == name


@given(st.lists(NAMES, min_size=2, max_size=8, unique=True))
@example(["R-001", "r-001", "R-001 ", "R 001", "R_001", "R--001"])
@example(["x~9cdf6a5010", "../../x", "X~9CDF6A5010"])
@example(["Zoë", "Zoe\u0308", "Zoe", "ZOE", "zoe"])
def test_no_two_names_meet_where_case_makes_no_difference(texts):
    names = [safe_name(text).lower() for text in texts]
    assert len(set(names)) == len(texts)


def test_a_thousand_names_of_one_look_do_not_meet():
    forms = ["".join(letters) for letters in itertools.product(*[(c, c.upper()) for c in "abcdefghij"])]
    assert len(forms) == 1024
    assert len({safe_name(text).lower() for text in forms}) == 1024


def test_a_group_says_which_grouping_it_is_of():
    assert Member("group", "team=Central", "").folder == "team-Central"
    assert Member("group", "territory=T-01", "").folder == "territory-T-01"
    assert Member("group", "team=a=b/..", "").folder.startswith("team-a_b~")


def test_what_the_manifest_tells_of_a_member():
    assert Member("rep", "R-001", "Maeve Park").record() == {"rep": "R-001", "label": "Maeve Park"}
    assert Member("group", "team=West", "West (team)").record() == {"group": "team=West", "label": "West (team)"}
