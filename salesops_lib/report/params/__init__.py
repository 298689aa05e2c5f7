"""What a report may be given: one model per notebook (same stem), read and checked before a kernel starts."""

from salesops_lib.report.params.models import MODELS, Parameters
from salesops_lib.report.params.request import Request, find_notebook, read_request, request_of, with_pseudonyms
from salesops_lib.report.params.settings import is_batch, read_settings, read_yaml

__all__ = [
    "MODELS",
    "Parameters",
    "Request",
    "find_notebook",
    "is_batch",
    "read_request",
    "read_settings",
    "read_yaml",
    "request_of",
    "with_pseudonyms",
]
