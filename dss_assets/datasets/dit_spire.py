"""SPIRE: what is published of export licences, in 25 tables that refer to one another.

Keys and checks are those of the service's tables so far. The names of the tables and columns are known to clients.
"""

from datetime import timedelta

from dss_assets.dataset import (
    NO_REJECTS,
    OPEN_GOVERNMENT_LICENCE,
    Check,
    Dataset,
    Delimited,
    ForeignKey,
    Member,
    QuotedNulls,
    Release,
    ReleasedTable,
    StorageFolder,
)
from dss_assets.datasets.dit_spire_meanings import OWN, SHARED, TABLES

_BATCH = ForeignKey(("batch_id",), "batches")
_APPLICATION = ForeignKey(("ela_grp_id",), "applications")
_GOODS_INCIDENT = ForeignKey(("gi_id",), "goods_incidents")

_CASE_TYPE = Check(
    "case_type IN ('SIEL', 'OIEL', 'SITCL', 'OITCL', 'OGEL', 'GPL', 'TA_SIEL', 'TA_OIEL')",
    "SIEL, OIEL, SITCL, OITCL, OGEL, GPL, TA_SIEL or TA_OIEL",
)
_CASE_SUB_TYPE = Check(
    "case_type = 'SIEL' AND case_sub_type IN ('PERMANENT', 'TEMPORARY', 'TRANSHIPMENT')"
    " OR case_type = 'OIEL' AND case_sub_type IN ('DEALER', 'MEDIA', 'MIL_DUAL', 'UKCONTSHELF', 'CRYPTO')"
    " OR case_type IN ('SITCL', 'OITCL', 'OGEL', 'GPL', 'TA_SIEL', 'TA_OIEL') AND case_sub_type IS NULL",
    "a sub type of SIEL (PERMANENT, TEMPORARY, TRANSHIPMENT) or OIEL (DEALER, MEDIA, MIL_DUAL, UKCONTSHELF, CRYPTO), "
    "and none for the other types",
)
_VERSION = Check("version_no >= 0", "a version from 0 on")
_ENDED = Check(
    "status_control = 'C' AND end_datetime IS NULL OR status_control IS NULL AND end_datetime IS NOT NULL",
    "C without an end, or no status with an end",
)


def _one_of(column: str, *values: str) -> Check:
    listed = ", ".join(f"'{value}'" for value in values)
    return Check(f"{column} IN ({listed})", f"one of {', '.join(values)}")


def _flag(column: str) -> Check:
    return Check(f"{column} IN (0, 1)", "0 or 1")


def _members(folder: str, table: str) -> tuple[Member, ...]:
    """Any CSV in the folder that operators have for a table, or the one with the table's name in the plural or not."""
    return Member(rf"(.*/)?{folder}/[^/]+\.csv"), Member(rf"(.*/)?({table}|{folder})\.csv")


