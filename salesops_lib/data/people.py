"""People: the rep whom a text means, be it an id, a name or a pseudonym."""

from __future__ import annotations

from salesops_lib.data.cells import clean
from salesops_lib.data.pseudonyms import REP
from salesops_lib.data.source import Source
from salesops_lib.errors import Fault, ParameterError, nearest


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
    named = [id_ for id_, names in listed.items() if wanted.casefold() in {name.casefold() for name in names}]
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
