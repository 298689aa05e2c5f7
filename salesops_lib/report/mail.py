"""Reports as mails: the page attached, its headline as the text, sent by the server that the company file names."""

from __future__ import annotations

import os
import re
import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from pathlib import Path, PurePosixPath

from salesops_lib.company import Company
from salesops_lib.errors import Fault, ParameterError, SalesOpsError
from salesops_lib.language import current_locale, locale_of
from salesops_lib.language import gettext as _
from salesops_lib.mailing import Mail, is_address
from salesops_lib.names import plain
from salesops_lib.periods import period_name
from salesops_lib.report.pieces import kind_name, said_of, size_name
from salesops_lib.report.records import Published, content_of

USER, PASSWORD = "SALESOPS_MAIL_USER", "SALESOPS_MAIL_PASSWORD"
PATIENCE = 60
KINDS = {".html": ("text", "html"), ".pdf": ("application", "pdf")}


class MailFailed(SalesOpsError):
    """A mail that the server did not take; what was sent before is said."""

    exit_code = 1


@dataclass(frozen=True)
class Postbox:
    """A server, who sends, and to whom; user and password are shown nowhere."""

    mail: Mail
    file: str
    to: tuple[str, ...]
    login: tuple[str, str] | None

    def __repr__(self) -> str:
        return f"Postbox({self.server}, {'with' if self.login else 'without'} a user)"

    @property
    def server(self) -> str:
        """The server as it is told: host and port."""
        return f"{self.mail.host}:{self.mail.door}"


def open_postbox(company: Company, to: Sequence[str]) -> Postbox:
    """What is needed to send, from the company file and the environment; nothing is connected.

    Raises
    ------
    ParameterError
        If the company file has no `mail:`, a recipient is no address, or the password would go unencrypted.
    """
    faults = [
        Fault(_("{address!r} is no mail address.", address=each), fix=_("Write --to name@example.com, once for each."))
        for each in to
        if not is_address(each)
    ]
    if company.mail is None:
        fix = _("Add it: host, port, tls (starttls, implicit or none), from.")
        faults.append(Fault(_("no mail server is named."), file=company.file, key="mail", fix=fix))
    user, password = os.environ.get(USER), os.environ.get(PASSWORD)
    if bool(user) != bool(password):
        lacking = PASSWORD if user else USER
        faults.append(Fault(_("the environment has no {name}.", name=lacking), fix=_("Set both, or neither.")))
    elif user and company.mail and company.mail.tls == "none":
        what = _("a password would be sent unencrypted.")
        fix = _("Use starttls or implicit, or unset {user} and {password}.", user=USER, password=PASSWORD)
        faults.append(Fault(what, file=company.file, key="mail.tls", fix=fix))
    if faults or company.mail is None:
        raise ParameterError(*faults)
    return Postbox(
        company.mail, company.file, tuple(dict.fromkeys(to)), (user, password) if user and password else None
    )


def letter(report: Published, out: Path, box: Postbox) -> EmailMessage:
    """The mail of a report: its headline as the text, its page and, if there is one, its PDF attached.

    Raises
    ------
    ParameterError
        If the report is not as it was published.
    """
    pdf = str(PurePosixPath(report.page).with_suffix(".pdf"))
    files = sorted(content_of(report, out, (report.page, pdf)))
    with locale_of(report.locale or current_locale()):
        subject, text = _subject(report), _text(report, [_file_name(report, name) for name, _content in files])
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(plain(report.company), addr_spec=box.mail.from_)
    message["To"] = [Address(addr_spec=each) for each in box.to]
    message["Subject"] = subject
    message["Date"] = format_datetime(datetime.now(UTC))
    # The name of this machine is nobody's business: the sender's domain stands in the mail anyway.
    message["Message-ID"] = make_msgid(domain=box.mail.from_.rpartition("@")[2])
    message.set_content(text, charset="utf-8")
    for name, content in files:
        kind, subkind = KINDS[PurePosixPath(name).suffix]
        message.add_attachment(content, kind, subkind, filename=_file_name(report, name))
        if kind == "text":
            [*_others, last] = message.iter_attachments()
            last.set_param("charset", "utf-8")
    return message


def described(message: EmailMessage, box: Postbox) -> str:
    """What would be sent, for people."""
    body = message.get_body(("plain",))
    assert body is not None
    said = _("with the user of {name}", name=USER) if box.login else _("without a user")
    files = [f"{part.get_filename()} ({size_name(_size(part))})" for part in message.iter_attachments()]
    lines = [
        _("Server: {server}, {tls}, {login}", server=box.server, tls=box.mail.tls, login=said),
        *(f"{name}: {message[name]}" for name in ("From", "To", "Subject")),
        _("Attached: {files}", files=", ".join(files)),
        "",
        str(body.get_content()).strip(),
    ]
    return "\n".join(lines)


