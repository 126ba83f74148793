"""Small files about trade and tariffs, with made-up values, from which the assumed tariffs can be made."""

from pathlib import Path
from typing import Final

_YEARS: Final = ",".join(map(str, range(1958, 2019)))
TARIFF_TITLES: Final = "Reporter_ISO_N,Year,ProductCode,Partner_ISO_N,DutyType,SimpleAverage,Nbr_Total_Lines"
# By their paths in a publisher's folder: four countries of which one is in the European Union, two products.
TARIFF_FILES: Final = {
    "world_bank/tariff/tariff.csv": f"{TARIFF_TITLES}\n"
    '"012",2017,"0201","000","MFN",30,17\n"012",2017,"0201","076","AHS",21,13\n"024",2017,"0201","000","MFN",5,8\n'
    '"918",2017,"0301","012","AHS",10.0005,1\n',
    "world_bank/bound_rates/rates.csv": "NomenCode,Reporter_ISO_N,ProductCode,BoundRate,Nbr_Total_Lines\n"
    "H0,012,000201,40,2\n",
    "comtrade/country_code_and_iso/codes.csv": "ctyCode,cty Name English,cty Fullname English,Cty Abbreviation,"
    "Cty Comments,ISO2-digit Alpha,ISO3-digit Alpha,Start Valid Year,End Valid Year\r"
    "12,Algeria,Algeria,,,DZ,DZA,,\r24,Angola,Angola,,,AO,AGO,,\r76,Brazil,Brazil,,,BR,BRA,,\r56,Belgium,,,,BE,BEL,,\r",
    "dit/eu_country_membership/members.csv": f"Country,ISO3,{_YEARS}\nBelgium,BEL,{','.join(['EUN'] * 61)}\n",
}
_BACI: Final = "t,i,j,k,v,q\n2022,12,76,020110,22.5,NA\n2022,76,12,020110,1.75,0.5\n2022,24,76,030111,4,2\n"


def write_trade_samples(folder: Path) -> None:
    """A file for each of the datasets about trade, as operators put them into the storage."""
    for path, text in (TARIFF_FILES | {"dit/baci/BACI_HS92_Y2022_V202601.csv": _BACI}).items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
