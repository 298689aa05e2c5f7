"""Reports: from checked parameters to a published page."""
