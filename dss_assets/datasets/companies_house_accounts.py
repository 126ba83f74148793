"""Companies House accounts: the figures of accounts that companies filed as XBRL, a zip a day and a pack a month."""

from datetime import timedelta

from dss_assets.dataset import (
    Dataset,
    Fact,
    FactType,
    HtmlLinks,
    Incremental,
    Licence,
    NotNull,
    Severity,
    XbrlAccounts,
    attribute,
    either,
    element,
)

# Names seen from 2008 to 2026. In a `_CIC.zip` the accounts of a community interest company have a report beside them
# that is not taken (`cic34/`); a `.zip` without it is a document that was named so.
MEMBER = r"(?P<run_code>Prod\d+_\d+)_(?P<company_id>[A-Z0-9]+)_(?P<date>\d{8})(_CIC)?\.(html?|xhtml|xml|zip)"
NESTED = r"CIC-[^/]+/accounts/[^/]+\.(xhtml|html?|xml)"

TAXONOMIES = (
    "http://www.xbrl.org/uk/fr/gaap/pt/2004-12-01",
    "http://www.xbrl.org/uk/gaap/core/2009-09-01",
    "http://xbrl.frc.org.uk/fr/2014-09-01/core",
)

DOCUMENT_FACTS = (
    Fact.of(
        "balance_sheet_date",
        FactType.DATE,
        attribute("BalanceSheetDate"),
        element("BalanceSheetDate"),
        description="Date of the balance sheet.",
    ),
    Fact.of(
        "companies_house_registered_number",
        FactType.TEXT,
        attribute("UKCompaniesHouseRegisteredNumber"),
        element("CompaniesHouseRegisteredNumber"),
        description="The company's registered number, as the document states it.",
    ),
    Fact.of(
        "entity_current_legal_name",
        FactType.TEXT,
        attribute("EntityCurrentLegalOrRegisteredName"),
        element("EntityCurrentLegalName"),
        attribute("EntityCurrentLegalOrRegisteredName", inside="span"),
        description="The company's name.",
    ),
    Fact.of(
        "company_dormant",
        FactType.BOOLEAN,
        attribute("EntityDormantTruefalse"),
        attribute("EntityDormant"),
        element("CompanyDormant"),
        element("CompanyNotDormant", negated=True),
        description="Whether the company was dormant.",
    ),
    Fact.of(
        "average_number_employees_during_period",
        FactType.LABELLED_NUMBER,
        attribute("AverageNumberEmployeesDuringPeriod"),
        attribute("EmployeesTotal"),
        element("AverageNumberEmployeesDuringPeriod"),
        element("EmployeesTotal"),
        description="Average number of employees.",
    ),
)

# Each taxonomy has its own names for the same figure: those of 2004 and 2009 come first, those from 2014 on after them.
_FIGURES = {
    "tangible_fixed_assets": (
        either("FixedAssets"),
        either("TangibleFixedAssets"),
        attribute("PropertyPlantEquipment"),
    ),
    "debtors": (either("Debtors"),),
    "cash_bank_in_hand": (either("CashBankInHand"), attribute("CashBankOnHand")),
    "current_assets": (either("CurrentAssets"),),
    "creditors_due_within_one_year": (
        attribute("CreditorsDueWithinOneYear"),
        attribute("Creditors", context_with="WithinOneYear"),
    ),
    "creditors_due_after_one_year": (
        attribute("CreditorsDueAfterOneYear"),
        attribute("Creditors", context_with="AfterOneYear"),
    ),
    "net_current_assets_liabilities": (either("NetCurrentAssetsLiabilities"),),
    "total_assets_less_current_liabilities": (either("TotalAssetsLessCurrentLiabilities"),),
    "net_assets_liabilities_including_pension_asset_liability": (
        either("NetAssetsLiabilitiesIncludingPensionAssetLiability"),
        either("NetAssetsLiabilities"),
    ),
    "called_up_share_capital": (either("CalledUpShareCapital"), attribute("Equity", context_with="ShareCapital")),
    "profit_loss_account_reserve": (
        either("ProfitLossAccountReserve"),
        attribute("Equity", context_with="RetainedEarningsAccumulatedLosses"),
    ),
    "shareholder_funds": (either("ShareholderFunds"), attribute("Equity", context_without="segment")),
    "turnover_gross_operating_revenue": (either("TurnoverGrossOperatingRevenue"), either("TurnoverRevenue")),
    "other_operating_income": (either("OtherOperatingIncome"), either("OtherOperatingIncomeFormat2")),
    "cost_sales": (either("CostSales"),),
    "gross_profit_loss": (either("GrossProfitLoss"),),
    "administrative_expenses": (either("AdministrativeExpenses"),),
    "raw_materials_consumables": (either("RawMaterialsConsumables"), either("RawMaterialsConsumablesUsed")),
    "staff_costs": (either("StaffCosts"), either("StaffCostsEmployeeBenefitsExpense")),
    # "…_fixed_assets" in the Flask service's code, of which Postgres kept 63 bytes: clients read this name.
    "depreciation_other_amounts_written_off_tangible_intangible_fixe": (
        either("DepreciationOtherAmountsWrittenOffTangibleIntangibleFixedAssets"),
        either("DepreciationAmortisationImpairmentExpense"),
    ),
    "other_operating_charges_format2": (
        either("OtherOperatingChargesFormat2"),
        either("OtherOperatingExpensesFormat2"),
    ),
    "operating_profit_loss": (either("OperatingProfitLoss"),),
    "profit_loss_on_ordinary_activities_before_tax": (either("ProfitLossOnOrdinaryActivitiesBeforeTax"),),
    "tax_on_profit_or_loss_on_ordinary_activities": (
        either("TaxOnProfitOrLossOnOrdinaryActivities"),
        either("TaxTaxCreditOnProfitOrLossOnOrdinaryActivities"),
    ),
    "profit_loss_for_period": (either("ProfitLoss"), either("ProfitLossForPeriod")),
}

