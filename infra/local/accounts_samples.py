"""Sample accounts as companies file them, in XBRL and inline XBRL: the same arguments give the same bytes.

Layouts as seen in files of Companies House (2017, 2020 and 2026); no company of theirs is here.
"""

import random
import zipfile
from pathlib import Path

# Samples never change with the day on which they are made.
_MEMBER_DATE = (2024, 6, 1, 12, 0, 0)
_RUN_CODE = "Prod223_4320"
_INLINE_FIGURES = (
    "PropertyPlantEquipment",
    "Debtors",
    "CashBankOnHand",
    "CurrentAssets",
    "NetCurrentAssetsLiabilities",
    "TotalAssetsLessCurrentLiabilities",
    "Equity",
    "ProfitLoss",
)
_XBRL_FIGURES = (
    "ProfitLossAccountReserve",
    "ShareholderFunds",
    "CalledUpShareCapital",
    "RevaluationReserve",
    "TotalAssetsLessCurrentLiabilities",
    "NetCurrentAssetsLiabilities",
    "CurrentAssets",
    "Debtors",
    "CashBankInHand",
    "FixedAssets",
    "TangibleFixedAssets",
)

_INLINE = """<?xml version="1.0" encoding="UTF-8"?>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:ix="http://www.xbrl.org/2013/inlineXBRL"
 xmlns:xbrli="http://www.xbrl.org/2003/instance" xmlns:link="http://www.xbrl.org/2003/linkbase"
 xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:core="http://xbrl.frc.org.uk/fr/2023-01-01/core"
 xmlns:bus="http://xbrl.frc.org.uk/cd/2023-01-01/business">
<head><title>Accounts of {company}</title></head>
<body><div style="display:none"><ix:header><ix:references><link:schemaRef xlink:type="simple"
 xlink:href="https://xbrl.frc.org.uk/FRS-102/2023-01-01/FRS-102-2023-01-01.xsd"/></ix:references><ix:resources>
{contexts}<xbrli:unit id="GBP"><xbrli:measure>iso4217:GBP</xbrli:measure></xbrli:unit>
</ix:resources></ix:header></div>
<h1><ix:nonNumeric name="bus:EntityCurrentLegalOrRegisteredName" contextRef="year">{name}</ix:nonNumeric></h1>
<p>Registered number <ix:nonNumeric name="bus:UKCompaniesHouseRegisteredNumber"
 contextRef="year">{company}</ix:nonNumeric>, balance sheet of <ix:nonNumeric name="bus:BalanceSheetDate"
 contextRef="now" format="ixt2:datedaymonthyearen">31 March {year}</ix:nonNumeric>,
 <ix:nonNumeric name="bus:EntityDormantTruefalse" contextRef="year">false</ix:nonNumeric>, employees:
 <ix:nonFraction name="core:AverageNumberEmployeesDuringPeriod" contextRef="year" unitRef="pure"
 decimals="0">{year}: {employees}</ix:nonFraction></p>
<table>
{figures}</table>
{notes}</body></html>
"""
_INLINE_CONTEXT = (
    '<xbrli:context id="{id}"><xbrli:entity><xbrli:identifier scheme="http://www.companieshouse.gov.uk/">{company}'
    "</xbrli:identifier></xbrli:entity><xbrli:period>{period}</xbrli:period></xbrli:context>\n"
)
_INLINE_FIGURE = (
    '<tr><td class="ta_61"><p style="text-align:right"><span class="Run">{name}</span><br /></p></td><td><p>'
    '<ix:nonFraction contextRef="{context}" name="core:{name}" unitRef="GBP" decimals="0" '
    'format="ixt2:numdotdecimal" scale="0"{sign}>{value:,}</ix:nonFraction><br /></p></td></tr>\n'
)
_NOTE = (
    '<table class="note"><tr><td class="ta_60"><p style="text-align:left;margin-bottom:0px;margin-top:0px">'
    '<span class="Run" style="font-size:13px;font-weight:normal">The accounts were prepared under the historical '
    "cost convention.</span><br /></p></td></tr></table>\n"
)

