"""What keeps the promises about the pages of a dataset."""

from tests.promises.mechanism import Mechanism

_BOUNDED = "No page about a dataset scans its table, however large that is and whatever a person asks"
_PERSONAL = "No value that may be personal is shown to people who did not ask for rows"
_CHECKED = "What a person downloads can be checked by its checksum, which nobody else sees"
_FORMULAS = "No CSV that people download holds a formula, unless they ask for the values as they are"

MECHANISMS = (
    Mechanism(
        promise=_BOUNDED,
        file="dss_web/catalogue/preview.py",
        text="where=_where([_from(first)]), limit=sql.Literal(WINDOW))",
        replacement="where=_where([_from(first)]), limit=sql.Literal(None))",
        test="tests/catalogue/test_rows.py::test_a_filter_without_an_index_looks_at_a_part_of_the_table_and_says_so",
    ),
    Mechanism(
        promise=_BOUNDED,
        file="dss_web/catalogue/facts.py",
        text="            is_whole = high - low < LOOKED_AT_AS_A_WHOLE\n",
        replacement="            is_whole = True\n",
        test="tests/catalogue/test_dataset_pages.py::test_a_large_table_is_sampled_from_its_first_to_its_last_row",
    ),
    Mechanism(
        promise=_PERSONAL,
        file="dss_web/catalogue/dataset_page.py",
        text="return self.entry.may_hold_personal_data is not False",
        replacement="return False",
        test="tests/catalogue/test_uploaded_pages.py::test_no_value_is_shown_unasked_where_it_may_be_personal",
    ),
    Mechanism(
        promise=_CHECKED,
        file="dss_web/catalogue/download_views.py",
        text="TableExport.objects.filter(client_id=reader(person), schema_name=schema)",
        replacement="TableExport.objects.filter(schema_name=schema)",
        test="tests/catalogue/test_downloads.py::test_nobody_else_sees_the_checksums_of_a_person",
    ),
    Mechanism(
        promise=_FORMULAS,
        file="dss_web/catalogue/download_views.py",
        text='{"formulas": Formulas.ESCAPE, **asked}',
        replacement="asked",
        test="tests/catalogue/test_downloads.py"
        "::test_a_csv_for_people_has_no_formula_unless_they_ask_for_values_as_they_are",
    ),
)
