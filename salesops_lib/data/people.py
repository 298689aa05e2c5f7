"""People: the rep or the group of reps that a text means, be it by an id, a name or a pseudonym."""

from __future__ import annotations

from salesops_lib.data.cells import clean
from salesops_lib.data.privacy import hide_cell
from salesops_lib.data.pseudonyms import MANAGER, REP
from salesops_lib.data.source import Source
from salesops_lib.data.spelling import orders, spelled
from salesops_lib.data.veil import Veil
from salesops_lib.errors import Fault, ParameterError, nearest

GROUPS = {"manager": "manager_id", "territory": "territory_id"}


def find_rep(source: Source, text: str) -> str:
    """The id of the rep whom a text means; with pseudonyms, the pseudonym is the id.

    Raises
    ------
    ParameterError
        If there is none, with the near names, or if several have that name. With pseudonyms, no real name is said.
    """
    listed, wanted = _listed(source), clean(text)
    if source.key is not None:
        wanted = source.key.shown(REP).get(wanted, wanted)
    if wanted in listed:
        return wanted
    meant = spelled(wanted).text
    named = [id_ for id_, names in listed.items() if meant in _spellings(*names)]
    if len(named) == 1:
        return named[0]
    hidden = source.key is not None
    if named:
        what = f"{len(named)} reps have that name." if hidden else f"{len(named)} reps are called {text!r}."
        raise ParameterError(Fault(what, fix=f"Name one of {', '.join(sorted(named))}."))
    # What was typed may be a name: it is not repeated where names are hidden.
    what = "there is no such rep." if hidden else f"there is no rep {text!r}."
    options = listed if hidden else {name for names in listed.values() for name in names}
    raise ParameterError(Fault(what, fix=nearest(text, options)))


def find_group(source: Source, group: str) -> str:
    """The group of reps that a text such as "team=Central" means; with pseudonyms, as the tables call it.

    Raises
    ------
    ParameterError
        With pseudonyms, if there is no such group; what was typed may be a name and is not said. Without, nothing is
        checked.
    """
    name, equals, value = group.partition("=")
    if source.key is None or not equals:
        return group
    column = GROUPS.get(name, name)
    tables = [source.tables[table] for table in ("reps", "assignments") if table in source.tables]
    cells = [table.select(column).drop_null().distinct() for table in tables if column in table.columns]
    known = {cell for part in cells for cell in part.to_pyarrow()[column].to_pylist()}
    wanted = clean(value)
    if wanted not in known:
        wanted = _manager(source, wanted) if name == "manager" else hide_cell(Veil(source.key), wanted, "reps", column)
    alike = {wanted} & known or {cell for cell in known if spelled(cell).text == spelled(wanted).text}
    if len(alike) != 1:
        raise ParameterError(Fault(f"there is no such {name}.", fix=nearest(wanted, known)))
    return f"{name}={alike.pop()}"


def _manager(source: Source, text: str) -> str:
    """The pseudonym of the manager whom a text means; empty if it is nobody's or that of several."""
    meant, managers = spelled(text).text, source.key.shown(MANAGER) if source.key is not None else {}
    if text in managers:
        return managers[text]
    people = source.key.people if source.key is not None else ()
    named = {
        person.pseudonym
        for person in people
        if person.pseudonym in managers.values() and meant in _spellings(person.id, person.name)
    }
    return named.pop() if len(named) == 1 else ""


def _spellings(*names: str | None) -> set[str]:
    return {spelled(each).text for name in names if name for each in orders(name)}


def _listed(source: Source) -> dict[str, set[str]]:
    """Every rep whom the source lists or who owns an opportunity, and what each is called."""
    owners = source.tables["opportunities"].select("rep_id").distinct().drop_null("rep_id")
    listed = {id_: {id_} for id_ in owners.to_pyarrow()["rep_id"].to_pylist()}
    if "reps" in source.tables:
        for rep in source.tables["reps"].select("rep_id", "name").to_pyarrow().to_pylist():
            id_, name = rep["rep_id"], rep["name"]
            listed[id_] = {id_, name, f"{name} ({id_})"} if name else {id_}
    for person in source.key.people if source.key is not None else ():
        if person.pseudonym in listed and person.name:
            listed[person.pseudonym].add(person.name)
    return listed
