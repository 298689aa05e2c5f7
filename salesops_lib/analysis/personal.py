"""Personal data: which fields about reps the data hold, what each is used for, and how it is shown."""

from __future__ import annotations

import pandas as pd

from salesops_lib.data.book import Book
from salesops_lib.language import gettext as _

PERSON, GROUP, FIGURE = "person", "group", "figure"
COLUMNS = ("table", "field", "use", "shown_as")


def personal_fields(book: Book) -> pd.DataFrame:
    """What is known about reps and managers, as works councils and data protection ask for it.

    Only the fields that the source has are listed; fields about customers alone are left out.

    Returns
    -------
    DataFrame
        One row per field: table, field, use (in words), shown_as ("name", "pseudonym" or "figure": a number or a date
        made from it, such as the months of tenure).
    """
    hidden = book.company.privacy.pseudonyms
    shown = {PERSON: "pseudonym" if hidden else "name", GROUP: "name", FIGURE: "figure"}
    rows = [
        (table, field, use, shown[kind])
        for (table, field), (use, kind) in _uses(hidden).items()
        if field in book.source.present.get(table, ())
    ]
    return pd.DataFrame(rows, columns=[*COLUMNS])


def _uses(hidden: bool) -> dict[tuple[str, str], tuple[str, str]]:
    owner = _("whose record it is")
    named = _("not used: a pseudonym stands in its place") if hidden else _("what a rep is called")
    group = _("who is compared with whom, and sums of groups")
    moved = _("the group on the day of the report; a move is noted")
    employed = _("tenure, working days, the part of the quota that counts; noted if it falls into the quarter")
    activity = _("activities per rep, meetings, the last contact of a deal")
    return {
        ("reps", "rep_id"): (_("tells reps apart"), PERSON),
        ("reps", "name"): (named, PERSON),
        ("reps", "manager_id"): (group, PERSON),
        ("reps", "team"): (group, GROUP),
        ("reps", "territory_id"): (group, GROUP),
        ("reps", "segment"): (group, GROUP),
        ("reps", "hired_on"): (employed, FIGURE),
        ("reps", "left_on"): (employed, FIGURE),
        ("assignments", "rep_id"): (owner, PERSON),
        ("assignments", "valid_from"): (moved, FIGURE),
        ("assignments", "manager_id"): (moved, PERSON),
        ("assignments", "team"): (moved, GROUP),
        ("assignments", "territory_id"): (moved, GROUP),
        ("assignments", "segment"): (moved, GROUP),
        ("opportunities", "rep_id"): (owner, PERSON),
        ("leads", "rep_id"): (owner, PERSON),
        ("leads", "first_response_at"): (_("how fast a rep answers"), FIGURE),
        ("activities", "rep_id"): (owner, PERSON),
        ("activities", "contact_id"): (_("how many contacts of the customer a deal has"), FIGURE),
        ("activities", "happened_at"): (activity, FIGURE),
        ("activities", "type"): (activity, FIGURE),
        ("activities", "outcome"): (activity, FIGURE),
        ("activities", "customer_facing"): (activity, FIGURE),
        ("activities", "minutes"): (_("time spent with customers"), FIGURE),
        ("quotas", "rep_id"): (owner, PERSON),
        ("quotas", "quota"): (_("quota attainment"), FIGURE),
        ("forecasts", "rep_id"): (owner, PERSON),
        ("forecasts", "amount"): (_("how near a rep's forecast came to what was won"), FIGURE),
    }
