"""Every word of every report goes through the catalogue: read in a made-up language, nothing English is left.

The made-up language writes each letter of a message in Cyrillic and leaves its fields alone. What still has Latin
letters on the page is a name or a word of the CRM, or what Babel says in English, or a string that never saw gettext.
"""

import re
import string
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from babel import Locale
from matplotlib.text import Text

from salesops_lib import language, open_book
from salesops_lib.data.demo import write_demo
from salesops_lib.report.params import MODELS
from salesops_lib.report.render import render
from salesops_lib.report.translate import translated
from salesops_lib.show import page

ROOT = Path(__file__).parents[2]
LATIN, CYRILLIC = string.ascii_lowercase, "абвгдежзийклмнопрстуфхцчшщ"
ALPHABET = str.maketrans(LATIN + LATIN.upper(), CYRILLIC + CYRILLIC.upper())
FIELD = re.compile(r"(\{[^{}]*\})")
FILE = re.compile(r"\b[\w/.]+\.(csv|xlsx|json)\b")
PERIODS = {"forecasting": "2026Q4"}
MORE = {"rep_scorecard": {"rep": "R-012", "peers": "segment"}, "rep_comparison": {"peers": "segment"}}
# What the reader's programs and people call so in every language: formats of files, settings, statistics, currencies.
WORDS = "AutoCES ShrinkSeas USD WAPE MASE MVP CRM Kaplan Meier Kendall Gini Zou Donner id Q pp"


class Made(language._gettext.NullTranslations):
    """The made-up language."""

    def gettext(self, message):
        return "".join(part if FIELD.fullmatch(part) else part.translate(ALPHABET) for part in FIELD.split(message))

    def ngettext(self, one, many, n):
        return self.gettext(one if n == 1 else many)

    def pgettext(self, context, message):
        return self.gettext(message)


class Seen(HTMLParser):
    """The texts of a page: its text nodes, and the attributes that are read aloud or shown."""

    def __init__(self, html):
        super().__init__()
        self.texts, self._silent = [], False
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self._silent = tag in ("style", "script")
        self.texts += [value or "" for name, value in attributes if name in ("alt", "title", "aria-label", "summary")]

    def handle_endtag(self, tag):
        self._silent = False

    def handle_data(self, data):
        if not self._silent:
            self.texts.append(data)


def _latin(text):
    """The words of two letters and more that have a Latin letter in them."""
    named = FILE.sub("", text)
    return [word for word in re.findall(r"[^\W\d_]{2,}", named) if re.search("[A-Za-z]", word)]


@pytest.fixture(scope="module")
def made():
    """Speak the made-up language."""
    patch = pytest.MonkeyPatch()
    patch.setattr(language, "_catalogue", lambda _language: Made())
    yield patch
    patch.undo()


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """The file of a small company."""
    folder = tmp_path_factory.mktemp("company")
    write_demo(folder, reps=12, years=2)
    return folder / "demo.yml"


@pytest.fixture(scope="module")
def data_words(company):
    """The words of the CRM's own texts, and those that Babel says."""
    book = open_book(company)
    said = [book.company.name, WORDS]
    for name in book.source.tables:
        table = book.source.tables[name]
        said.append(f"{name} {' '.join(table.columns)}".replace("_", " "))
        for column, kind in table.schema().items():
            if kind.is_string() and column not in ("description", "next_step"):
                said += table[column].topk(100_000).to_pandas()[column].dropna().tolist()
    babel = Locale("en")
    for width in babel.months["format"].values():
        said += width.values()
    return {word.casefold() for text in said for word in re.findall(r"[^\W\d_]+", str(text))}


def _run(stem, company, made):
    """The notebook of a report with what its cells show, and every text that its figures draw."""
    notebook = nbformat.read(ROOT / "notebooks" / f"{stem}.ipynb", as_version=4)
    drawn = []

    def publish(ax, *more, published=page.published):
        figure = ax.get_figure(root=True)
        drawn.extend(text.get_text() for text in figure.findobj(Text) if text.get_visible())
        return published(ax, *more)

    made.setattr(page, "published", publish)
    names = {}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        shown = []
        made.setattr(page, "_display", shown.append)
        exec(cell.source, names)
        if "parameters" in cell.metadata.get("tags", []):
            names |= {"company": str(company), "quarter": PERIODS.get(stem, "2026Q3")}
            names |= MORE.get(stem, {}) | ({"published": None} if "published" in names else {})
        data = [each._repr_mimebundle_() for each in shown]
        cell.outputs = [nbformat.v4.new_output("display_data", data=each) for each in data]
    return notebook, drawn


@pytest.mark.parametrize("stem", sorted(MODELS))
def test_every_word_of_a_report_goes_through_the_catalogue(stem, company, made, data_words):
    notebook, drawn = _run(stem, company, made)
    html = render(translated(notebook), title="", locale="en_US")
    texts = [*Seen(html).texts, *drawn]
    assert len(texts) > 100
    left = {}
    for text in texts:
        for word in _latin(text):
            if word.casefold() not in data_words:
                left.setdefault(word, " ".join(text.split())[:300])
    assert not left, "\n".join(f"{word}: {text}" for word, text in sorted(left.items()))


def test_a_string_that_never_saw_gettext_is_found():
    assert _latin(Made().gettext("{n} deals won") + " by rep") == ["by", "rep"]
