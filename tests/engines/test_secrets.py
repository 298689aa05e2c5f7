"""What a company file takes from the environment is seen nowhere, whatever goes well or wrong."""

import nbformat
import pytest
import yaml

from salesops_lib import measure, open_book
from salesops_lib.errors import SourceError
from tests.engines.server import PLACE, SECRET, USER, company_file, salesops

WRONG = "wrongsecret77"
FAR = "plantedplace.invalid"
NOTEBOOK = [
    "from salesops_lib import measure, open_book, show",
    "book = open_book(company, period=quarter)\nshow.display(show.table_audit(book.audit.frame()))",
    'frame = measure(book, ["win_rate"], period=quarter)\nframe',
]
FAILING = [*NOTEBOOK, "book.source.connection.con.cursor().execute('SELECT 1/0')"]
UNKNOWN = [*NOTEBOOK, "print(book, book.source, book.source.connection, book.source.connection.con)\n1 / 0"]

DEALS = """
CREATE TABLE small.opportunities AS SELECT 'O-' || i AS opportunity_id, 'R-' || i % 4 AS rep_id, 100.5 + i AS amount,
    CASE WHEN i % 3 = 0 THEN 'Closed Won' ELSE 'Closed Lost' END AS stage, timestamp '2026-07-01' AS created_at,
    timestamp '2026-08-01' + i * interval '1 day' AS closed_at FROM generate_series(1, 40) AS i
"""
PEOPLE = "CREATE TABLE small.reps AS SELECT 'R-' || i AS rep_id, 'Rep ' || i AS name FROM generate_series(0, 3) AS i"


def assert_silent(folder, *texts):
    """Neither what was said nor any file that was written holds what was planted."""
    written = [path.read_text(encoding="utf-8", errors="replace") for path in folder.rglob("*") if path.is_file()]
    names = [str(path) for path in folder.rglob("*")]
    for planted in (SECRET, WRONG, PLACE, FAR, USER):
        for text in (*texts, *written, *names):
            assert planted not in text


@pytest.fixture
def project(tmp_path, planted):
    """A folder with a company file that reads two small tables of PostgreSQL, and a notebook of a few cells."""
    planted.run("DROP SCHEMA IF EXISTS small CASCADE", "CREATE SCHEMA small", DEALS, PEOPLE)
    (tmp_path / "params").mkdir()
    (tmp_path / "notebooks").mkdir()
    small_company(tmp_path / "params", planted)
    parameters = {"company": "params/demo.yml", "quarter": "2026Q3"}
    (tmp_path / "params" / "quarterly_review.yml").write_text(yaml.safe_dump(parameters))
    write(tmp_path, NOTEBOOK)
    return tmp_path


def small_company(folder, server):
    path = company_file(folder, server, "small")
    content = yaml.safe_load(path.read_text())
    content["source"]["tables"] = {name: {"from": f"small.{name}"} for name in ("opportunities", "reps")}
    path.write_text(yaml.safe_dump(content, sort_keys=False))


def write(folder, cells):
    book = nbformat.v4.new_notebook()
    given = nbformat.v4.new_code_cell('company = "params/demo.yml"\nquarter = "2026Q3"\npseudonyms = False')
    given.metadata["tags"] = ["parameters"]
    book.cells = [nbformat.v4.new_markdown_cell("# A review"), given, *map(nbformat.v4.new_code_cell, cells)]
    nbformat.write(book, folder / "notebooks" / "quarterly_review.ipynb")


def run(project, *more, **environment):
    return salesops("run", "params/quarterly_review.yml", "--debug", *more, cwd=project, **environment)


def test_a_report_that_is_published(project):
    done = run(project)
    assert done.returncode == 0, done.stderr
    assert (project / "reports" / "2026Q3" / "quarterly_review" / "manifest.json").is_file()
    assert_silent(project, done.stdout, done.stderr)


@pytest.mark.parametrize("cells", [FAILING, UNKNOWN], ids=["query", "cell"])
def test_a_cell_that_fails(project, cells):
    write(project, cells)
    done = run(project)
    assert done.returncode == 1
    assert list((project / "reports" / "failed").glob("*.log"))
    assert_silent(project, done.stdout, done.stderr)


WAYS = {
    "wrong password": ({"SALES_PASSWORD": WRONG}, "the connection failed (the user or the password was refused)."),
    "no such place": ({"SALES_PLACE": FAR}, "the connection failed (the server does not answer)."),
    "no such user": ({"SALES_USER": f"{USER}2"}, "the connection failed (the user or the password was refused)."),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("command", ["run", "check"])
def test_a_connection_that_fails(project, way, command):
    environment, said = WAYS[way]
    if command == "run":
        done = run(project, **environment)
    else:
        done = salesops("check", "params/demo.yml", "--debug", cwd=project, **environment)
    assert done.returncode == 3
    fix = "Check the address 'postgres://***' and that its engine is installed."
    assert done.stderr.splitlines()[-1] == f"key 'source.connect': {said} {fix}"
    assert_silent(project, done.stdout, done.stderr)


@pytest.mark.parametrize("changed", ["small.nowhere", "nowhere.reps"])
def test_a_table_that_is_not_there(project, changed):
    path = project / "params" / "demo.yml"
    path.write_text(path.read_text().replace("from: small.reps", f"from: {changed}"))
    done = run(project)
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1].startswith(f"the source has no table '{changed}'.")
    assert_silent(project, done.stdout, done.stderr)


