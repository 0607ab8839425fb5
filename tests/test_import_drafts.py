"""Drafts for several files at once: which file holds the leads, what is joined to it, which words mean won."""

import datetime as dt

import pytest

from xlsmkt.crm.drafting import draft_mapping
from xlsmkt.crm.entries import When
from xlsmkt.crm.importing import import_files
from xlsmkt.crm.mapping import load_mapping

TODAY = dt.date(2026, 6, 30)


@pytest.fixture
def draft(tmp_path):
    """Writes files, drafts a mapping for them and imports them by it: the text, its entries, the import."""

    def draft(**files):
        paths = []
        for name, text in files.items():
            paths.append(tmp_path / f"{name}.csv")
            paths[-1].write_text(text, "utf-8")
        text = draft_mapping(paths)
        mapping = tmp_path / "draft.toml"
        mapping.write_text(text, "utf-8")
        return text, load_mapping(mapping), lambda: import_files([], mapping, today=TODAY)

    return draft


def days(frame, column):
    return frame[column].dt.strftime("%m-%d").fillna("").tolist()


README_LEADS = (
    "Lead_ID,Lead_Date,Marketing_Channel,Won_Date,Lost_Date,Status\n"
    "L1,2026-01-02,Web,2026-02-01,,Sold\n"
    "L2,2026-01-03,Fair,,2026-02-03,Lost\n"
    "L3,2026-01-04,Web,,,Open\n"
    "L4,2026-01-05,Web,2026-03-01,,Sold\n"
)
README_SALES = "Lead_ID,Sale_Value,Rep\nL1,100,Rep North\nL1,50,Rep North\nL4,70,Rep South\n"


@pytest.mark.parametrize("order", [("leads", "sales"), ("sales", "leads")])
def test_the_files_of_the_readme(draft, order):
    given = {"leads": README_LEADS, "sales": README_SALES}
    text, entries, take = draft(**{name: given[name] for name in order})
    by_name = {entry.path: entry for entry in entries}
    leads, sales = by_name["leads.csv"], by_name["sales.csv"]
    assert leads.columns == {
        "Lead ID": ["Lead_ID"], "Created": ["Lead_Date"], "Source": ["Marketing_Channel"], "Won": ["Won_Date"],
        "Closed": ["Won_Date", "Lost_Date"],
    }  # fmt: skip
    assert leads.when == {"Won": When("Status", ["Sold"]), "Closed": When("Status", ["Sold", "Lost"])}
    assert (sales.join, sales.columns) == ({"Lead ID": "Lead_ID"}, {"Amount": ["Sale_Value"]})
    assert '# Owner = "Rep"  # only leads that have a row here would have one' in text
    result = take()
    frame = result.tables["Leads"]
    assert days(frame, "Won") == ["02-01", "", "", "03-01"]
    assert days(frame, "Closed") == ["02-01", "02-03", "", "03-01"]
    assert frame["Amount"].fillna(0).tolist() == [150, 0, 0, 70]
    assert len(result.refused) == len(result.noted) == 0


def test_german_orders_are_joined_and_are_no_leads(draft):
    _, (leads, orders), take = draft(
        leads=(
            "Lead-Nr;Anlagedatum;Quelle;Vertriebler;Status\n"
            "1001;02.01.2026;Messe;Nord;Gewonnen\n1002;03.01.2026;Web;Süd;Verloren\n"
            "1003;14.01.2026;Web;Nord;In Bearbeitung\n1004;15.01.2026;Web;Süd;Gewonnen\n"
        ),
        auftraege=(
            "Auftrag;Lead-Nr;Auftragsdatum;Betrag;Status\nA1;1001;01.02.2026;1.234,50;Gewonnen\n"
            "A2;1004;15.02.2026;2.000,00;Gewonnen\nA3;1002;20.02.2026;300,00;Verloren\n"
        ),
    )
    assert leads.columns == {
        "Lead ID": ["Lead-Nr"], "Created": ["Anlagedatum"], "Source": ["Quelle"], "Owner": ["Vertriebler"]
    }  # fmt: skip
    assert orders.join == {"Lead ID": "Lead-Nr"}
    frame = take().tables["Leads"]
    assert frame["Lead ID"].tolist() == ["1001", "1002", "1003", "1004"]
    assert days(frame, "Won") == ["02-01", "", "", "02-15"]
    assert days(frame, "Closed") == ["02-01", "02-20", "", "02-15"]
    assert frame["Amount"].fillna(0).tolist() == [1234.5, 300, 0, 2000]


def test_french_stages(draft):
    _, (entry,), take = draft(
        prospects=(
            "ID client;Créé le;Origine;Commercial;Étape;Date de clôture;Montant\n"
            "C-100;12/01/2026;Salon;Nord;Gagné;20/02/2026;1500,00\n"
            "C-101;13/01/2026;Web;Sud;Perdu;21/02/2026;\nC-102;14/01/2026;Web;Sud;Non vendu;28/02/2026;\n"
        )
    )
    assert entry.when == {"Won": When("Étape", ["Gagné"]), "Closed": When("Étape", ["Gagné", "Perdu"])}
    frame = take().tables["Leads"]
    assert days(frame, "Won") == ["02-20", "", ""]
    assert days(frame, "Closed") == ["02-20", "02-21", ""]


