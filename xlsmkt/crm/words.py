"""Words for drafts of a mapping: what lists of leads and of sales call their columns and stages in English, German,
French and Spanish. An import never goes by them: only a draft does, which somebody looks through.

All words are written as `xlsmkt.crm.values.plain` leaves them: lower case, no accents, no signs.
"""

from xlsmkt.crm.values import plain

HEADINGS: dict[str, tuple[str, ...]] = {
    "Lead ID": (
        "lead nr", "lead nummer", "leadnr", "leadnummer", "lead key", "lead ref", "kontakt id", "kontakt nr",
        "kunden nr", "kundennr", "kundennummer", "interessenten nr", "interessentennummer", "id lead", "no lead",
        "numero lead", "numero de lead", "id prospect", "id contact", "id client", "id contacto", "id cliente",
        "customer id", "prospect id", "client id",
    ),
    "Created": (
        "anlagedatum", "angelegt", "angelegt am", "erstellt", "erstellt am", "erstelldatum", "erstellungsdatum",
        "eingang", "eingangsdatum", "anfragedatum", "lead datum", "leaddatum", "created date", "creation date",
        "entry date", "inquiry date", "enquiry date", "registration date", "date de creation", "cree le",
        "date creation", "date d entree", "fecha de creacion", "fecha creacion", "creado", "creado el", "fecha de alta",
    ),
    "Lead type": ("lead typ", "leadtyp", "leadart", "anfrageart", "type de lead", "tipo de lead"),
    "Source": (
        "quelle", "leadquelle", "lead quelle", "herkunft", "kanal", "marketingkanal", "vertriebskanal", "origine",
        "provenance", "canal", "source du lead", "fuente", "origen", "fuente del lead", "lead channel",
    ),
    "Campaign": ("kampagne", "aktion", "campagne", "campana"),
    "Industry": ("branche", "secteur", "secteur d activite", "sector", "industria"),
    "Country": ("land", "pays", "pais"),
    "Company size": ("mitarbeiter", "mitarbeiterzahl", "anzahl mitarbeiter", "effectif", "empleados"),
    "Job title": ("funktion", "berufsbezeichnung", "fonction", "poste", "cargo", "puesto"),
    "Owner": (
        "vertriebler", "vertriebsmitarbeiter", "verkaufer", "bearbeiter", "betreuer", "zustandig", "verantwortlich",
        "inhaber", "commercial", "vendeur", "responsable", "proprietaire", "comercial", "vendedor", "propietario",
        "agent", "sales agent", "salesperson", "seller",
    ),
    "Won": (
        "gewonnen am", "gewonnen", "abschlussdatum gewonnen", "date gagne", "gagne le", "date de gain", "ganado el",
        "fecha ganado", "fecha ganada", "sold date", "sold on", "won on",
    ),
    "Amount": (
        "betrag", "umsatz", "wert", "auftragswert", "auftragssumme", "verkaufswert", "verkaufspreis", "netto",
        "nettobetrag", "montant", "montant ht", "valeur", "chiffre d affaires", "prix de vente", "importe", "monto",
        "valor", "precio", "precio de venta", "sale value", "sale amount", "sales amount", "sale price", "sales value",
        "order value", "order amount", "order total", "total", "contract value", "price",
    ),
}  # fmt: skip

# Dates on which something was sold: the rows of such a file are sales, whatever a column beside them says.
SALE_DATES = (
    "sale date", "sales date", "date of sale", "order date", "ordered on", "purchase date", "contract date",
    "signing date", "auftragsdatum", "bestelldatum", "verkaufsdatum", "kaufdatum", "vertragsdatum", "rechnungsdatum",
    "invoice date", "date de commande", "date commande", "date de vente", "date vente", "date d achat",
    "date de signature", "fecha de pedido", "fecha pedido", "fecha de venta", "fecha venta", "fecha de compra",
    "fecha de firma",
)  # fmt: skip
# Dates on which it was decided one way or the other.
CLOSE_DATES = (
    "close date", "closed date", "closing date", "closed", "closed on", "closed at", "date closed", "abschlussdatum",
    "abschluss", "abgeschlossen am", "geschlossen am", "date de cloture", "date cloture", "cloture le",
    "fecha de cierre", "fecha cierre", "cerrado el",
)  # fmt: skip
LOST_DATES = (
    "lost date", "date lost", "lost on", "lost at", "lost", "lost time", "verloren am", "verlustdatum",
    "verloren datum", "date perdu", "perdu le", "date de perte", "fecha perdido", "fecha perdida", "perdido el",
    "fecha de perdida",
)  # fmt: skip

