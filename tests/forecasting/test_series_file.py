"""A file of series is read as a company's tables are; what is wrong with it is told with its name, rows and way out."""

import pandas as pd
import pytest

from salesops_lib.errors import ParameterError, SourceError
from salesops_lib.forecasting.panel import read_panel
from salesops_lib.forecasting.series import read_series

ROWS = [f"Zoë,2024-{month:02},{month}.5" for month in range(1, 9)]
FIX = "Save it as CSV in UTF-8, with unique_id, ds, y in its first row."


@pytest.fixture
def write(tmp_path):
    def written(lines, encoding="utf-8", header="unique_id,ds,y", mark=","):
        path = tmp_path / "series.csv"
        path.write_bytes("\n".join([header, *lines, ""]).replace(",", mark).encode(encoding))
        return path

    return written


def fault_of(path, error=ParameterError):
    with pytest.raises(error) as caught:
        read_panel(read_series(path), "M")
    (fault,) = caught.value.faults
    return str(fault).removeprefix(str(path))


@pytest.mark.parametrize(
    ("how", "notes"),
    [
        ({}, []),
        ({"encoding": "utf-8-sig"}, []),
        ({"encoding": "utf-16"}, ["the file is UTF-16."]),
        ({"mark": ";"}, ["columns are separated by ';'."]),
        ({"header": "unique_id, ds, y"}, []),
    ],
)
def test_ways_to_write_the_same(write, how, notes):
    path = write(ROWS, **how)
    panel = read_panel(read_series(path), "M")
    assert panel.ids == ("Zoë",)
    assert panel.values[0].tolist() == [month + 0.5 for month in range(1, 9)]
    assert list(panel.notes) == [f"{path}: {note}" for note in notes]


def test_blanks_beside_a_name_are_none_of_it(write):
    rows = [row.replace("Zoë", "Zoë " if i % 2 else " Zoë") for i, row in enumerate(ROWS)]
    assert read_panel(read_series(write(rows)), "M").ids == ("Zoë",)


def test_names_stay_text(write):
    names = ["007", "7", "NA", "None", "1e3"]
    frame = read_series(write([f"{name},2024-01,1" for name in names]))
    assert frame["unique_id"].tolist() == names


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["a,2024-01,1", "", "a,2024-02,x"], ", column 'y', row 4: 'x' is not a number."),
        ([",2024-01,1"], ", column 'unique_id', row 2: the series of the row has no name."),
        (["a,31/01/2024,1"], ", column 'ds', row 2: '31/01/2024' is not a day. Write days as 2026-09-30."),
        (["a,2024-01,"], ", column 'y', row 2: there is no value."),
        (["a,2024-01,1", "a,2024-01-31,1"], ", rows 2, 3: a period comes twice, such as 2024-01 of 'a'."),
        (["a,2024-01,1.030"], ", column 'y', row 2: 1.030 is 1030 or has decimals: nothing in the column decides."),
        ([], ": the series have no rows"),
    ],
)
def test_faults_of_rows_name_the_file_and_the_row_that_a_spreadsheet_shows(write, lines, told):
    assert fault_of(write(lines)).startswith(told)


@pytest.mark.parametrize("lines", [["a,2024-01,1,", "a,2024-02,2,"], ["a,2024-01,1,5", "a,2024-02,2,5"]])
def test_rows_that_are_longer_than_the_header(write, lines):
    assert fault_of(write(lines), SourceError) == (
        ", rows 2, 3: the row has 4 cells and the header 3. "
        "Give each row one cell for each column, without a separator at its end, and quote cells that hold one."
    )


def test_files_that_cannot_be_read(write, tmp_path):
    assert fault_of(write(ROWS, "cp1252"), SourceError) == f": is not utf-8 text. {FIX}"
    twice = write(["a,2024-01,1,1"], header="unique_id,ds,y,y")
    assert fault_of(twice, SourceError) == ": the header has 'y' more than once. Name each column once."
    titled = write(["unique_id,ds,y", *ROWS], header="Sales by month")
    assert fault_of(titled, SourceError).endswith(f"row 2 looks like the header. {FIX}")
    empty = tmp_path / "empty.csv"
    empty.touch()
    assert fault_of(empty, SourceError) == ": is empty. Export it again."


def test_parquet_names_its_file_and_counts_its_rows_from_one(tmp_path):
    path = tmp_path / "series.parquet"
    pd.DataFrame({"unique_id": ["a", None], "ds": ["2024-01", "2024-02"], "y": [1.0, 2.0]}).to_parquet(path)
    assert fault_of(path).startswith(", column 'unique_id', row 2: the series of the row has no name.")
