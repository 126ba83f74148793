"""A small release of SPIRE, with made-up rows for all of its tables."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

# Each table with the folder that operators have for it and two rows, quoted or not, with all words for NULL.
RELEASE: Final[Mapping[str, tuple[str, str]]] = {
    "batches": (
        "batch",
        "id,batch_ref,status,start_date,end_date,approve_date,release_date,staging_date\n"
        "1,C41,RELEASED,,,2020-4-27 11:03:38,NULL,null\n"
        '"2","15","STAGING","2019-3-12 00:00:00","2019-5-15 00:00:00","2019-8-14 10:01:27","NULL",""\n',
    ),
    "country_groups": ("country_group", "id\n1\n2\n"),
    "end_users": (
        "end_user",
        "eu_id,version_number,ela_grp_id,end_user_type,country_id,end_user_count,start_date,status_control,batch_id\n"
        "1,3,269891,OTHER,166,1,2019-4-25 12:35:57,C,23\n2,1,893207,,138,3,2018-12-7 05:25:36,C,42\n",
    ),
    "footnotes": ("footnote", 'id,text,status\n1,,CURRENT\n2,"One, ""two"",\nthree.",DELETED\n'),
    "media_footnotes": ("media_footnote", "id\n1\n2\n"),
    "media_footnote_countries": (
        "media_footnote_country",
        "id,ela_grp_id,mf_grp_id,country_id,country_name,status_control,start_datetime,end_datetime\n"
        "1,716721,3,78,Ruritania,C,2018-5-1 23:40:30,\n2,725092,3,90,Freedonia,,2018-9-13 12:29:41,2019-7-3 00:00:00\n",
    ),
    "ogl_types": (
        "ogl_type",
        "id,title,start_datetime,end_datetime,display_order,f680_flag\n"
        "1,Show.,2018-8-6 10:00:35,2019-10-16 00:00:00,594,\n3,Activity.,2018-8-10 05:13:59,,461,Y\n",
    ),
    "ref_ars_subjects": ("ref_ars_subject", "ars_value,ars_subject\nUnderwater pump,Pumps.\nLens,Optics.\n"),
    "ref_country_mappings": ("ref_country_mapping", "country_id,country_name\n1,Ruritania\n2,Freedonia\n"),
    "ref_do_not_report_values": ("ref_do_not_report_value", "dnr_type,dnr_value\nCE,PL9010\nARS_SUBJECT,Lens\n"),
    "ref_report_ratings": ("ref_report_rating", "rating,report_rating\nML10b,ML10\nPL5001,ML1\n"),
    "applications": (
        "application",
        "ela_grp_id,case_type,case_sub_type,initial_processing_time,case_closed_date,withheld_status,batch_id,ela_id\n"
        "1,GPL,,3099,2015-2-11 00:00:00,WITHHELD,1,44\n8,OIEL,UKCONTSHELF,7136,2018-5-23 00:00:00,,2,\n",
    ),
    "country_group_entries": ("country_group_entry", "cg_id,country_id\n1,1\n2,1\n"),
    "media_footnote_details": (
        "media_footnote_detail",
        "id,mf_id,status_control,start_datetime,end_datetime,footnote_type,display_text,single_footnote_text,"
        "joint_footnote_text\n1,1,C,2018-10-4 06:07:03,,STANDARD,Region.,Huge.,Open.\n"
        "2,2,,2018-11-4 20:34:14,2018-12-4 20:34:14,END_USER,People.,Purse.,\n",
    ),
    "returns": (
        "return",
        "elr_id,elr_version,status,created_datetime,status_control,batch_id,licence_type,el_id,ogl_id,"
        "return_period_date,end_country_id,usage_count,end_user_type,eco_comment\n"
        "1,48,WITHDRAWN,2018-7-6 20:05:56,P,1,OGEL,29037,34,,,1,OTHER,\n"
        "2,37,ACTIVE,2018-12-9 10:41:05,C,2,OITCL,13370,,2018-12-31 00:00:00,4,1,COM,Late\n",
    ),
    "application_amendments": (
        "application_amendment",
        "ela_grp_id,ela_id,case_type,case_sub_type,case_processing_time,amendment_closed_date,withheld_status,batch_id\n"
        "8,1,SITCL,Any,4320,2003-2-28 00:00:00,WITHHELD,19\n8,2,SIEL,,3060,2019-7-25 00:00:00,,42\n",
    ),
    "application_countries": (
        "application_country",
        "ela_grp_id,country_id,report_date,start_date,batch_id\n"
        "1,1,2019-9-14 23:30:19,2019-3-18 17:40:42,1\n8,1,2020-3-8 05:52:16,2019-3-6 09:33:33,2\n",
    ),
    "footnote_entries": (
        "footnote_entry",
        "fne_id,fn_id,ela_grp_id,goods_item_id,country_id,fnr_id,start_date,version_no,batch_id,status_control,mfd_id,"
        "mf_grp_id,mf_free_text\n1,2,1,144,,,2018-7-4 07:18:27,3,1,A,,,\n2,,8,,4,7,2018-10-23 15:38:18,0,2,C,,5,Free\n",
    ),
    "goods_incidents": (
        "goods_incident",
        "id,inc_id,type,goods_item_id,dest_country_id,source_country_grp_id,report_date,ela_grp_id,start_date,"
        "version_no,batch_id,status_control\n1,38,REVOKE,198,57,2,2019-9-3 00:00:00,8,2018-11-28 00:00:00,2,1,A\n"
        "2,173,ISSUE,69,130,,2019-12-1 00:00:00,1,2018-10-5 00:00:00,0,2,C\n",
    ),
    "incidents": (
        "incident",
        "inc_id,batch_id,status,type,case_type,case_sub_type,ela_grp_id,ela_id,licence_id,report_date,"
        "temporary_licence_flag,licence_conversion_flag,incorporation_flag,mil_flag,other_flag,torture_flag,start_date,"
        "version_no,ogl_id,status_control,else_id,stakeholders_confirmed\n"
        "1,1,READY,SURRENDER,OGEL,,1,,54207,2018-5-10 23:25:45,1,0,1,0,1,1,2019-8-29 10:05:13,2,25,A,,\n"
        "2,2,READY,REFUSAL,SIEL,PERMANENT,8,3,,2018-6-8 04:14:24,0,0,1,1,1,0,2018-12-18 07:49:54,2,,C,,yes\n",
    ),
    "third_parties": (
        "third_party",
        "tp_id,ela_grp_id,sh_id,country_id,ultimate_end_user_flag,start_date,version_no,batch_id,status_control\n"
        "1,1,,141,1,2018-10-4 18:14:53,2,1,D\n2,8,5,28,,2018-12-16 06:00:28,2,2,C\n",
    ),
    "ultimate_end_users": (
        "ultimate_end_user",
        "ueu_id,ela_grp_id,country_id,status_control,start_date,version_no,batch_id,sh_id,ultimate_end_user_flag\n"
        "1,1,172,C,2019-1-3 03:53:11,0,1,,\n2,8,52,P,2018-10-21 08:02:59,0,2,6,1\n",
    ),
    "ars": ("ars", "gi_id,ars_value,ars_quantity\n1,Underwater pump,\n2,Lens,8\n"),
    "control_entries": ("control_entry", "gi_id,rating,value\n1,ML10b,717489.82\n2,PL5001,\n"),
    "reasons_for_refusal": ("reason_for_refusal", "gi_id,reason_for_refusal\n1,Criterion 2\n1,Criterion 7\n"),
}


def write_release(path: Path, date: tuple[int, int, int, int, int, int]) -> None:
    """The release as a zip, with one CSV for each table, named by it. Its members are of this `date`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for table, (_, text) in RELEASE.items():
            archive.writestr(zipfile.ZipInfo(f"{table}.csv", date), text)