def test_an_address_that_is_a_secret_as_a_whole(project, planted):
    path = project / "params" / "demo.yml"
    whole = f"postgres://{USER}:{WRONG}@/postgres?host={planted.place}"
    path.write_text(path.read_text().replace(planted.address, "${DATABASE_URL}"))
    done = run(project, DATABASE_URL=whole)
    assert done.returncode == 3
    assert "the user or the password was refused" in done.stderr
    assert_silent(project, done.stdout, done.stderr)


def test_a_server_that_goes_away(project, planted, tmp_path):
    book = open_book(project / "params" / "demo.yml")
    backend = book.source.connection.rows("SELECT pg_backend_pid()")[0][0]
    planted.run(f"SELECT pg_terminate_backend({backend})")
    for _again in range(2):
        with pytest.raises(SourceError) as caught:
            measure(book, ["win_rate"], "2026Q3", by=["rep"])
        assert str(caught.value).startswith("key 'source.connect': ")
        assert caught.value.__context__ is None
        assert_silent(tmp_path / "nothing", str(caught.value))
    assert "lost" in str(caught.value)


def test_who_may_not_read_is_told_so(project, planted):
    environment = {"SALES_USER": "reader", "SALES_PASSWORD": "readersecret"}
    planted.run("REVOKE ALL ON SCHEMA small FROM reader")
    done = salesops("check", "params/demo.yml", "--debug", cwd=project, **environment)
    assert done.returncode == 3
    assert "readersecret" not in done.stderr
    assert_silent(project, done.stdout, done.stderr)


def test_who_may_only_read_can_measure_and_changes_nothing(project, planted):
    planted.run("GRANT USAGE ON SCHEMA small TO reader", "GRANT SELECT ON ALL TABLES IN SCHEMA small TO reader")
    asked = ("measure", "win_rate", "-c", "params/demo.yml", "-p", "2026Q3", "--format", "csv")
    done = salesops(*asked, cwd=project, SALES_USER="reader", SALES_PASSWORD="readersecret")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("metric,period,value")
    with planted.connect() as connection:
        query = "SELECT count(*) FROM pg_class WHERE relname LIKE 'salesops%' OR relname LIKE 'ibis%'"
        assert connection.execute(query).fetchone() == (0,)


@pytest.mark.parametrize(
    "query", ["DELETE FROM small.reps", "DROP TABLE small.reps", "SELECT 1) AS t; DROP TABLE small.reps; --"]
)
def test_a_query_cannot_change_the_database(project, planted, query):
    path = project / "params" / "demo.yml"
    path.write_text(path.read_text().replace("from: small.reps", f"query: {query!r}"))
    assert salesops("check", "params/demo.yml", cwd=project).returncode == 3
    with planted.connect() as connection:
        assert connection.execute("SELECT count(*) FROM small.reps").fetchone() == (4,)


class TestOtherUsers:
    ODD = "p@s/s:w#r%d?&=+ é'\"$x"
    RIGHTS = "It must be allowed to read the tables (SELECT), and to write temporary ones (TEMPORARY on the database)."

    @pytest.fixture
    def other(self, project, planted, monkeypatch):
        """A user of its own with an odd password, who may read the tables; taken away afterwards."""
        address = planted.address.replace("${SALES_USER}:${SALES_PASSWORD}", "other:${ODD_PASSWORD}")
        monkeypatch.setenv("ODD_PASSWORD", self.ODD)
        path = project / "params" / "demo.yml"
        path.write_text(path.read_text().replace(planted.address, address))
        password = self.ODD.replace("'", "''")
        planted.run(
            f"CREATE ROLE other LOGIN PASSWORD '{password}'",
            "GRANT USAGE ON SCHEMA small TO other",
            "GRANT SELECT ON ALL TABLES IN SCHEMA small TO other",
        )
        yield path
        planted.run("GRANT TEMPORARY ON DATABASE postgres TO PUBLIC", "DROP OWNED BY other", "DROP ROLE other")

    def test_a_password_of_any_signs(self, other):
        assert open_book(other).audit.tables[0].used == 40

    def test_a_user_without_rights_is_told_which(self, other, planted):
        planted.run("REVOKE TEMPORARY ON DATABASE postgres FROM PUBLIC")
        with pytest.raises(SourceError) as caught:
            open_book(other)
        assert str(caught.value) == f"key 'source.connect': the user of the database may not do this. {self.RIGHTS}"

    def test_sessions_that_are_read_only(self, other, planted):
        planted.run("ALTER ROLE other SET default_transaction_read_only = on")
        with pytest.raises(SourceError) as caught:
            open_book(other)
        said = "sessions of this user, or the server, are read-only."
        assert str(caught.value) == f"key 'source.connect': {said} {self.RIGHTS}"

    def test_a_schema_that_is_not_there(self, other):
        other.write_text(other.read_text().replace("small.", "Small."))
        with pytest.raises(SourceError) as caught:
            open_book(other)
        assert str(caught.value) == (
            "the source has no table 'Small.opportunities'. "
            "There is nothing in 'Small' that may be read; capitals count."
        )
