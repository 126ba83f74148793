"""What stands around the files on the publishers' pages: stray items of a fuzzy search, navigation, other links."""

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def _stray(number: int, title: str, kind: str, modified: int) -> dict[str, object]:
    return {
        "id": f"{number:032x}",
        "owner": "ONSGeography_data",
        "type": kind,
        "title": title,
        "created": modified,
        "modified": modified,
        "size": 1024 * number,
        "tags": [],
        "access": "public",
    }


# Found by the same query, each for one of its words.
ARCGIS_STRAYS = [
    _stray(0xA1, "ONS Postcode Directory (May 2024) User Guide", "PDF", 1716300000000),
    _stray(0xA2, "ONS Postcode Directory (Latest) Centroids", "Feature Service", 1732300000000),
    _stray(0xA3, "National Statistics Postcode Lookup (May 2024) for the UK", "CSV Collection", 1716400000000),
    _stray(0xA4, "ONS Postcode Directory, Version Notes (February 2024)", "CSV Collection", 1708300000000),
    _stray(0xA5, "ONS Postcode Directory (February 2024)", "Feature Service", 1708400000000),
    _stray(0xA6, "Postcode to OA Lookup (November 2021) in the UK", "CSV Collection", 1637300000000),
]

UKTRADEINFO_STRAYS = [
    ("/media/0a1b2c3d/importers2405.zip", "Importers, May 2024 (zip)"),
    ("/media/1b2c3d4e/smka12202405.zip", "SMKA12 control file, May 2024 (zip)"),
    ("/media/2c3d4e5f/exporters-layout.pdf", "Layout of the exporters file (pdf)"),
    ("/media/3d4e5f60/bds-exporters-notes.zip", "Notes (zip)"),
]

UKTRADEINFO_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{title} - UK Trade Info</title></head>
<body>
  <header>
    <a href="/{host}/">UK Trade Info</a>
    <nav>
      <a href="/{host}/trade-data/">Trade data</a>
      <a href="/{host}/find-traders/exporters/">Find exporters</a>
      <a href="https://www.gov.uk/government/organisations/hm-revenue-customs">HMRC</a>
      <a href="#content">Skip to content</a>
      <a>Menu</a>
    </nav>
  </header>
  <main id="content">
    <h1>{title}</h1>
    <p>See also the <a href="/{host}/trade-data/latest-bulk-data-sets/bulk-data-sets-archive/">archive</a>.</p>
    <ul>
{links}    </ul>
  </main>
  <footer><a href="mailto:uktradeinfo@example.gov.uk">Contact</a> &copy; Crown copyright</footer>
</body>
</html>
"""

COMPANIES_HOUSE_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Companies House Accounts Data Product</title></head>
<body>
  <div id="page">
    <a href="http://www.companieshouse.gov.uk/">Companies House</a>
    <h1>Accounts data product: daily files</h1>
    <p>See also the <a href="en_monthlyaccountsdata.html">monthly</a> and
       <a href="historicmonthlyaccountsdata.html">historic</a> files.</p>
    <ul>
{links}    </ul>
    <p><a href="BasicCompanyDataAsOneFile-2024-06-01.zip">Company data product</a></p>
  </div>
</body>
</html>
"""
