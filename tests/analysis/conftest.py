"""The tests of the analyses share small companies."""

from __future__ import annotations

import sys
from pathlib import Path

# pytest's importlib mode puts no folder on the path.
folder = str(Path(__file__).parent.parent)
if folder not in sys.path:
    sys.path.insert(0, folder)
