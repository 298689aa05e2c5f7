"""The catalogues hold every message that reaches a page, translated, with the fields of the original."""

import ast
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from salesops_lib.language import LOCALES, SOURCE, SUPPORTED, fields_of, language_of

ROOT = Path(__file__).parents[2]
LANGUAGES = sorted({language_of(locale) for locale in SUPPORTED} - {SOURCE})
SHOW = ROOT / "salesops_lib" / "show"
GETTEXT = {"_", "gettext", "ngettext", "pgettext", "N_", "later", "nlater"}
# Words that frames and programs use among themselves; each has its words for the reader.
CODES = {
    "axes fraction", "close date", "company file", "DejaVu Sans", "figure fraction", "kit unreconciled", "no trend",
    "not distinguishable", "not proven", "Matplotlib currently does not support", "offset points",
    "say bad", "say headline", "too few",
    "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif",
}  # fmt: skip
# What "n/a" is called: its full stops end no sentence.
NOT_AVAILABLE = re.compile(r"(k\. A\.|n\.b\.)$")
ADVICE = "Run `make messages`, then translate what is empty in salesops_lib/locales."


def _key(message: Message) -> tuple[str | None, tuple[str, ...]]:
    return message.context, _forms(message.id)


def _forms(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def _messages(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def _catalogue(language: str) -> Catalog:
    with (LOCALES / language / "LC_MESSAGES" / "salesops.po").open("rb") as file:
        return read_po(file, locale=language)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What Babel finds now, by the command of `make messages`."""
    line = re.search(r"^EXTRACT := \$\(BIN\)/pybabel (.*)$", (ROOT / "Makefile").read_text(), re.M)[1]
    pot = tmp_path_factory.mktemp("messages") / "salesops.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", *shlex.split(line), "-o", str(pot), "."]
    subprocess.run(command, cwd=ROOT, check=True)
    with pot.open("rb") as file:
        return read_po(file)


def test_there_is_a_catalogue_for_every_language():
    assert LANGUAGES == ["de", "nl"]
    assert sorted(path.name for path in LOCALES.iterdir()) == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_holds_what_the_code_and_the_notebooks_say_and_no_more(found, language):
    said, known = ({_key(message) for message in _messages(each)} for each in (found, _catalogue(language)))
    assert said - known == set(), ADVICE
    assert known - said == set(), ADVICE


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated_and_none_is_fuzzy(language):
    messages = _messages(_catalogue(language))
    assert [message.id for message in messages if not all(_forms(message.string))] == [], ADVICE
    assert [message.id for message in messages if message.fuzzy] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_fields_of_its_original(language):
    for message in _messages(_catalogue(language)):
        for original, translation in zip(_forms(message.id), _forms(message.string), strict=True):
            assert fields_of(translation) == fields_of(original), message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_begins_and_ends_like_its_original(language):
    """The same blanks, and a full stop where there is one: sentences are put together."""
    for message in _messages(_catalogue(language)):
        for original, translation in zip(_forms(message.id), _forms(message.string), strict=True):
            blanks = [(text[:1].isspace(), text[-1:].isspace()) for text in (original, translation)]
            assert blanks[0] == blanks[1], message.id
            ends = [NOT_AVAILABLE.sub("n/a", text).endswith((".", ":", ",")) for text in (original, translation)]
            assert ends[0] == ends[1], message.id


def test_german_sets_a_non_breaking_space_before_the_percent_sign():
    texts = [text for message in _messages(_catalogue("de")) for text in _forms(message.string)]
    assert [text for text in texts if re.search(r"[\d}] ?%", re.sub(r":[^{}]*%}", "}", text))] == []
    assert any(re.search("[\\d}]\u00a0%", text) for text in texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_quotes_are_those_of_the_language(language):
    texts = [text for message in _messages(_catalogue(language)) for text in _forms(message.string)]
    assert [text for text in texts if re.search(r"[\"']", re.sub(r"\{[^}]*\}", "", text))] == []


def _unsaid(path: Path) -> set[str]:
    """The prose of a module that is in no call of gettext: what has two words and is no docstring, error or markup."""
    tree = ast.parse(path.read_text())
    passed: set[ast.AST] = set()
    for node in ast.walk(tree):
        said = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in GETTEXT
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if said or docstring or isinstance(node, ast.Raise):
            passed |= set(ast.walk(node))
    constants = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node not in passed]
    texts = {node.value for node in constants if isinstance(node.value, str)}
    return {text for text in texts if re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}", text) and not re.search("[<_:*]", text)}


def _hidden(path: Path) -> set[str]:
    """The messages that stand inside an f-string, where Babel does not look (before Python 3.12)."""
    calls = [
        node
        for string in ast.walk(ast.parse(path.read_text()))
        if isinstance(string, ast.JoinedStr)
        for node in ast.walk(string)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in GETTEXT
    ]
    return {node.args[0].value for node in calls if isinstance(node.args[0], ast.Constant)}


def test_no_message_hides_inside_an_f_string():
    ignored = re.findall(r"^\[ignore: (.*)\]$", (ROOT / "babel.cfg").read_text(), re.M)
    paths = [path for path in sorted((ROOT / "salesops_lib").rglob("*.py")) if not _is_any_of(path, ignored)]
    assert {path.name: hidden for path in paths if (hidden := _hidden(path))} == {}


def _is_any_of(path: Path, patterns: list[str]) -> bool:
    return any(path.relative_to(ROOT).match(pattern.replace("**.py", "*.py")) for pattern in patterns)


def test_a_message_inside_an_f_string_is_found(tmp_path):
    module = tmp_path / "module.py"
    module.write_text("A = f\"{_(code)} {_('hidden')}\"\nB = _('seen') + f'{A}'\n")
    assert _hidden(module) == {"hidden"}


@pytest.mark.parametrize("path", sorted(SHOW.rglob("*.py")), ids=lambda path: path.relative_to(SHOW).as_posix())
def test_what_is_shown_goes_through_gettext(path):
    assert _unsaid(path) - CODES == set()


def test_prose_that_does_not_go_through_gettext_is_found(tmp_path):
    module = tmp_path / "module.py"
    lines = ['"""A docstring of words."""', 'A = _("said with gettext")', 'B = f"{A} not said"', 'C = "left out, too"']
    module.write_text("\n".join(lines))
    assert _unsaid(module) == {" not said", "left out, too"}


@pytest.mark.parametrize(
    ("language", "pattern", "what"),
    [
        ("nl", r"\bingeslapen\b", "is said of the dead; a stale deal is stilgevallen"),
        ("nl", r"\bmarges?\b", "is a margin; the range of a forecast is its bandbreedte"),
        ("nl", r"\bzegt alleen\b", "is says only; what history alone says it says op zichzelf"),
        ("de", r"\b[Nn]ichts\b[^.;]*, das\b", "is no relative of nichts, which takes was"),
        ("de", r": (es|sie|er|davor|daraus|nichts) ", "begins a sentence, with a capital"),
    ],
)
def test_no_word_says_something_else_there(language, pattern, what):
    texts = [text for message in _messages(_catalogue(language)) for text in _forms(message.string)]
    sentences = [text for text in texts if text[0].isupper()]
    assert [text for text in sentences if re.search(pattern, text, re.I if language == "nl" else 0)] == [], what


@pytest.mark.parametrize(
    ("locale", "message", "expected"),
    [
        ("nl_NL", "Stale", "Stilgevallen"),
        ("nl_NL", "History alone says", "De historie op zichzelf"),
        ("nl_NL", "80% range", "80%-bandbreedte"),
        ("nl_NL", "Came", "Resultaat"),
        ("de_DE", "{said}: it {verdict}", "{said}: Sie {verdict}"),
        ("de_DE", "{said}; without it {effect}", "{said}; bei Ausfall: {effect}"),
        (
            "de_DE",
            "Nothing beyond chance was found to recognise or to talk about.",
            "Es ist nichts nachweisbar, was anzuerkennen oder zu besprechen wäre.",
        ),
        (
            "de_DE",
            "{metric}: {listed}, before like is compared with like.",
            "{metric}: {listed}, vor dem Vergleich unter gleichen Bedingungen.",
        ),
    ],
)
def test_it_is_said_as_a_sales_leader_there_says_it(locale, message, expected):
    assert _catalogue(language_of(locale)).get(message).string == expected
