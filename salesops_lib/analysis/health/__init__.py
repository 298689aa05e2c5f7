"""The audit of a CRM: which records are incomplete, stale, doubtful or double, and which figures that spoils."""

from salesops_lib.analysis.health.crm_health import CrmHealth

__all__ = ["CrmHealth"]