_XBRL = """<?xml version="1.0"?>
<xbrl xmlns="http://www.xbrl.org/2003/instance" xmlns:gc="http://www.xbrl.org/uk/fr/gcd/2004-12-01"
 xmlns:ae="http://www.companieshouse.gov.uk/ef/xbrl/uk/fr/gaap/ae/2009-06-21"
 xmlns:iso4217="http://www.xbrl.org/2003/iso4217" xmlns:pt="http://www.xbrl.org/uk/fr/gaap/pt/2004-12-01">
<ae:CompanyNotDormant contextRef="year">true</ae:CompanyNotDormant>
<gc:EntityCurrentLegalName contextRef="year">{name}</gc:EntityCurrentLegalName>
<ae:CompaniesHouseRegisteredNumber contextRef="year">{company}</ae:CompaniesHouseRegisteredNumber>
<gc:BalanceSheetDate contextRef="now">{year}-03-31</gc:BalanceSheetDate>
{figures}<unit id="GBP"><measure>iso4217:GBP</measure></unit>
{contexts}{notes}</xbrl>
"""
_XBRL_CONTEXT = (
    '<context id="{id}"><entity><identifier scheme="example/results">{company}</identifier></entity>'
    "<period>{period}</period></context>\n"
)
_XBRL_FIGURE = '<pt:{name} precision="6" contextRef="{context}" unitRef="GBP">{value}</pt:{name}>\n'
_XBRL_NOTE = (
    '<ae:AccountingPolicy><ae:ContentAccountingPolicy contextRef="year">The accounts were prepared under the '
    "historical cost convention, modified to include the revaluation of certain fixed assets."
    "</ae:ContentAccountingPolicy></ae:AccountingPolicy>\n"
)


def write_accounts(path: Path, documents: int, *, inline_bytes: int = 4000, xbrl_bytes: int = 4000) -> None:
    """A day's zip of documents of about these sizes, inline XBRL and XBRL by turns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    chance = random.Random(path.name)  # noqa: S311  # not for security: samples
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(documents):
            company = f"{2_000_000 + 37 * number:08}"
            if number % 2 == 0:
                name, text = f"{company}_20240331.html", inline_document(company, 2024, chance, inline_bytes)
            else:
                name, text = f"{company}_20240331.xml", xbrl_document(company, 2024, chance, xbrl_bytes)
            info = zipfile.ZipInfo(f"{_RUN_CODE}_{name}", _MEMBER_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, text)


def inline_document(company: str, year: int, chance: random.Random, size: int) -> str:
    """Accounts in inline XBRL with two balance sheets and a year's result, of about `size` characters."""
    figures = "".join(
        _INLINE_FIGURE.format(
            name=name,
            context=context if name != "ProfitLoss" else "year",
            sign=chance.choice(["", ' sign="-"']),
            value=chance.randrange(1_000_000),
        )
        for name in _INLINE_FIGURES
        for context in ("now", "before")
    )
    text = _document(_INLINE, _INLINE_CONTEXT, "xbrli:", company, year, figures, chance)
    return text.replace("{notes}", _NOTE * max(0, (size - len(text)) // len(_NOTE)))


def xbrl_document(company: str, year: int, chance: random.Random, size: int) -> str:
    """Accounts in XBRL with two balance sheets, of about `size` characters."""
    figures = "".join(
        _XBRL_FIGURE.format(name=name, context=context, value=chance.randrange(-1_000_000, 1_000_000))
        for name in _XBRL_FIGURES
        for context in ("now", "before")
    )
    text = _document(_XBRL, _XBRL_CONTEXT, "", company, year, figures, chance)
    return text.replace("{notes}", _XBRL_NOTE * max(0, (size - len(text)) // len(_XBRL_NOTE)))


def _document(
    template: str, context: str, prefix: str, company: str, year: int, figures: str, chance: random.Random
) -> str:
    """The document with `{notes}` left to be filled in."""
    instant = f"<{prefix}instant>{{}}</{prefix}instant>"
    periods = {
        "now": instant.format(f"{year}-03-31"),
        "before": instant.format(f"{year - 1}-03-31"),
        "year": f"<{prefix}startDate>{year - 1}-04-01</{prefix}startDate><{prefix}endDate>{year}-03-31"
        f"</{prefix}endDate>",
    }
    return template.format(
        company=company,
        name=f"Example {company} Limited",
        year=year,
        employees=chance.randrange(1, 250),
        contexts="".join(context.format(id=id, company=company, period=period) for id, period in periods.items()),
        figures=figures,
        notes="{notes}",
    )
