"""The tests of the forecasts share small companies."""

from __future__ import annotations

import sys
from pathlib import Path

# pytest's importlib mode puts no folder on the path.
for folder in (Path(__file__).parent.parent, Path(__file__).parent):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