_STATUS = {
    "status", "stage", "state", "phase", "outcome", "result", "disposition", "stufe", "stand", "ergebnis", "zustand",
    "statut", "etape", "etat", "resultat", "estado", "etapa", "fase", "estatus", "situacion", "resultado",
}  # fmt: skip
_WON = {
    "won", "win", "sold", "gewonnen", "verkauft", "beauftragt", "gagne", "gagnee", "vendu", "vendue", "ganado",
    "ganada", "vendido", "vendida", "customer", "kunde", "client", "cliente", "signed", "unterschrieben", "signe",
    "firmado", "ordered", "bestellt", "purchased", "gekauft", "commande", "comprado",
}  # fmt: skip
_PAID = {
    "paid", "delivered", "shipped", "invoiced", "completed", "fulfilled", "bezahlt", "geliefert", "ausgeliefert",
    "berechnet", "fakturiert", "erledigt", "abgeschlossen", "paye", "payee", "livre", "livree", "facture", "facturee",
    "pagado", "pagada", "entregado", "entregada", "facturado", "facturada",
}  # fmt: skip
_LOST = {
    "lost", "verloren", "perdu", "perdue", "perdido", "perdida", "cancelled", "canceled", "storniert", "annule",
    "annulee", "cancelado", "cancelada", "anulado", "anulada", "abandoned", "abandonne", "abandonnee", "rejected",
    "declined", "abgelehnt", "abgesagt", "refuse", "refusee", "rechazado", "rechazada", "disqualified",
    "disqualifiziert", "returned", "refunded",
}  # fmt: skip
_CLOSED = {
    "closed", "geschlossen", "abgeschlossen", "beendet", "ferme", "fermee", "clos", "close", "cloture", "cloturee",
    "cerrado", "cerrada",
}  # fmt: skip
_BESIDE = {"closed", "deal", "lead", "opportunity", "is", "als", "et", "y", "and", "und"}  # may stand beside "won"
_NOT = {"not", "no", "non", "pas", "nicht", "kein", "keine", "never", "almost", "fast", "near", "nearly"}
_YES = {"yes", "y", "true", "1", "x", "ja", "j", "wahr", "oui", "vrai", "si", "verdadero"}
_ID = {
    "id", "ids", "nr", "no", "nummer", "number", "num", "numero", "key", "code", "ref", "reference", "referenz",
    "lead", "contact", "kontakt", "customer", "kunde", "client", "cliente", "prospect", "interessent", "email", "mail",
}  # fmt: skip


def is_status(heading: str) -> bool:
    """Whether a heading says that the column holds stages.

    >>> is_status("Lead_Status"), is_status("Étape"), is_status("Source")
    (True, True, False)
    """
    return bool(_STATUS & set(plain(heading).split()))


def is_won_mark(heading: str, word: str) -> bool:
    """Whether a column such as ``Sold`` says yes.

    >>> is_won_mark("Verkauft?", "ja"), is_won_mark("Verkauft?", "nein"), is_won_mark("Newsletter", "ja")
    (True, False, False)
    """
    tokens = set(plain(heading).split())
    says_won = bool(tokens & _WON) and tokens <= _WON - {"customer", "kunde", "client", "cliente"} | {"is"}
    return says_won and plain(word) in _YES


def is_won(word: str, order: bool = False) -> bool:
    """Whether the name of a stage says won; for an ``order`` also that it was delivered or paid.

    >>> is_won("6 - Closed Won"), is_won("Gewonnen"), is_won("Nicht verkauft"), is_won("Sold to a competitor")
    (True, True, False, False)
    """
    tokens = {token for token in plain(word).split() if not token.isdigit()}
    wanted = _WON | _PAID if order else _WON
    return bool(tokens & wanted) and tokens <= wanted | _BESIDE


def is_lost(word: str) -> bool:
    """Whether the name of a stage says lost or called off.

    >>> is_lost("Lost to competition"), is_lost("Perdue"), is_lost("Open")
    (True, True, False)
    """
    tokens = set(plain(word).split())
    return bool(tokens & _LOST) and not tokens & (_NOT | _WON)


def is_closed(word: str) -> bool:
    """Whether the name of a stage says closed, one way or the other.

    >>> is_closed("Closed"), is_closed("Abgeschlossen"), is_closed("Not closed"), is_closed("Closing soon")
    (True, True, False, False)
    """
    tokens = set(plain(word).split())
    return is_won(word) or is_lost(word) or (bool(tokens & _CLOSED) and not tokens & _NOT)


def is_id(heading: str) -> bool:
    """Whether a heading may be that of a number or a name that stands for somebody.

    >>> is_id("Lead-Nr"), is_id("LeadID"), is_id("Attempts")
    (True, True, False)
    """
    words = plain(heading).split()
    return bool(_ID & set(words)) or any(word.endswith(("id", "nr", "nummer")) for word in words)
