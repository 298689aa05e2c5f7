"""The show layer draws without a screen and starts every test in English and dollars."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from salesops_lib.language import locale_of
from salesops_lib.show.numbers import use_currency

# The tests share hand-made frames, and pytest's importlib mode puts no folder on the path.
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    plt.switch_backend("agg")
    use_currency("USD")
    with locale_of("en_US"):
        yield
    use_currency("USD")
    plt.close("all")
