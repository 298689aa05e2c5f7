"""Mails against a real server on this machine, with STARTTLS, implicit TLS and passwords."""

import email
import email.policy
import logging
import smtplib
import socket
import ssl
import sys
import traceback

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import AuthResult

from salesops_lib.company import Company
from salesops_lib.errors import ParameterError
from salesops_lib.report.mail import MailFailed, described, letter, open_postbox, send
from salesops_lib.report.records import read_published
from tests.report.shelves import put, scorecard

SECRET = "hunter2-swordfish"
PAGE = "<!doctype html><p>Zoë</p>\r\n.\r\n\n"


class Inbox(Sink):
    """Keeps what arrives; refuses whom a test names."""

    def __init__(self):
        self.arrived = []
        self.refused = ()

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address in self.refused:
            return "550 5.1.1 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.arrived.append((envelope, session.authenticated, session.ssl is not None))
        return "250 OK"

    @property
    def messages(self):
        return [
            email.message_from_bytes(envelope.content, policy=email.policy.default) for envelope, *_ in self.arrived
        ]


def check(server, session, envelope, mechanism, data):
    return AuthResult(success=data.login == b"ann" and data.password == SECRET.encode(), handled=False)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture(scope="session")
def authority():
    return trustme.CA()


@pytest.fixture
def server(authority, monkeypatch, tmp_path_factory):
    """Start a server of a kind: gives its inbox and its port."""
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    running = []
    trusted = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(str(trusted))
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    for name in ("SALESOPS_MAIL_USER", "SALESOPS_MAIL_PASSWORD"):
        monkeypatch.delenv(name, raising=False)

    def start(tls="starttls", login=True, host="localhost"):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(host).configure_cert(context)
        inbox = Inbox()
        more = {"authenticator": check, "auth_required": True} if login else {}
        if tls == "implicit":
            more |= {"ssl_context": context, "auth_require_tls": False}
        elif tls == "starttls":
            more |= {"tls_context": context, "require_starttls": True}
        port = free_port()
        controller = Controller(inbox, hostname="127.0.0.1", port=port, ready_timeout=30, **more)
        controller.start()
        running.append(controller)
        return inbox, port

    yield start
    for controller in running:
        controller.stop()


def company(port, tls="starttls", **values):
    mail = {"host": "localhost", "port": port, "tls": tls, "from": "reports@example.com"}
    source = {"tables": {"opportunities": "deals.csv"}}
    return Company(name="Maven", source=source, stages={"won": ["Won"]}, mail={**mail, **values})


def posted(port, tmp_path, *, tls="starttls", to=("bob@example.com",), reports=1, **values):
    box = open_postbox(company(port, tls), to)
    made = [put(tmp_path, f"202{n}Q3", **values) for n in range(reports)]
    return list(send([letter(read_published(place, tmp_path), tmp_path, box) for place in made], box))


@pytest.fixture
def known(monkeypatch):
    monkeypatch.setenv("SALESOPS_MAIL_USER", "ann")
    monkeypatch.setenv("SALESOPS_MAIL_PASSWORD", SECRET)


# The server cannot see that a connection is encrypted from its beginning (its issue 281).
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_report_arrives_encrypted_with_its_headline_and_its_files(server, known, tmp_path, tls):
    inbox, port = server(tls)
    beside = {"quarterly_review.pdf": b"%PDF-1.4 x", "tables.xlsx": b"x"}
    posted(
        port,
        tmp_path,
        tls=tls,
        to=["bob@example.com", "eve@example.com"],
        page=PAGE,
        beside=beside,
    )
    [(envelope, authenticated, _encrypted)] = inbox.arrived
    [message] = inbox.messages
    assert authenticated
    assert envelope.mail_from == "reports@example.com"
    assert envelope.rcpt_tos == ["bob@example.com", "eve@example.com"]
    assert message["Subject"] == "Maven: Quarterly review, 2020 Q3"
    assert message["From"] == "Maven <reports@example.com>"
    assert message["To"] == "bob@example.com, eve@example.com"
    text = message.get_body(("plain",)).get_content()
    assert text.splitlines()[:5] == ["Revenue rose.", "", "The quota was missed.", "", "A third sentence."]
    files = {part.get_filename(): part for part in message.iter_attachments()}
    assert set(files) == {"quarterly_review-2020Q3.html", "quarterly_review-2020Q3.pdf"}
    page = files["quarterly_review-2020Q3.html"]
    assert (page.get_content_type(), page.get_content_charset()) == ("text/html", "utf-8")
    assert page.get_payload(decode=True) == PAGE.encode()
    assert files["quarterly_review-2020Q3.pdf"].get_payload(decode=True) == b"%PDF-1.4 x"


def test_without_encryption_there_is_no_password(server, tmp_path, monkeypatch):
    inbox, port = server("none", login=False)
    assert len(posted(port, tmp_path, tls="none", reports=2)) == 2
    assert [message["Subject"][-7:] for message in inbox.messages] == ["2020 Q3", "2021 Q3"]
    monkeypatch.setenv("SALESOPS_MAIL_USER", "ann")
    monkeypatch.setenv("SALESOPS_MAIL_PASSWORD", SECRET)
    with pytest.raises(ParameterError, match=r"mail\.tls.*a password would be sent unencrypted"):
        open_postbox(company(port, "none"), ["bob@example.com"])


HOSTILE = 'Zoë\r\nBcc: eve@example.com\r\n\r\n<script>, Söhne (\u202eGmbH) "x" ' + "long " * 80


