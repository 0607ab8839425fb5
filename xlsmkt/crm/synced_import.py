"""The import of a CRM: its store is brought up to date, then what it holds is checked, joined and counted."""

import contextlib
from collections.abc import Mapping
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa

from xlsmkt.crm.api import ApiSource
from xlsmkt.crm.connection import Wish
from xlsmkt.crm.importing import Imported, import_plan
from xlsmkt.crm.model import IMPORT_LOG, TABLES, DataTable
from xlsmkt.crm.places import store_path
from xlsmkt.crm.reasons import NO_LEAD_NAMED, NO_SUCH_LEAD, in_rows
from xlsmkt.crm.records import Records
from xlsmkt.crm.store import Store
from xlsmkt.crm.syncing import sync
from xlsmkt.errors import UserError

_MOST_DEALS = 100  # without a lead, that are listed one by one
_SYNCING = 0.7  # the share of a run in which records are read


def import_synced(source: ApiSource, wish: Wish) -> Imported:
    """Bring the store of a CRM up to date, then import what it holds.

    Raises
    ------
    UserError
        The CRM, the store or the mapping fails. The records that have arrived are kept, and so are the tables of the
        import before.
    """
    with Store.open(store_path(source.connection.name)) as store:
        run = store.begin_run()
        try:
            progress = wish.progress
            source.tell = lambda words: progress(0.0, words)
            records = Records(source, wish.mapping)
            sync(source, store, records.wanted, lambda share, words: progress(_SYNCING * share, words), wish.reconcile)
            imported = import_plan(
                records.parts(store),
                wish.answers,
                progress=lambda share, words: progress(_SYNCING + (1 - _SYNCING) * share, words),
                today=wish.today,
                most_rows=wish.most_rows,
                most_leads=wish.most_leads,
            )
            _put_together(imported)
            records.name_rows(store, [imported.refused, imported.noted])
            store.end_run(run, tables=_tables(imported))
        except BaseException as error:
            with contextlib.suppress(UserError):  # the first failure is the one to tell
                store.end_run(run, str(error) if isinstance(error, UserError) else f"stopped by {type(error).__name__}")
            raise
    return imported


def _put_together(imported: Imported) -> None:
    """Many deals that no lead belongs to make one line of the log each for what they lack: an organisation that sells
    without leads has them by the hundred thousand, and none is a mistake."""
    log = imported.refused
    loose = log[log["Reason"].isin([NO_LEAD_NAMED, NO_SUCH_LEAD])]
    if len(loose) <= _MOST_DEALS:
        return
    groups = loose.groupby(["File", "Reason"])["Line"].transform("size")
    firsts = loose.drop_duplicates(["File", "Reason"]).index
    imported.refused = log.drop(index=loose.index.difference(firsts)).copy()
    imported.refused.loc[firsts, "Reason"] += [in_rows(count) for count in groups[firsts]]
    imported.refused = imported.refused.reset_index(drop=True)
    told = f"{len(loose):,} deals belong to no lead and are not counted."
    imported.note = f"{imported.note} {told}".strip()


def _tables(imported: Imported) -> Mapping[str, Any]:
    """What an import brought, for the store: its tables with all leads, and the import log."""
    models = {table.name: table for table in TABLES}
    tables: dict[str, Any] = {name.lower(): _arrow(frame, models[name]) for name, frame in imported.tables.items()}
    if imported.leads is not None:
        leads = imported.leads.select(models["Leads"].columns)
        # piece by piece, and not by Ibis, which asks DuckDB 2 for what that no longer has
        tables["leads"] = leads.get_backend().con.sql(ibis.to_sql(leads)).to_arrow_reader()
    log = pd.concat([imported.refused.assign(Refused=True), imported.noted.assign(Refused=False)], ignore_index=True)
    return {
        **tables,
        "import_log": _arrow(log, IMPORT_LOG).append_column("Refused", pa.array(log["Refused"], pa.bool_())),
    }


def _arrow(table: pd.DataFrame | pa.Table, model: DataTable) -> pa.Table:
    if isinstance(table, pa.Table):
        return table
    kinds = {
        "text": pa.string(),
        "number": pa.float64(),
        "date": pa.date32(),
        "time": pa.timestamp("s"),
        "mark": pa.string(),
    }
    return pa.table({one.name: _column(table[one.name], kinds[one.kind]) for one in model.fields})


def _column(column: "pd.Series[Any]", kind: pa.DataType) -> pa.Array:
    if column.dtype.kind == "M":
        return pa.array(column.to_numpy("datetime64[s]")).cast(pa.timestamp("s")).cast(kind)
    if column.dtype.kind in "fi":
        return pa.array(column.to_numpy(np.float64), from_pandas=True)
    return pa.array(column.astype(object), kind, from_pandas=True)
