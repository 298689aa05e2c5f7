"""Every write, rename and fsync fails once, in turn: no false success is told, and a whole report stands there."""

import contextlib
import errno
import os

import pytest

from salesops_lib.report import publish as module
from salesops_lib.report.publish import published
from salesops_lib.report.run import plan

CALLS = ("open", "write", "fsync", "rename", "replace", "link", "mkdir", "chmod", "unlink", "rmdir")


class Disk:
    """A disk that fails at the n-th call of those that change something."""

    def __init__(self, monkeypatch, number, code):
        self.count, self.number, self.code = 0, number, code
        for name in CALLS:
            monkeypatch.setattr(os, name, self.spoilt(name, getattr(os, name)))

    def spoilt(self, name, real):
        def call(*arguments, **more):
            reads = name == "open" and not arguments[1] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            self.count += not reads
            if not reads and self.count == self.number:
                raise OSError(self.code, os.strerror(self.code))
            return real(*arguments, **more)

        return call


@pytest.fixture
def disk(project, monkeypatch, ran):
    """A project with a published report and one of a member in it, and how to make the report anew on a broken disk."""
    monkeypatch.setattr(
        "salesops_lib.report.render.render", lambda notebook, **more: f"<p>{notebook.cells[-1].source}</p>"
    )
    (project.params.parent / "deals.csv").write_text("opportunity_id\n")
    request = plan(project.params, {}, project.out)
    ran([request])
    member = project.report / "team-West"
    with module.workspace(project.out) as scratch:
        (scratch / "of_a_team").mkdir()
        (scratch / "of_a_team" / "page.html").write_text("of a team")
        module.publish(scratch / "of_a_team", project.out, member.relative_to(project.out), {"company": "Tiny"})

    def broken(text, number, code):
        project.notebook(f"'{text}'")
        with monkeypatch.context() as patched:
            counted = Disk(patched, number, code)
            with contextlib.suppress(OSError):
                return counted, ran([request], fresh=True)
        return counted, None

    return broken


@pytest.mark.parametrize("one_step", [True, False])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_no_false_success(project, disk, ran, monkeypatch, one_step, code):
    if not one_step:
        monkeypatch.setattr(module, "_exchange", lambda build, target: False)
    counted, told = disk("unbroken", 0, code)
    assert len(told.made) == 1
    total = counted.count
    assert total > 30
    failures = 0
    for number in range(1, total + 1):
        text = f"round {number}"
        _counted, told = disk(text, number, code)
        page = project.report / "quarterly_review.html"
        new = text in page.read_text() if page.exists() else None
        if told and told.made:
            assert new, f"call {number}: told as published, and it is not"
        failures += bool(told is None or told.failed)
        if page.exists():
            assert published(project.report), f"call {number}: a report that is not whole"
        else:  # between the two steps where there is no exchange, and the way back is broken as well
            assert not one_step
        ran([plan(project.params, {}, project.out)])  # the next start puts everything right
        assert published(project.report)
        assert text in page.read_text()
        assert published(project.report / "team-West"), f"call {number}: the report of a member is lost"
        assert [path for path in project.out.rglob(".*")] == []
        assert not (project.out / "failed").exists()
    assert failures > 10


def test_the_former_report_stays_where_the_disk_is_full_for_good(project, disk, ran, monkeypatch):
    before = {path: path.read_bytes() for path in project.report.iterdir() if path.is_file()}
    project.notebook("'new'")

    def full(*_arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space left"):
            ran([plan(project.params, {}, project.out)])
    assert {path: path.read_bytes() for path in project.report.iterdir() if path.is_file()} == before


def test_what_could_not_be_logged_is_said(project, disk, monkeypatch):
    request = plan(project.params, {}, project.out)
    from salesops_lib.report.fault_log import record_failure

    def full(*_arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    assert record_failure(request, TypeError("t"), project.out) == (
        "quarterly_review 2026Q3 failed: TypeError: t Its log could not be written (No space left on device)."
    )


def test_all_of_a_report_is_on_the_disk_before_it_is_shown(project, disk, ran, monkeypatch):
    steps = []

    def noted(name, real):
        def call(*arguments):
            where = arguments[0] if not isinstance(arguments[0], int) else os.readlink(f"/proc/self/fd/{arguments[0]}")
            steps.append((name, os.fspath(where)))
            return real(*arguments)

        return call

    monkeypatch.setattr(os, "fsync", noted("fsync", os.fsync))
    monkeypatch.setattr(module, "_exchange", noted("exchange", module._exchange))
    project.notebook("'new'")
    ran([plan(project.params, {}, project.out)])
    (at,) = [i for i, (name, _where) in enumerate(steps) if name == "exchange"]
    build = steps[at][1]
    synced = [where for name, where in steps[:at] if name == "fsync"]
    names = {"quarterly_review.html", "quarterly_review.ipynb", "manifest.json", "team-West"}
    assert {f"{build}/{name}" for name in names} | {build} <= set(synced)
    assert max(synced.index(f"{build}/{name}") for name in names - {"manifest.json", "team-West"}) < synced.index(
        f"{build}/manifest.json"
    )
    assert steps[at + 1] == ("fsync", str(project.report.parent))