def test_spanish_orders_joined_by_their_values(draft):
    _, (_, orders), take = draft(
        prospectos=(
            "ID cliente,Fecha de creación,Origen,Vendedor,Estado\n"
            "P1000,2026-01-12,Feria,Norte,Abierto\nP1001,2026-01-13,Web,Sur,Perdido\nP1002,2026-01-14,Web,Sur,Abierto\n"
        ),
        pedidos=(
            "Pedido,Comprador,Fecha de pedido,Importe,Estado\n9001,P1000,2026-02-01,150,Entregado\n"
            "9002,P1000,2026-02-11,50,Cancelado\n9003,P1002,2026-02-12,70,Pagado\n"
        ),
    )
    assert orders.join == {"Lead ID": "Comprador"}
    frame = take().tables["Leads"]
    assert frame["Lead ID"].tolist() == ["P1000", "P1001", "P1002"]
    assert days(frame, "Won") == ["02-01", "", "02-12"]
    assert frame["Amount"].fillna(0).tolist() == [150, 0, 70]  # the order called off is none


def test_numbers_that_stand_among_the_ids_by_chance_join_nothing(draft):
    text, entries, _ = draft(
        leads="Lead ID,Created\n" + "".join(f"{n},2026-01-02\n" for n in range(1, 60)),
        visits="Rating,Seen on,Room\n3,2026-01-01,10\n5,2026-01-02,12\n",
    )
    assert not any(entry.join for entry in entries)
    assert len(entries) == 1
    assert "# visits.csv is left out: it shares no id with leads.csv" in text


def test_a_second_list_of_leads_is_no_file_of_deals(draft):
    head = "Lead-Nr;Anlagedatum;Quelle\n"
    _, entries, take = draft(jan=head + "1;31.01.2026;Web\n2;31.01.2026;Web\n", feb=head + "2;28.02.2026;Messe\n")
    assert [entry.join for entry in entries] == [{}, {}]
    assert take().tables["Leads"]["Source"].tolist() == ["Web", "Messe"]


def test_deals_of_a_crm_joined_by_values(draft):
    _, (_, deals), take = draft(
        leads="Lead ID,Created Date,Lead Owner,Email\n1,2026-01-02,Rep,a@x.example\n2,2026-01-02,Rep,b@x.example\n",
        deals=(
            "Opportunity ID,Opportunity Name,Stage,Created Date,Close Date,Amount,Contact\n"
            "o1,A,Closed Won,2026-01-05,2026-02-01,10,a@x.example\n"
        ),
    )
    assert deals.join == {"Deal ID": "Contact"}
    assert take().tables["Leads"]["Amount"].fillna(0).tolist() == [10, 0]


def test_deals_that_share_nothing_stay_a_comment(draft):
    text, entries, _ = draft(
        leads="Lead ID,Created Date,Lead Owner\n1,2026-01-02,Rep North\n",
        deals="Deal ID,Deal Name,Deal Stage,Create Date,Close Date,Amount\n7,A,Closed Won,2026-01-05,2026-02-01,10\n",
    )
    assert [entry.path for entry in entries] == ["leads.csv"]
    assert "# deals.csv is left out: it shares no id with leads.csv" in text


def test_a_status_that_contradicts_the_dates_stays_a_comment(draft):
    text, (entry,), take = draft(
        leads=(
            "Lead ID,Lead date,Won date,Status\n1,2026-01-02,2026-02-01,Churned\n2,2026-01-02,2026-02-02,Customer\n"
            "3,2026-01-02,,Open\n"
        )
    )
    assert entry.when == {}
    assert '# Won = { column = "Status", is = ["Customer"] }  # rows with a date say otherwise' in text
    assert take().tables["Leads"]["Won"].notna().tolist() == [True, True, False]


def test_a_yes_in_a_column_named_sold(draft):
    _, (entry,), take = draft(leads="Lead-Nr;Anlagedatum;Verkauft\nK1;31.01.2026;ja\nK2;31.01.2026;nein\n")
    assert entry.when == {"Won": When("Verkauft", ["ja"])}
    assert take().tables["Leads"]["Won"].notna().tolist() == [True, False]


def test_dates_that_stand_where_the_status_says_won_are_suggested(draft):
    text, (entry,), _ = draft(
        leads="Lead-Nr;Anlagedatum;Kauf;Status\nK1;30.01.2026;31.01.2026;verkauft\nK2;31.01.2026;;offen\n"
    )
    assert '# Won = "Kauf"' in text
    assert entry.when == {"Won": When("Status", ["verkauft"])}


def test_a_closing_date_without_a_stage_is_suggested_as_that_of_winning(draft):
    text, (entry,), _ = draft(leads="Lead ID,Created Date,Lead Owner,Close Date\n1,2026-01-02,Rep,2026-02-01\n")
    assert "Won" not in entry.columns
    assert '# Won = "Close Date"' in text
