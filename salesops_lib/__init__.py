"""A kit for sales operations: what an analyst types is here; each part is loaded when it is first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from salesops_lib import analysis, forecasting, show
    from salesops_lib.data.book import Book, open_book
    from salesops_lib.metrics.measure import measure
    from salesops_lib.metrics.registry import catalogue

__version__ = "0.1.0"
__all__ = ["Book", "analysis", "catalogue", "forecasting", "measure", "open_book", "show"]

_PLACES = {
    "Book": "salesops_lib.data.book",
    "catalogue": "salesops_lib.metrics",
    "measure": "salesops_lib.metrics",
    "open_book": "salesops_lib.data.book",
}


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    if name in __all__:
        return import_module(f"salesops_lib.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
