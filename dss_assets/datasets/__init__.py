"""Every dataset of the service. A new one is a file beside this one, and a line in DATASETS."""

from dss_assets.datasets.companies_house_accounts import ACCOUNTS
from dss_assets.datasets.comtrade_country_code_and_iso import COUNTRY_CODE_AND_ISO
from dss_assets.datasets.dit_baci import BACI
from dss_assets.datasets.dit_eu_country_membership import EU_COUNTRY_MEMBERSHIP
from dss_assets.datasets.dit_reference_postcodes import REFERENCE_POSTCODES
from dss_assets.datasets.dit_spire import SPIRE
from dss_assets.datasets.hmrc_exporters import EXPORTERS
from dss_assets.datasets.ons_postcode_directory import POSTCODE_DIRECTORY
from dss_assets.datasets.world_bank_bound_rates import BOUND_RATES
from dss_assets.datasets.world_bank_tariff import TARIFF

__all__ = [
    "ACCOUNTS",
    "BACI",
    "BOUND_RATES",
    "COUNTRY_CODE_AND_ISO",
    "DATASETS",
    "EU_COUNTRY_MEMBERSHIP",
    "EXPORTERS",
    "POSTCODE_DIRECTORY",
    "REFERENCE_POSTCODES",
    "SPIRE",
    "TARIFF",
]

DATASETS = (
    POSTCODE_DIRECTORY,
    EXPORTERS,
    ACCOUNTS,
    REFERENCE_POSTCODES,
    BACI,
    EU_COUNTRY_MEMBERSHIP,
    COUNTRY_CODE_AND_ISO,
    BOUND_RATES,
    TARIFF,
    SPIRE,
)
