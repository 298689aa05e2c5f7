"""How a company looks on its reports: its logo, its colours and its font, as far as they can be read by everyone."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

# What the page is drawn in where the company says nothing; the template's style says the same.
LIGHT = {
    "page": "#ffffff",
    "card": "#f8fafc",
    "text": "#1f2937",
    "accent": "#005a8c",
    "soft": "#4b5563",
    "good": "#005a8c",
    "bad": "#a33f00",
    "blue": "#0072b2",
    "orange": "#c44e00",
    "grey": "#6b7280",
}
DARK = {
    "page": "#11161d",
    "card": "#1a212b",
    "text": "#e5e7eb",
    "accent": "#6db8e8",
    "soft": "#b6bdc8",
    "good": "#6db8e8",
    "bad": "#ff9d5c",
    "blue": "#6db8e8",
    "orange": "#ff9d5c",
    "grey": "#9aa4b2",
}
# WCAG 2.2, success criterion 1.4.3: text of any size.
LEAST_CONTRAST = 4.5
VARIABLES = {"page": "--page", "text": "--ink", "accent": "--link"}
# The luminance that black and white stand out from alike.
MIDDLE = 0.18
LARGEST_LOGO = 200_000
KINDS = {".png": ("image/png", b"\x89PNG\r\n\x1a\n"), ".svg": ("image/svg+xml", b"<")}

Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$", to_lower=True)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Colours(_Model):
    """The colours of one paper, as #rrggbb: the page, the text on it, and the accent of links and rules."""

    page: Colour | None = None
    text: Colour | None = None
    accent: Colour | None = None

    def given(self) -> dict[str, str]:
        """The colours that the company names."""
        return {name: value for name in VARIABLES if (value := getattr(self, name))}


class Brand(_Model):
    """The logo (a PNG or SVG file beside the company file), the colours on light and on dark paper, and a font.

    Colours that cannot be told from the page are refused: see `faults`.
    """

    logo: Annotated[str, Field(min_length=1)] | None = None
    light: Colours = Colours()
    dark: Colours = Colours()
    font: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _-]{0,59}$")] | None = None

    def faults(self, folder: Path) -> Iterator[tuple[str, str, str]]:
        """Return what cannot be used: the key, what is wrong, and the way out.

        Parameters
        ----------
        folder : Path
            Where the company file lies; a logo is looked for from there.
        """
        if self.logo:
            yield from _logo_faults(folder / self.logo)
        for paper, house in (("light", LIGHT), ("dark", DARK)):
            own = getattr(self, paper).given()
            drawn = {**house, **own}
            behind = [drawn["page"]] if "page" in own else [house["page"], house["card"]]
            unfit = {
                name: reached
                for name, colour in drawn.items()
                if name not in ("page", "card") and (name in own or "page" in own)
                if (reached := min(contrast(colour, one) for one in behind)) < LEAST_CONTRAST
            }
            # A page that swallows a colour swallows several: the one it swallows most says it all.
            named = [name for name in unfit if name in own]
            for name in named or sorted(unfit, key=lambda name: unfit[name])[:1]:
                key = name if name in own else "page"
                said = f"the contrast of {name} {drawn[name]} on the page {drawn['page']} is {unfit[name]:.1f}"
                fix = f"Give a {_direction(key, drawn['page'], paper)} {key}."
                yield f"brand.{paper}.{key}", f"{said}; text needs {LEAST_CONTRAST}.", fix

    def style(self) -> str:
        """Return the style sheet of the brand: colours as variables, on light and on dark paper; "" for none."""
        rules = [f':root{{--font:"{self.font}",system-ui,sans-serif}}'] if self.font else []
        for paper in ("light", "dark"):
            own = self._variables(paper)
            inside = "".join(f"{name}:{value};" for name, value in own.items())
            # On paper proper all is black on white.
            rules += [f"@media screen and (prefers-color-scheme:{paper}){{:root{{{inside}}}}}"] if own else []
        return "".join(rules)

    def logo_data(self, folder: Path) -> str:
        """Return the logo as an address that needs no request; "" for none."""
        if not self.logo:
            return ""
        path = folder / self.logo
        return f"data:{KINDS[path.suffix.lower()][0]};base64,{b64encode(path.read_bytes()).decode()}"

    def _variables(self, paper: str) -> dict[str, str]:
        colours: Colours = getattr(self, paper)
        own = {VARIABLES[name]: value for name, value in colours.given().items()}
        # A card on a page of another colour is of the page's colour.
        return {**own, "--card": own["--page"]} if "--page" in own else own


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21, by the formula of WCAG 2.2.

    >>> round(contrast("#000000", "#ffffff"), 1), round(contrast("#777777", "#ffffff"), 2)
    (21.0, 4.48)
    """
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _direction(key: str, page: str, paper: str) -> str:
    if key == "page":
        return "lighter" if paper == "light" else "darker"
    return "darker" if _luminance(page) > MIDDLE else "lighter"


def _logo_faults(path: Path) -> Iterator[tuple[str, str, str]]:
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        yield "brand.logo", f"{path.name} is neither a PNG nor an SVG file.", "Save the logo as PNG or SVG."
    elif not path.is_file():
        yield "brand.logo", f"there is no file {path}.", "Check the path; it starts at the company file."
    elif not path.read_bytes()[:200].lstrip(b"\xef\xbb\xbf \r\n\t").startswith(kind[1]):
        yield "brand.logo", f"{path.name} is not what its name says.", "Save the logo as PNG or SVG."
    elif path.stat().st_size > LARGEST_LOGO:
        yield "brand.logo", f"{path.name} has {path.stat().st_size:,} bytes.", f"At most {LARGEST_LOGO:,} are embedded."