def send(messages: Sequence[EmailMessage], box: Postbox) -> Iterator[EmailMessage]:
    """Send mails over one connection; gives each when the server has taken it for every recipient.

    Raises
    ------
    MailFailed
        In one line, naming the server and the way out.
    """
    with _told(box), _connected(box) as server:
        for message in messages:
            refused = server.send_message(message, box.mail.from_, list(box.to))
            if refused:
                raise smtplib.SMTPRecipientsRefused(refused)
            yield message


def _size(part: Message) -> int:
    content = part.get_payload(decode=True)
    return len(content) if isinstance(content, bytes) else 0


def _subject(report: Published) -> str:
    name = _("{report}, {period}", report=kind_name(report.report, report.label), period=period_name(report.period))
    whose = f", {plain(report.whose.label)}" if report.whose else ""
    return plain(f"{plain(report.company)}: {name}{whose}")


def _text(report: Published, files: Sequence[str]) -> str:
    headline = "\n\n".join(plain(sentence) for sentence in report.headline)
    attached = _("Attached: {files}. The page opens in any browser and needs no network.", files=", ".join(files))
    return "\n\n".join(part for part in (headline, f"{_subject(report)}. {said_of(report)}.", attached) if part) + "\n"


def _file_name(report: Published, name: str) -> str:
    """What a file is called outside its folder: the report, its language, the period and the member."""
    path = PurePosixPath(name)
    parts = [report.place.parts[1], report.period, *report.place.parts[2:]]
    return re.sub(r"[^\w.~-]+", "_", "-".join(parts), flags=re.ASCII) + path.suffix


@contextmanager
def _connected(box: Postbox) -> Iterator[smtplib.SMTP]:
    mail, context = box.mail, ssl.create_default_context()
    if mail.tls == "implicit":
        server: smtplib.SMTP = smtplib.SMTP_SSL(mail.host, mail.door, timeout=PATIENCE, context=context)
    else:
        server = smtplib.SMTP(mail.host, mail.door, timeout=PATIENCE)
    with server:
        if mail.tls == "starttls":
            server.starttls(context=context)
        if box.login:
            server.login(*box.login)
        yield server


@contextmanager
def _told(box: Postbox) -> Iterator[None]:
    """Every way in which sending can fail, in one line; what led to it is cut off, for it may hold the password."""
    try:
        yield
    except smtplib.SMTPException as error:
        what, fix = _refusal(error, box)
    except ssl.SSLCertVerificationError as error:
        what = _("its certificate is not trusted ({why}).", why=error.verify_message)
        fix = _("Give the name that the certificate has as mail: host; SSL_CERT_FILE adds an authority of your own.")
    except ssl.SSLError as error:
        what = _("no encrypted connection ({why}).", why=error.reason or type(error).__name__)
        fix = _("Check mail: tls and port: starttls is usually on 587, implicit on 465.")
    except OSError as error:
        what = _("it cannot be reached ({why}).", why=error.strerror or str(error) or type(error).__name__)
        fix = _("Check mail: host and port in {file}.", file=box.file)
    else:
        return
    raise MailFailed(Fault(what, file=_("mail server {server}", server=box.server), fix=fix)) from None


def _refusal(error: smtplib.SMTPException, box: Postbox) -> tuple[str, str]:
    """What the server would not do, and the way out."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        what = _("it refuses the user or the password (code {code}).", code=error.smtp_code)
        return what, _("Set {user} and {password} anew.", user=USER, password=PASSWORD)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        listed = ", ".join(f"{who} ({_answer(*answer)})" for who, answer in error.recipients.items())
        taken = [who for who in box.to if who not in error.recipients]
        what = _("it refuses {recipients}.", recipients=listed)
        others = _("{others} have got the mail.", others=", ".join(taken)) if taken else _("Nobody has got the mail.")
        return what, _("{others} Check --to and whether the server sends to them.", others=others)
    if isinstance(error, smtplib.SMTPSenderRefused):
        what = _("it refuses the sender {sender} ({why}).", sender=error.sender, why=_answer(*error.args[:2]))
        return what, _("Check mail: from in {file}; a server may want {user}, too.", file=box.file, user=USER)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        why = " ".join(str(error).split())
        return _("it cannot do what is asked ({why}).", why=why), _(
            "Check mail: tls and port in {file}.", file=box.file
        )
    if isinstance(error, smtplib.SMTPResponseException):
        return _("it does not take the mail ({why}).", why=_answer(error.smtp_code, error.smtp_error)), _("Try later.")
    what = _("it ended the connection.") if isinstance(error, smtplib.SMTPServerDisconnected) else str(error)
    return what, _("Check mail: tls and port in {file}.", file=box.file)


def _answer(code: int, text: bytes | str) -> str:
    """What the server said, in one harmless line."""
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return f"{code} {plain(said)[:200]}"