def test_a_name_can_put_nothing_into_the_head(server, known, tmp_path):
    inbox, port = server()
    posted(
        port, tmp_path, company=HOSTILE, headline=["First\r\nBcc: eve@example.com", "Zweitens: 5 €."], locale="de_DE"
    )
    [(envelope, *_more)] = inbox.arrived
    [message] = inbox.messages
    assert envelope.rcpt_tos == ["bob@example.com"]
    assert message["Bcc"] is None
    assert "Bcc: eve" in message["Subject"]
    assert "\n" not in message["Subject"]
    assert [address.addr_spec for address in message["From"].addresses] == ["reports@example.com"]
    assert "5 €" in message.get_body(("plain",)).get_content()
    assert len(list(message.iter_attachments())) == 1


def failure(port, tmp_path, **values):
    with pytest.raises(MailFailed) as caught:
        posted(port, tmp_path, **values)
    told = "".join(traceback.format_exception(caught.value))
    assert SECRET not in told
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(f"mail server localhost:{port}: ")
    assert caught.value.exit_code == 1
    return str(caught.value)


def test_a_wrong_password_is_told_without_it(server, known, tmp_path, monkeypatch):
    inbox, port = server()
    monkeypatch.setenv("SALESOPS_MAIL_PASSWORD", f"{SECRET}!")
    text = failure(port, tmp_path)
    assert "it refuses the user or the password (code 535). Set SALESOPS_MAIL_USER and SALESOPS_MAIL_PASSWORD" in text
    assert "ann" not in text
    assert not inbox.arrived


def test_a_server_that_wants_a_password_and_gets_none(server, tmp_path):
    _inbox, port = server()
    assert "530" in failure(port, tmp_path)


@pytest.mark.parametrize(
    ("refused", "taken"),
    [(["eve@example.com"], "bob@example.com have got"), (["eve@example.com", "bob@example.com"], "Nobody has got")],
)
def test_refused_recipients_are_named(server, known, tmp_path, refused, taken):
    inbox, port = server()
    inbox.refused = refused
    text = failure(port, tmp_path, to=["bob@example.com", "eve@example.com"])
    assert all(f"{who} (550 5.1.1 no such user here)" in text for who in refused)
    assert taken in text


def test_nobody_listens(tmp_path):
    port = free_port()
    assert "it cannot be reached (Connection refused). Check mail: host and port in company.yml." in failure(
        port, tmp_path
    )


def test_the_wrong_kind_of_encryption(server, known, tmp_path):
    _inbox, port = server("none", login=False)
    assert "STARTTLS" in failure(port, tmp_path)
    assert "Check mail: tls and port" in failure(port, tmp_path / "again", tls="implicit")


def test_a_certificate_of_another_name_is_refused(server, known, tmp_path):
    inbox, port = server(host="other.example.com")
    assert "its certificate is not trusted (Hostname mismatch" in failure(port, tmp_path)
    assert not inbox.arrived


@pytest.mark.parametrize("to", ["bob", "a@b\nBcc: c@d", "a@b, c@d", "a@b c", "", "Bob <b@c.de>"])
def test_a_recipient_is_one_address(to):
    with pytest.raises(ParameterError, match="is no mail address"):
        open_postbox(company(25), [to])


def test_a_company_without_a_server_says_what_to_add():
    bare = Company(name="A", source={"tables": {"opportunities": "d.csv"}}, stages={"won": ["Won"]})
    with pytest.raises(ParameterError, match=r"company\.yml, key 'mail': no mail server is named\. Add it: host, port"):
        open_postbox(bare, ["a@b.de"])


@pytest.mark.parametrize("name", ["SALESOPS_MAIL_USER", "SALESOPS_MAIL_PASSWORD"])
def test_half_a_login_is_refused(monkeypatch, known, name):
    monkeypatch.delenv(name)
    with pytest.raises(ParameterError, match=f"the environment has no {name}") as caught:
        open_postbox(company(25), ["a@b.de"])
    assert SECRET not in str(caught.value)


def test_a_dry_run_says_everything_and_connects_to_nothing(known, tmp_path, monkeypatch):
    monkeypatch.setattr(smtplib, "SMTP", None)
    box = open_postbox(company(2525), ["bob@example.com"])
    place = scorecard(tmp_path, "a b", "Ann")
    text = described(letter(read_published(place, tmp_path), tmp_path, box), box)
    assert text.splitlines()[:5] == [
        "Server: localhost:2525, starttls, with the user of SALESOPS_MAIL_USER",
        "From: Maven <reports@example.com>",
        "To: bob@example.com",
        "Subject: Maven: Rep scorecard, 2026 Q3, Ann",
        "Attached: rep_scorecard-2026Q3-R-a_b.html (1 KB)",
    ]
    assert "Revenue rose." in text
    assert SECRET not in text + repr(box)


def test_the_command_finds_a_report_by_its_page_or_folder(tmp_path, monkeypatch, capfd):
    from salesops_lib import cli

    monkeypatch.chdir(tmp_path)
    put(tmp_path / "reports")
    scorecard(tmp_path / "reports", 1)
    (tmp_path / "c.yml").write_text(
        "name: A\nsource: {tables: {opportunities: d.csv}}\nstages: {won: [Won]}\n"
        "mail: {host: localhost, from: r@example.com}\n"
    )

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["salesops", "send", *arguments, "-c", "c.yml", "--to", "b@c.de", "--dry-run"])
        try:
            cli.main()
        except SystemExit as end:
            return end.code or 0, *capfd.readouterr()

    names = ["2026Q3/quarterly_review", "reports/2026Q3/rep_scorecard/R-1/rep_scorecard.html"]
    code, out, err = call(*names)
    assert (code, err) == (0, "")
    assert out.count("Subject: ") == 2
    code, out, err = call("2026Q3/gone")
    assert (code, out) == (2, "")
    assert err.startswith("2026Q3/gone: is no published report. Name its page or its folder")
