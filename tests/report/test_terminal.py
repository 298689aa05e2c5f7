import io
import re
from pathlib import Path

import pandas as pd
from rich.console import Console

from salesops_lib.language import locale_of
from salesops_lib.report import terminal


def test_text_from_the_data_is_not_markup(capsys):
    terminal.print_table(pd.DataFrame({"[red]rep[/red]": ["[bold]Ann[/bold] :smile:"], "value": [None]}))
    out = capsys.readouterr().out
    assert "[red]rep[/red]" in out
    assert "[bold]Ann[/bold] :smile:" in out
    assert "n/a" in out


def test_text_from_the_data_does_not_steer_the_terminal(capsys):
    terminal.print_table(pd.DataFrame({"rep": ["Ann\x1b[2J\u202eBob\nEve"]}))
    terminal.note("rep Ann\x1b]0;title\x07\nsecond line")
    out, err = capsys.readouterr()
    assert "Ann\ufffd[2J\ufffdBob Eve" in out
    assert err == "rep Ann\ufffd]0;title\ufffd\nsecond line\n"


def test_numbers_are_written_as_the_reader_writes_them(capsys):
    with locale_of("de_DE"):
        terminal.print_table(pd.DataFrame({"value": [1234567.891, 0.63149], "n": [12345, 1]}))
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["1.234.567,89", "12.345"]
    assert lines[2].split() == ["0,6315", "1"]


def test_a_row_is_a_line_in_a_pipe(capsys):
    frame = pd.DataFrame({f"column_{n}": ["some words that are long"] for n in range(30)})
    terminal.print_table(frame)
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_notes_do_not_mix_with_the_result(capsys):
    terminal.note("win_rate: [n] is small")
    assert capsys.readouterr() == ("", "win_rate: [n] is small\n")


def test_the_bar_shows_report_and_cells(monkeypatch):
    shown = io.StringIO()
    monkeypatch.setattr(
        terminal, "_console", lambda stderr: Console(file=shown, force_terminal=True, width=100, markup=False)
    )

    class Request:
        title = "Quarterly review 2026Q3"

    with terminal.progress() as begin:
        begin(Request)(3, 14)
    assert "Quarterly review 2026Q3" in shown.getvalue()
    assert "3/14" in shown.getvalue()


class Request:
    def __init__(self, whose):
        self.title = f"Rep scorecard 2026Q3, {whose}"
        self.name = f"rep_scorecard 2026Q3 {whose}"
        self.place = Path("2026Q3", "rep_scorecard", whose)


def test_a_batch_shows_how_many_are_done_and_all_that_is_at_work(monkeypatch):
    shown = io.StringIO()
    monkeypatch.setattr(
        terminal, "_console", lambda stderr: Console(file=shown, force_terminal=True, width=120, markup=False)
    )
    ann, bob, eve = map(Request, ("[b]Ann[/b]", "Bob", "Eve"))
    with terminal.board(41) as board:
        board.unchanged([Request("Kim")] * 7)
        for each in (ann, bob, eve):
            board.begin(each)(3, 14)
        board.failed(ann, "rep_scorecard 2026Q3 [b]Ann[/b]\x1b[2J failed")
        board.published(eve)
        board.begin(bob)(5, 14)
    text = shown.getvalue()
    assert "7 reports are unchanged.\n" in text
    assert text.count("rep_scorecard 2026Q3 [b]Ann[/b]\ufffd[2J failed\n") == 1
    last = text[text.rindex("Reports") :]
    for part in ("9/41", "Rep scorecard 2026Q3, Bob", "5/14"):
        assert part in last
    assert "Ann" not in last
    assert "Eve" not in last
    assert len(re.findall(r"\d:\d\d:\d\d|-:--:--", last)) >= 4  # how long it took, and the time to go


def test_without_a_terminal_each_report_is_a_line(capsys):
    ann, bob = Request("Ann"), Request("Bob")
    with terminal.board(3) as board:
        board.unchanged([Request("Kim")])
        board.begin(ann)(3, 14)
        board.failed(ann, "rep_scorecard 2026Q3 Ann failed: why")
        board.begin(bob)(3, 14)
        board.published(bob)
        board.say("1 published, 1 unchanged, 1 failed.")
    assert capsys.readouterr() == (
        "",
        "1 report is unchanged.\n"
        "[2/3] rep_scorecard 2026Q3 Ann failed: why\n"
        "[3/3] rep_scorecard 2026Q3 Bob is published.\n"
        "1 published, 1 unchanged, 1 failed.\n",
    )
