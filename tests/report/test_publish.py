import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from salesops_lib.report import publish as module
from salesops_lib.report.publish import publish, workspace, write_whole


def build(folder, text):
    made = folder / "review"
    made.mkdir()
    (made / "review.html").write_text(text)
    return made


def publish_text(out, text, place="2026Q3/review"):
    with workspace(out) as scratch:
        publish(build(scratch, text), out, Path(place), {"report": "review"})


def content(out):
    return {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}


def test_the_record_holds_the_hash_of_every_file(tmp_path):
    publish_text(tmp_path, "page")
    record = json.loads((tmp_path / "2026Q3" / "review" / "manifest.json").read_text())
    files = {"review.html": hashlib.sha256(b"page").hexdigest()}
    assert record == {"files": files, "report": "review", "status": "complete"}
    assert content(tmp_path) == {"2026Q3/review/manifest.json", "2026Q3/review/review.html"}


@pytest.mark.parametrize("one_step", [True, False])
def test_a_new_report_takes_the_place_of_the_former(tmp_path, monkeypatch, one_step):
    if not one_step:
        monkeypatch.setattr(module, "_exchange", lambda build, target: False)
    publish_text(tmp_path, "former")
    (tmp_path / "2026Q3" / "review" / "quarantine.csv").write_text("of the former")
    publish_text(tmp_path, "new")
    assert (tmp_path / "2026Q3" / "review" / "review.html").read_text() == "new"
    assert content(tmp_path) == {"2026Q3/review/manifest.json", "2026Q3/review/review.html"}
    assert [path.name for path in (tmp_path / "2026Q3").iterdir()] == ["review"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux can swap two folders in one step")
def test_the_swap_is_one_step(tmp_path):
    publish_text(tmp_path, "former")
    new = build(tmp_path, "new")
    assert module._exchange(new, tmp_path / "2026Q3" / "review")
    assert (tmp_path / "2026Q3" / "review" / "review.html").read_text() == "new"
    assert (new / "review.html").read_text() == "former"


@pytest.mark.parametrize("step", ["fsync", "rename"])
def test_a_fault_on_the_way_keeps_the_former_report(tmp_path, monkeypatch, step):
    publish_text(tmp_path, "former")
    before = content(tmp_path)

    def broken(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_exchange", lambda build, target: False)
    monkeypatch.setattr(os, step, broken)
    with pytest.raises(OSError, match="No space left"):
        publish_text(tmp_path, "new")
    assert (tmp_path / "2026Q3" / "review" / "review.html").read_text() == "former"
    assert content(tmp_path) == before


def test_what_a_killed_run_left_is_gone_at_the_next_start(tmp_path):
    code = (
        "import os, pathlib\nfrom salesops_lib.report.publish import workspace\n"
        f"with workspace(pathlib.Path({str(tmp_path)!r})) as scratch:\n"
        "    (scratch / 'half').write_text('a half page'); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    assert len(list(tmp_path.iterdir())) == 1
    (tmp_path / ".making-file").write_text("half an index")
    with workspace(tmp_path) as scratch:
        assert list(tmp_path.iterdir()) == [scratch]


def test_another_run_at_work_is_left_alone(tmp_path):
    with workspace(tmp_path) as first:
        with workspace(tmp_path) as second:
            assert first.is_dir()
            assert first != second
        assert first.is_dir()
    assert not list(tmp_path.iterdir())


def test_a_run_that_writes_nothing_leaves_no_folder(tmp_path):
    with workspace(tmp_path / "a" / "reports"):
        pass
    assert not (tmp_path / "a").exists()


def test_a_single_file_is_written_whole(tmp_path, monkeypatch):
    path = tmp_path / "index.html"
    write_whole(path, "former")

    def broken(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, "new")
    assert path.read_text() == "former"
    assert [other.name for other in tmp_path.iterdir()] == ["index.html"]


@pytest.mark.parametrize("one_step", [True, False])
@pytest.mark.parametrize("linked", [True, False])
def test_the_reports_of_members_stay_when_the_one_about_all_is_published(tmp_path, monkeypatch, one_step, linked):
    def refused(*_args):
        raise OSError(1, "Operation not permitted")

    if not one_step:
        monkeypatch.setattr(module, "_exchange", lambda build, target: False)
    if not linked:
        monkeypatch.setattr(os, "link", refused)
    publish_text(tmp_path, "of a team", "2026Q3/review/team-West")
    for text in ("first", "second"):
        publish_text(tmp_path, text)
        assert (tmp_path / "2026Q3" / "review" / "review.html").read_text() == text
        assert (tmp_path / "2026Q3" / "review" / "team-West" / "review.html").read_text() == "of a team"
    publish_text(tmp_path, "of the team again", "2026Q3/review/team-West")
    assert content(tmp_path) == {
        f"2026Q3/review/{name}"
        for name in ("manifest.json", "review.html", "team-West/manifest.json", "team-West/review.html")
    }
    record = json.loads((tmp_path / "2026Q3" / "review" / "manifest.json").read_text())
    assert set(record["files"]) == {"review.html"}


def test_a_fault_on_the_way_keeps_the_reports_of_members(tmp_path, monkeypatch):
    publish_text(tmp_path, "of a team", "2026Q3/review/team-West")
    publish_text(tmp_path, "former")
    before = content(tmp_path)

    def broken(*_args, **_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.shutil, "copytree", broken)
    with pytest.raises(OSError, match="No space left"):
        publish_text(tmp_path, "new")
    assert content(tmp_path) == before
    assert (tmp_path / "2026Q3" / "review" / "review.html").read_text() == "former"


@pytest.mark.parametrize("place", ["2026Q3/review", "2026Q3/review/team-West"])
def test_what_a_kill_between_two_steps_left_is_put_right(tmp_path, place):
    publish_text(tmp_path, "former", place)
    folder = tmp_path / place
    folder.rename(folder.with_name(f".former-{folder.name}"))
    with workspace(tmp_path):
        assert (folder / "review.html").read_text() == "former"
    (folder.parent / f".former-{folder.name}").mkdir()
    with workspace(tmp_path):
        assert [path.name for path in folder.parent.iterdir()] == [folder.name]
