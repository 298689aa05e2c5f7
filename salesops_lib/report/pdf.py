"""A report's page as PDF, printed by Chromium: tagged, with title, language and bookmarks, for paper and archives."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from salesops_lib.errors import Fault, ParameterError
from salesops_lib.language import gettext as _
from salesops_lib.report.failure import ReportFailed

CHROMIUM = "SALESOPS_CHROMIUM"
NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
PATIENCE = 180
_MOMENT = re.compile(rb"/(?:CreationDate|ModDate) \(D:[^)]*\)")
_NODE = re.compile(rb"\(node\d{8}\)")


def find_chromium() -> Path:
    """The browser that prints: the one that SALESOPS_CHROMIUM names, else the first that is installed.

    Raises
    ------
    ParameterError
        If there is none; it says how to name one.
    """
    named = os.environ.get(CHROMIUM)
    if named:
        found = shutil.which(named)
        if found is None:
            what = _("{variable} names {path}, which is no program.", variable=CHROMIUM, path=named)
            raise ParameterError(Fault(what, fix=_("Give the path of Chromium or Google Chrome.")))
        return Path(found).absolute()
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return Path(found).absolute()
    what = _("--pdf needs Chromium or Google Chrome, and neither is found.")
    fix = _("Install one of them, or set {variable} to its path.", variable=CHROMIUM)
    raise ParameterError(Fault(what, fix=fix))


def to_pdf(page: str, chromium: Path, scratch: Path, *, locale: str) -> bytes:
    """A page as tagged PDF; the same page gives the same bytes from the same browser and fonts.

    Parameters
    ----------
    page : str
        A page of a report: its title and language become those of the PDF.
    chromium : Path
        As `find_chromium` gives it.
    scratch : Path
        A folder for what the browser needs on its way.
    locale : str
        The reader's locale: it decides about the paper.

    Raises
    ------
    ReportFailed
        If the browser prints nothing; its log is what the browser said.
    """
    source, target = scratch / "print.html", scratch / "print.pdf"
    target.unlink(missing_ok=True)
    source.write_text(page.replace("</head>", f"<style>@page {{ size: {paper(locale)}; }}</style></head>", 1), "utf-8")
    # In this folder whatever it is called: a socket's path is short, and that of a temporary folder may not be.
    places = {**dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), str(scratch)), "TMPDIR": "."}
    try:
        done = subprocess.run(
            [str(chromium), *_options(scratch), f"--print-to-pdf={target}", source.as_uri()],
            cwd=scratch,
            env={**os.environ, **places},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE,
            check=False,
        )
    except OSError as error:
        raise _failed(chromium, error.strerror or type(error).__name__, "") from None
    except subprocess.TimeoutExpired as error:
        raise _failed(chromium, _("no PDF in {n} seconds", n=PATIENCE), _text(error.output)) from None
    if not target.is_file():
        raise _failed(chromium, _("exit code {code}", code=done.returncode), _text(done.stdout))
    return timeless(target.read_bytes())


def paper(locale: str) -> str:
    """The paper of a locale, as CSS calls it.

    >>> paper("en_US"), paper("nl_NL")
    ('letter', 'A4')
    """
    return "letter" if locale.endswith("_US") else "A4"


def timeless(pdf: bytes) -> bytes:
    """The same PDF without the moment at which it was printed and the browser's counting of its nodes.

    Nothing changes its length, so every offset in the file still holds.

    >>> timeless(b"<</CreationDate (D:20260930120000+00'00')>> (node00000012) (node00000011)")
    b'<<                                       >> (node00000002) (node00000001)'
    """
    pdf = _MOMENT.sub(lambda found: b" " * len(found[0]), pdf)
    # Numbered in the order that they have: the tree of ids stays sorted.
    numbers = {node: b"(node%08d)" % n for n, node in enumerate(sorted(set(_NODE.findall(pdf))), start=1)}
    return _NODE.sub(lambda found: numbers[found[0]], pdf)


def _options(scratch: Path) -> list[str]:
    return [
        "--headless",
        "--no-pdf-header-footer",
        "--export-tagged-pdf",
        "--generate-pdf-document-outline",
        f"--user-data-dir={scratch / 'browser'}",
        "--no-first-run",
        "--disable-gpu",
        "--disable-extensions",
        "--disable-crash-reporter",
        "--disable-dev-shm-usage",  # containers have little of it
        "--disable-background-networking",
        "--disable-component-update",
        "--host-resolver-rules=MAP * ~NOTFOUND",  # a report asks for nothing, and the browser is not to either
        # The administrator's browser has no sandbox; the page runs no script and asks for nothing.
        *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
    ]


def _failed(chromium: Path, why: str, said: str) -> ReportFailed:
    cause = _("{chromium} printed no PDF ({why}).", chromium=chromium, why=why)
    fix = _("Run without --pdf, or set {variable} to a browser that prints.", variable=CHROMIUM)
    return ReportFailed(f"{cause} {fix}", log=said)


def _text(said: bytes | str | None) -> str:
    return said if isinstance(said, str) else (said or b"").decode("utf-8", "replace")
