"""Lets the tests of `deploy` import it: it runs from the checkout and is never installed."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