_MEANINGS = {
    "tangible_fixed_assets": "Tangible fixed assets.",
    "debtors": "Debtors.",
    "cash_bank_in_hand": "Cash at bank and in hand.",
    "current_assets": "Current assets.",
    "creditors_due_within_one_year": "Creditors: amounts falling due within one year.",
    "creditors_due_after_one_year": "Creditors: amounts falling due after more than one year.",
    "net_current_assets_liabilities": "Net current assets or liabilities.",
    "total_assets_less_current_liabilities": "Total assets less current liabilities.",
    "net_assets_liabilities_including_pension_asset_liability": "Net assets or liabilities, pensions included.",
    "called_up_share_capital": "Called up share capital.",
    "profit_loss_account_reserve": "Profit and loss account reserve.",
    "shareholder_funds": "Shareholders' funds.",
    "turnover_gross_operating_revenue": "Turnover.",
    "other_operating_income": "Other operating income.",
    "cost_sales": "Cost of sales.",
    "gross_profit_loss": "Gross profit or loss.",
    "administrative_expenses": "Administrative expenses.",
    "raw_materials_consumables": "Raw materials and consumables.",
    "staff_costs": "Staff costs.",
    "depreciation_other_amounts_written_off_tangible_intangible_fixe": (
        "Depreciation and other amounts written off tangible and intangible fixed assets."
    ),
    "other_operating_charges_format2": "Other operating charges, in accounts by type of expenditure.",
    "operating_profit_loss": "Operating profit or loss.",
    "profit_loss_on_ordinary_activities_before_tax": "Profit or loss on ordinary activities before tax.",
    "tax_on_profit_or_loss_on_ordinary_activities": "Tax on profit or loss on ordinary activities.",
    "profit_loss_for_period": "Profit or loss for the period.",
}

_FORMAT = XbrlAccounts(
    member=MEMBER,
    nested=NESTED,
    taxonomies=TAXONOMIES,
    document_facts=DOCUMENT_FACTS,
    period_facts=tuple(Fact(column, FactType.NUMBER, tags, _MEANINGS[column]) for column, tags in _FIGURES.items()),
)

ACCOUNTS = Dataset(
    organisation="companies_house",
    name="accounts_legacy",
    title="Companies House accounts",
    description="The figures of accounts that companies filed as XBRL, one row for each filing and period.",
    owner="datahub@businessandtrade.gov.uk",
    contact="enquiries@companieshouse.gov.uk",
    # Companies House has said that it does not use the Open Government Licence for the public record.
    licence=Licence(
        "Public record of Companies House, which does not restrict its use",
        "https://www.gov.uk/government/publications/companies-house-accreditation-to-information-fair-traders-scheme",
    ),
    source_page="https://download.companieshouse.gov.uk/en_accountsdata.html",
    # A file comes on most days. A week without one is longer than the holidays.
    late_after=timedelta(days=7),
    checks=(
        NotNull("company_id"),
        NotNull("date"),
        NotNull("balance_sheet_date", severity=Severity.WARN),
    ),
    source=HtmlLinks(
        # The last sixty days, and the last twelve months, which overlap with them. The page of historic months, from
        # 2008 on, is left out: 200 GB are fetched when somebody wants them.
        pages=(
            "https://download.companieshouse.gov.uk/en_accountsdata.html",
            "https://download.companieshouse.gov.uk/en_monthlyaccountsdata.html",
        ),
        name=r"Accounts_(Bulk_Data-\d{4}-\d{2}-\d{2}|Monthly_Data-[A-Za-z]+\d{4})\.zip",
        every=timedelta(hours=6),
    ),
    format=_FORMAT,
    # A filing comes in its day and again in its month.
    loading=Incremental(unit=("company_id", "date")),
    columns=_FORMAT.columns,
    dataflow_table="L0",
    # A pack of a month unpacks to some 20 GB.
    max_unpacked_bytes=64 * 1024**3,
    dated=(
        r"Accounts_Bulk_Data-(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)\.zip",
        # Accounts_Monthly_Data-April2014.zip; of the first two years, Accounts_Monthly_Data-JanuaryToDecember2008.zip.
        r"Accounts_Monthly_Data-(Jan(uary)?To)?(?P<month>[A-Za-z]+)(?P<year>\d{4})\.zip",
    ),
)
