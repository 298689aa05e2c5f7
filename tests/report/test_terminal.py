import io

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
    def __init__(self, title):
        self.title = title


def test_a_batch_shows_how_many_are_done_and_what_is_at_work(monkeypatch):
    shown = io.StringIO()
    monkeypatch.setattr(
        terminal, "_console", lambda stderr: Console(file=shown, force_terminal=True, width=100, markup=False)
    )
    with terminal.progress_of_batch(41) as (begin, fail):
        begin(Request("Rep scorecard 2026Q3, [b]Ann[/b]"))(3, 14)
        fail("rep_scorecard 2026Q3 [b]Ann[/b]\x1b[2J failed")
        begin(Request("Rep scorecard 2026Q3, Bob"))(5, 14)
    text = shown.getvalue()
    for part in ("Reports", "1/41", "Rep scorecard 2026Q3, Bob", "5/14"):
        assert part in text
    assert "rep_scorecard 2026Q3 [b]Ann[/b]\ufffd[2J failed\n" in text
    last = text[text.rindex("Reports") :]
    assert "Ann" not in last


def test_without_a_terminal_a_batch_says_only_what_failed(capsys):
    with terminal.progress_of_batch(2) as (begin, fail):
        begin(Request("Rep scorecard 2026Q3, Ann"))(3, 14)
        fail("Ann failed")
    assert capsys.readouterr() == ("", "Ann failed\n")
