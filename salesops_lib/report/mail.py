"""Reports as mails: the page attached, the headline as the text, sent by the server of the company file."""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from datetime import UTC, datetime
from pathlib import Path

from salesops_lib.company import Mail
from salesops_lib.errors import Fault, ParameterError, SalesOpsError
from salesops_lib.language import gettext as _
from salesops_lib.language import locale_of
from salesops_lib.report.pieces import about, kind_name
from salesops_lib.report.records import Published
from salesops_lib.show.numbers import period_name
from salesops_lib.show.plain import plain

USER, PASSWORD = "SALESOPS_MAIL_USER", "SALESOPS_MAIL_PASSWORD"
PATIENCE = 60
