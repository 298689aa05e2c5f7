"""The metric catalogue: each metric one declaration, and measure() for them all."""

from salesops_lib.metrics.measure import measure
from salesops_lib.metrics.registry import CATALOGUE, catalogue, missing_table

__all__ = ["CATALOGUE", "catalogue", "measure", "missing_table"]
