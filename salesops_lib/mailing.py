"""The part of the company file that sends mails: the server and the sender, and what a mail address is."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_PART = r"[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]+"
_PORTS = {"starttls": 587, "implicit": 465, "none": 25}


def is_address(text: str) -> bool:
    r"""Whether a text is one mail address and nothing else, so that it can stand in a mail's head.

    >>> is_address("ann@example.com"), is_address("ann@example.com, bob@example.com"), is_address("a@b\nBcc: c@d")
    (True, False, False)
    """
    return bool(re.fullmatch(f"{_PART}@{_PART}", text))


def _address(text: str) -> str:
    if not is_address(text):
        raise ValueError(f"{text!r} is no mail address; write it as reports@example.com.")
    return text


class Mail(BaseModel):
    """The server that sends reports, and from whom they come; its user and password are never in a file."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    host: Annotated[str, Field(pattern=r"^[^\s/@]+$")]
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    from_: Annotated[str, AfterValidator(_address)] = Field(alias="from")

    @property
    def door(self) -> int:
        """The port: the usual one of its kind if none is named.

        >>> Mail(host="smtp.example.com", **{"from": "reports@example.com"}).door
        587
        """
        return self.port or _PORTS[self.tls]
