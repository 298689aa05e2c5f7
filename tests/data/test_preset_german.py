"""Exports of a CRM whose users work in German: their headings are known, their ends and their numbers right."""

import datetime as dt

import pytest

STAGES = {"open": {"Angebot": 0.5}, "won": ["Won", "Gewonnen", "Closed Won"], "lost": ["Lost", "Closed Lost"]}
SALESFORCE = """\
Opportunity-ID;Opportunity-Name;Accountname;Opportunity-Inhaber;Phase;Betrag;Wahrscheinlichkeit (%);Schlusstermin;\
Erstelldatum
1;Alpha;Kunde A;Ann;Closed Won;1.200,50;100;24.04.2026;28.02.2026
2;Beta;Kunde B;Bo;Closed Lost;800,00;0;25.04.2026;28.02.2026
3;Gamma;Kunde B;Bo;Angebot;2.000,00;50;26.10.2026;28.02.2026
"""
PIPEDRIVE = """\
Deal - ID;Deal - Titel;Deal - Wert;Deal - Organisation;Deal - Besitzer;Deal - Phase;Deal - Status;Deal - Deal erstellt;\
Deal - Voraussichtliches Abschlussdatum;Deal - Datum des gewonnenen Deals;Deal - Datum des verlorenen Deals
1;Alpha;1200,5;Kunde A;Ann;Angebot;Gewonnen;28.02.2026;30.04.2026;24.04.2026;
2;Beta;800,25;Kunde B;Bo;Angebot;Verloren;28.02.2026;30.04.2026;;25.04.2026
3;Gamma;2000;Kunde B;Bo;Angebot;Offen;28.02.2026;26.10.2026;;
4;Delta;7;Kunde B;Bo;Angebot;Gelöscht;28.02.2026;26.10.2026;;
"""
ODOO = """\
Externe ID;Verkaufschance;Typ;Kunde;Vertriebsmitarbeiter;Phase;Erwarteter Umsatz;Wahrscheinlichkeit;\
Erwarteter Abschluss;Erstellt am;Aktiv
1;Alpha;Verkaufschance;Kunde A;Ann;Gewonnen;1.200,50;100,0;24.04.2026;28.02.2026;Ja
2;Beta;Verkaufschance;Kunde B;Bo;Angebot;800,00;0,0;25.04.2026;28.02.2026;Nein
3;Gamma;Verkaufschance;Kunde B;Bo;Angebot;2.000,00;50,0;26.10.2026;28.02.2026;Ja
4;Delta;Interessent;Kunde B;Bo;Neu;0,00;10,0;;28.02.2026;Ja
"""


@pytest.mark.parametrize(("preset", "text"), [("salesforce", SALESFORCE), ("pipedrive", PIPEDRIVE), ("odoo", ODOO)])
def test_german_headings_are_known(desk, preset, text):
    desk.write(deals_csv=text)
    source = desk.read({"preset": preset, "date_format": "%d.%m.%Y", "decimal": ","}, stages=STAGES)
    names = ["name", "account_id", "rep_id", "amount", "is_won", "is_closed", "close_date", "created_at"]
    rows = source.tables["opportunities"].order_by("opportunity_id").select(names).to_pyarrow().to_pylist()
    born = dt.datetime(2026, 2, 28)
    assert [tuple(row.values()) for row in rows] == [
        ("Alpha", "Kunde A", "Ann", 1200.5, True, True, dt.date(2026, 4, 24), born),
        ("Beta", "Kunde B", "Bo", 800.25 if preset == "pipedrive" else 800, False, True, dt.date(2026, 4, 25), born),
        ("Gamma", "Kunde B", "Bo", 2000, False, False, dt.date(2026, 10, 26), born),
    ]


def test_a_status_of_pipedrive_that_nobody_knows_is_asked_for(desk):
    desk.write(deals_csv=PIPEDRIVE.replace("Gewonnen", "Gagné"))
    told = desk.refused({"preset": "pipedrive", "date_format": "%d.%m.%Y"}, stages=STAGES)
    assert "the stage 'Gagné' (1 row) is not in the company file." in told[0]
