"""The demo company: `write_demo` writes it, TRUTHS tells what is planted in it. Only what others may use of it."""

from salesops_lib.data.demo.company import company_text
from salesops_lib.data.demo.truths import TRUTHS
from salesops_lib.data.demo.write import planted, write_demo

__all__ = ["TRUTHS", "company_text", "planted", "write_demo"]
