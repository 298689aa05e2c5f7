"""A company's look: what is embedded, what is refused because it cannot be read, and what reaches the page."""

from __future__ import annotations

import re
from base64 import b64decode
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup

from salesops_lib.brand import DARK, LEAST_CONTRAST, LIGHT, Brand, Colours, contrast
from salesops_lib.company import read_company
from salesops_lib.errors import CompanyError
from salesops_lib.report.render import HERE, render
from salesops_lib.show import style

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>window.ran=1</script></svg>'
COMPANY = {"name": "Acme", "source": {"tables": {"opportunities": "deals.csv"}}, "stages": {"won": ["Won"]}}


def _company(folder: Path, **brand: Any) -> Any:
    (folder / "logo.png").write_bytes(PNG)
    (folder / "logo.svg").write_bytes(SVG)
    path = folder / "acme.yml"
    path.write_text(yaml.safe_dump({**COMPANY, "brand": brand}))
    return read_company(path)


def _page(company: Any) -> str:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Review")])
    return render(notebook, title="Review", locale="en_US", brand=company.brand, folder=company.folder)


@pytest.mark.parametrize(("name", "kind", "content"), [("logo.png", "png", PNG), ("logo.svg", "svg+xml", SVG)])
def test_a_logo_is_in_the_file_and_only_in_an_image(tmp_path: Path, name: str, kind: str, content: bytes) -> None:
    page = BeautifulSoup(_page(_company(tmp_path, logo=name)), "html.parser")
    source, _comma, data = page.img["src"].partition(",")
    assert source == f"data:image/{kind};base64"
    assert b64decode(data) == content
    assert not page.find(["script", "svg"])


def test_colours_and_font_reach_the_page(tmp_path: Path) -> None:
    page = _page(_company(tmp_path, light={"accent": "#7A0019"}, dark={"accent": "#ff9aa8"}, font="Source Sans 3"))
    assert '--font:"Source Sans 3",system-ui' in page
    assert "(prefers-color-scheme:light){:root{--link:#7a0019;}}" in page
    assert "(prefers-color-scheme:dark){:root{--link:#ff9aa8;}}" in page


def test_a_company_without_a_brand_has_the_houses_look(tmp_path: Path) -> None:
    path = tmp_path / "acme.yml"
    path.write_text(yaml.safe_dump(COMPANY))
    assert read_company(path).brand.style() == ""
    assert "<img" not in _page(read_company(path))


@pytest.mark.parametrize(
    ("brand", "said"),
    [
        (
            {"light": {"accent": "#ffaa00"}},
            "key 'brand.light.accent': the contrast of accent #ffaa00 on the page #ffffff is 1.8; text needs 4.5. "
            "Give a darker accent.",
        ),
        ({"dark": {"text": "#334455"}}, "key 'brand.dark.text': the contrast of text #334455 on the page #11161d is "),
        ({"dark": {"page": "#777777"}}, "Give a darker page."),
        ({"light": {"page": "#aaaaaa"}}, "Give a lighter page."),
        ({"light": {"accent": "red"}}, "key 'brand.light.accent'"),
        ({"light": {"acent": "#000000"}}, "Did you mean accent?"),
        ({"font": 'x"};*{display:none}'}, "key 'brand.font'"),
        ({"logo": "absent.png"}, "there is no file"),
        ({"logo": "acme.yml"}, "is neither a PNG nor an SVG file. Save the logo as PNG or SVG."),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, brand: dict[str, Any], said: str) -> None:
    with pytest.raises(CompanyError) as refused:
        _company(tmp_path, **brand)
    assert said in str(refused.value)
    assert len(refused.value.faults) == 1


def test_a_file_that_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "big.svg").write_bytes(b"<svg>" + b" " * 300_000)
    (tmp_path / "no.png").write_bytes(b"MZ")
    assert [key for key, _what, _fix in Brand(logo="big.svg").faults(tmp_path)] == ["brand.logo"]
    assert [what for _key, what, _fix in Brand(logo="no.png").faults(tmp_path)] == ["no.png is not what its name says."]


# Worked out by hand from the formula: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#ffffff", "#000000", 21.0), ("#767676", "#ffffff", 4.54), ("#ff0000", "#ffffff", 4.0)]
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio, abs=0.005)


@pytest.mark.parametrize("house", [LIGHT, DARK])
def test_the_houses_own_colours_pass_on_page_and_card(house: dict[str, str]) -> None:
    told = [name for name in house if name not in ("page", "card")]
    for paper in ("page", "card"):
        assert [name for name in told if contrast(house[name], house[paper]) < LEAST_CONTRAST] == []


def test_the_templates_style_draws_in_these_colours_and_knows_every_colour_of_a_figure() -> None:
    css = (HERE / "template" / "style.css").read_text()
    names = {"page": "page", "text": "ink", "accent": "link"}
    light, _media, dark = css[: css.index("*, *::before")].partition("@media")
    for part, house in ((light, LIGHT), (dark, DARK)):
        for name, colour in house.items():
            assert f"--{names.get(name, name)}: {colour};" in part
    drawn = {
        style.BLUE,
        style.ORANGE,
        style.GREY,
        style.INK,
        style.FAINT,
        style.PALE,
        style.GOOD,
        style.BAD,
        style.TOTAL,
    }
    drawn |= set(style.HOUSE["axes.prop_cycle"].by_key()["color"])
    for colour in (each.lower() for each in drawn):
        assert re.search(rf'\[fill="{colour}"\] {{', css)
        assert re.search(rf'\[stroke="{colour}"\] {{', css)


def test_colours_that_pass_have_no_faults() -> None:
    brand = Brand(light=Colours(page="#fffdf7", text="#222222"), dark=Colours(accent="#ffd166"))
    assert list(brand.faults(Path())) == []