_TABLES = (
    ReleasedTable.of(
        "batches",
        """id integer, batch_ref text not null, status text not null, start_date timestamp, end_date timestamp,
        approve_date timestamp not null, release_date timestamp, staging_date timestamp""",
        members=_members("batch", "batches"),
        primary_key=("id",),
        checks=(
            _one_of("status", "RELEASED", "STAGING"),
            Check(
                "batch_ref LIKE 'C%' AND start_date IS NULL AND end_date IS NULL OR batch_ref NOT LIKE 'C%'"
                " AND start_date IS NOT NULL AND date_trunc('day', start_date) = start_date"
                " AND end_date IS NOT NULL AND date_trunc('day', end_date) = end_date AND start_date <= end_date",
                "neither start nor end for a reference with C, and otherwise both, at midnight and in this order",
            ),
        ),
    ),
    ReleasedTable.of(
        "country_groups", "id integer", members=_members("country_group", "country_groups"), primary_key=("id",)
    ),
    ReleasedTable.of(
        "end_users",
        """eu_id integer, version_number integer, ela_grp_id integer, end_user_type text, country_id integer,
        end_user_count integer, start_date timestamp, status_control text, batch_id integer""",
        members=_members("end_user", "end_users"),
        primary_key=("eu_id", "version_number"),
    ),
    ReleasedTable.of(
        "footnotes",
        "id integer, text text, status text not null",
        members=_members("footnote", "footnotes"),
        primary_key=("id",),
        checks=(_one_of("status", "CURRENT", "DELETED", "ARCHIVED"),),
    ),
    ReleasedTable.of(
        "media_footnotes", "id integer", members=_members("media_footnote", "media_footnotes"), primary_key=("id",)
    ),
    ReleasedTable.of(
        "media_footnote_countries",
        """id integer, ela_grp_id integer not null, mf_grp_id integer not null, country_id integer not null,
        country_name text not null, status_control text, start_datetime timestamp not null, end_datetime timestamp""",
        members=_members("media_footnote_country", "media_footnote_countries"),
        primary_key=("id",),
        checks=(_ENDED,),
    ),
    ReleasedTable.of(
        "ogl_types",
        """id integer, title text not null, start_datetime timestamp not null, end_datetime timestamp,
        display_order integer, f680_flag text""",
        members=_members("ogl_type", "ogl_types"),
        primary_key=("id",),
    ),
    ReleasedTable.of(
        "ref_ars_subjects",
        "ars_value text, ars_subject text not null",
        members=_members("ref_ars_subject", "ref_ars_subjects"),
        primary_key=("ars_value",),
    ),
    ReleasedTable.of(
        "ref_country_mappings",
        "country_id integer, country_name text not null",
        members=_members("ref_country_mapping", "ref_country_mappings"),
        primary_key=("country_id",),
    ),
    ReleasedTable.of(
        "ref_do_not_report_values",
        "dnr_type text, dnr_value text",
        members=_members("ref_do_not_report_value", "ref_do_not_report_values"),
        primary_key=("dnr_type", "dnr_value"),
    ),
    ReleasedTable.of(
        "ref_report_ratings",
        "rating text, report_rating text not null",
        members=_members("ref_report_rating", "ref_report_ratings"),
        primary_key=("rating",),
    ),
    ReleasedTable.of(
        "applications",
        """ela_grp_id integer, case_type text not null, case_sub_type text, initial_processing_time integer not null,
        case_closed_date timestamp not null, withheld_status text, batch_id integer not null, ela_id integer""",
        members=_members("application", "applications"),
        primary_key=("ela_grp_id",),
        foreign_keys=(_BATCH,),
        checks=(_CASE_TYPE, _CASE_SUB_TYPE, _one_of("withheld_status", "PENDING", "WITHHELD")),
    ),
    ReleasedTable.of(
        "country_group_entries",
        "cg_id integer, country_id integer",
        members=_members("country_group_entry", "country_group_entries"),
        primary_key=("cg_id", "country_id"),
        foreign_keys=(ForeignKey(("cg_id",), "country_groups"),),
    ),
    ReleasedTable.of(
        "media_footnote_details",
        """id integer, mf_id integer not null, status_control text, start_datetime timestamp not null,
        end_datetime timestamp, footnote_type text not null, display_text text not null,
        single_footnote_text text not null, joint_footnote_text text""",
        members=_members("media_footnote_detail", "media_footnote_details"),
        primary_key=("id",),
        foreign_keys=(ForeignKey(("mf_id",), "media_footnotes"),),
        checks=(_ENDED, _one_of("footnote_type", "STANDARD", "END_USER")),
    ),
    ReleasedTable.of(
        "returns",
        """elr_id integer, elr_version integer, status text not null, created_datetime timestamp not null,
        status_control text not null, batch_id integer not null, licence_type text not null, el_id integer not null,
        ogl_id integer, return_period_date timestamp, end_country_id integer, usage_count integer, end_user_type text,
        eco_comment text""",
        members=_members("return", "returns"),
        primary_key=("elr_id", "elr_version"),
        foreign_keys=(_BATCH,),
        checks=(
            Check("elr_version > 0", "a version from 1 on"),
            _one_of("status", "WITHDRAWN", "ACTIVE"),
            _one_of("status_control", "A", "P", "C"),
            _one_of("licence_type", "OGEL", "OIEL", "OITCL"),
            Check("(licence_type = 'OGEL') = (ogl_id IS NOT NULL)", "an ogl_id for OGEL, and none for other types"),
        ),
    ),
    ReleasedTable.of(
        "application_amendments",
        """ela_grp_id integer, ela_id integer, case_type text not null, case_sub_type text,
        case_processing_time integer not null, amendment_closed_date timestamp not null, withheld_status text,
        batch_id integer not null""",
        members=_members("application_amendment", "application_amendments"),
        primary_key=("ela_grp_id", "ela_id"),
        foreign_keys=(_APPLICATION,),
    ),
    ReleasedTable.of(
        "application_countries",
        """ela_grp_id integer, country_id integer, report_date timestamp not null, start_date timestamp not null,
        batch_id integer not null""",
        members=_members("application_country", "application_countries"),
        primary_key=("ela_grp_id", "country_id"),
        foreign_keys=(_BATCH, _APPLICATION),
    ),
    ReleasedTable.of(
        "footnote_entries",
        """fne_id integer, fn_id integer, ela_grp_id integer not null, goods_item_id integer, country_id integer,
        fnr_id integer, start_date timestamp not null, version_no integer, batch_id integer not null,
        status_control text not null, mfd_id integer, mf_grp_id integer, mf_free_text text""",
        members=_members("footnote_entry", "footnote_entries"),
        primary_key=("fne_id", "version_no"),
        foreign_keys=(
            _BATCH,
            _APPLICATION,
            ForeignKey(("fn_id",), "footnotes"),
            ForeignKey(("mfd_id",), "media_footnote_details"),
        ),
        checks=(
            Check(
                "num_nonnulls(goods_item_id, country_id, fnr_id) <= 1 AND fnr_id IS NULL"
                " OR goods_item_id IS NULL AND country_id IS NOT NULL AND fnr_id IS NOT NULL",
                "none of the three, only goods_item_id, only country_id, or country_id with fnr_id",
            ),
            _VERSION,
            Check(
                "num_nonnulls(fn_id, mfd_id, mf_free_text) = 1 AND (fn_id IS NULL) = (mf_grp_id IS NOT NULL)",
                "fn_id alone, or mf_grp_id with either mfd_id or mf_free_text",
            ),
        ),
    ),
    ReleasedTable.of(
        "goods_incidents",
        """id integer, inc_id integer not null, type text not null, goods_item_id integer not null,
        dest_country_id integer not null, source_country_grp_id integer, report_date timestamp not null,
        ela_grp_id integer not null, start_date timestamp not null, version_no integer not null,
        batch_id integer not null, status_control text not null""",
        members=_members("goods_incident", "goods_incidents"),
        primary_key=("id",),
        foreign_keys=(_BATCH, _APPLICATION, ForeignKey(("source_country_grp_id",), "country_groups")),
        checks=(_one_of("type", "REFUSAL", "ISSUE", "REVOKE", "SURRENDER"), _VERSION),
    ),
    ReleasedTable.of(
        "incidents",
        """inc_id integer, batch_id integer not null, status text not null, type text not null,
        case_type text not null, case_sub_type text, ela_grp_id integer not null, ela_id integer, licence_id integer,
        report_date timestamp not null, temporary_licence_flag integer not null,
        licence_conversion_flag integer not null, incorporation_flag integer not null, mil_flag integer not null,
        other_flag integer not null, torture_flag integer not null, start_date timestamp not null, version_no integer,
        ogl_id integer, status_control text not null, else_id integer, stakeholders_confirmed text""",
        members=_members("incident", "incidents"),
        primary_key=("inc_id", "version_no"),
        foreign_keys=(_BATCH, _APPLICATION),
        checks=(
            _one_of("status", "READY", "FOR_ATTENTION"),
            _VERSION,
            Check("(case_type = 'OGEL') = (ogl_id IS NOT NULL)", "an ogl_id for OGEL, and none for other types"),
            Check("(type = 'REFUSAL') = (licence_id IS NULL)", "a licence_id, except for a refusal"),
            Check("(type = 'SUSPENSION') = (else_id IS NOT NULL)", "an else_id for a suspension, and none otherwise"),
            _one_of("type", "REFUSAL", "ISSUE", "REDUCTION", "REVOKE", "DEREGISTRATION", "SUSPENSION", "SURRENDER"),
            _CASE_TYPE,
            _CASE_SUB_TYPE,
            _flag("temporary_licence_flag"),
            _flag("licence_conversion_flag"),
            _flag("incorporation_flag"),
            _flag("mil_flag"),
            _flag("other_flag"),
            _flag("torture_flag"),
        ),
    ),
    ReleasedTable.of(
        "third_parties",
        """tp_id integer, ela_grp_id integer not null, sh_id integer, country_id integer not null,
        ultimate_end_user_flag integer, start_date timestamp not null, version_no integer, batch_id integer not null,
        status_control text not null""",
        members=_members("third_party", "third_parties"),
        primary_key=("tp_id", "version_no"),
        foreign_keys=(_BATCH, _APPLICATION),
        checks=(_flag("ultimate_end_user_flag"), _VERSION),
    ),
    ReleasedTable.of(
        "ultimate_end_users",
        """ueu_id integer, ela_grp_id integer not null, country_id integer not null, status_control text not null,
        start_date timestamp not null, version_no integer, batch_id integer not null, sh_id integer,
        ultimate_end_user_flag integer""",
        members=_members("ultimate_end_user", "ultimate_end_users"),
        primary_key=("ueu_id", "version_no"),
        foreign_keys=(_BATCH, _APPLICATION),
        checks=(_VERSION, _one_of("status_control", "A", "P", "C", "D")),
    ),
    ReleasedTable.of(
        "ars",
        "gi_id integer, ars_value text, ars_quantity integer",
        members=_members("ars", "ars"),
        primary_key=("gi_id", "ars_value"),
        foreign_keys=(_GOODS_INCIDENT,),
    ),
    ReleasedTable.of(
        "control_entries",
        "gi_id integer, rating text, value numeric",
        members=_members("control_entry", "control_entries"),
        primary_key=("gi_id", "rating"),
        foreign_keys=(_GOODS_INCIDENT, ForeignKey(("rating",), "ref_report_ratings")),
    ),
    ReleasedTable.of(
        "reasons_for_refusal",
        "gi_id integer, reason_for_refusal text",
        members=_members("reason_for_refusal", "reasons_for_refusal"),
        primary_key=("gi_id", "reason_for_refusal"),
        foreign_keys=(_GOODS_INCIDENT,),
    ),
)

SPIRE = Dataset(
    organisation="dit",
    name="spire",
    title="SPIRE export licences",
    description="Export licences: applications, their incidents, end users, footnotes and returns.",
    owner="datahub@businessandtrade.gov.uk",
    contact="datahub@businessandtrade.gov.uk",
    licence=OPEN_GOVERNMENT_LICENCE,
    source_page="https://www.gov.uk/government/collections/strategic-export-controls-licensing-data",
    # The licensing statistics come each quarter; a month later a release is missed.
    late_after=timedelta(days=120),
    source=StorageFolder(name=r"(?i).+\.zip", every=timedelta(minutes=1), packed_as="packed.zip"),
    # The Flask service took these words for NULL wherever they were a whole value, and operators' exports quote all.
    format=Delimited(nulls=("null", "NULL"), quoted_nulls=QuotedNulls.NULL),
    loading=Release(
        tuple(table.described(TABLES[table.name], OWN.get(table.name, {}), SHARED) for table in _TABLES),
        schema="spire",
    ),
    # Its tables refer to one another: a release counts as a whole or not at all.
    reject_limit=NO_REJECTS,
)
