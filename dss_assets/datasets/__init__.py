"""Every dataset of the service. A new one is a file beside this one, and a line in DATASETS."""

from dss_assets.datasets.companies_house_accounts import ACCOUNTS
from dss_assets.datasets.dit_reference_postcodes import REFERENCE_POSTCODES
from dss_assets.datasets.hmrc_exporters import EXPORTERS
from dss_assets.datasets.ons_postcode_directory import POSTCODE_DIRECTORY

DATASETS = (
    POSTCODE_DIRECTORY,
    EXPORTERS,
    ACCOUNTS,
    REFERENCE_POSTCODES,
)
