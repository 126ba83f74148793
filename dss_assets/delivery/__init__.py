"""7: how loaded tables get into the datasets database: data-flow copies them, or the service does it itself.

api.py                what the assets need of a delivery, whichever it is
configuration.py      the settings -> the one that they name
by_dataflow.py        data-flow is told, and copies the table from the API
by_copy.py            we copy it, as a run that goes through the same ledger
copying.py            a table, out of one database into the other, in one transaction
columns.py            the columns that a table has there, and the SQL that makes them
datasets_database.py  the connection to the datasets database, and what its errors mean
place.py              the table there now, and what another one in its place has to have
swap.py               the new rows take the place of the old ones
"""

from dss_assets.delivery.api import Delivered, Delivery, Withdrawal
from dss_assets.delivery.configuration import DeliverySettings, connect

__all__ = ["Delivered", "Delivery", "DeliverySettings", "Withdrawal", "connect"]
