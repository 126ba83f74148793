"""What people call types, encodings and separators."""

from typing import Final

from dss_web.shared.contract import ColumnType

TYPE_TITLES: Final = {
    ColumnType.TEXT: "Text",
    ColumnType.INTEGER: "Whole number",
    ColumnType.BIGINT: "Large whole number",
    ColumnType.NUMERIC: "Decimal number",
    ColumnType.BOOLEAN: "True or false",
    ColumnType.DATE: "Date",
    ColumnType.TIMESTAMP: "Date and time",
}
# What a value of a type looks like, for the person who has to correct one.
TYPE_EXAMPLES: Final = {
    ColumnType.TEXT: "anything",
    ColumnType.INTEGER: "a whole number from -2147483648 to 2147483647, such as 1250",
    ColumnType.BIGINT: "a whole number, such as 9000000000",
    ColumnType.NUMERIC: "a number without thousands separators, such as 1250.75",
    ColumnType.BOOLEAN: "true or false, or yes or no",
    ColumnType.DATE: "a date such as 2024-03-31 or 31/03/2024",
    ColumnType.TIMESTAMP: "a date and time such as 2024-03-31 14:30 or 31/03/2024 14:30",
}
# By Python's names, as the upload's row has them.
ENCODING_TITLES: Final = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
    "utf-32-le": "UTF-32",
    "utf-32-be": "UTF-32",
    "cp1252": "Windows-1252 (Western European)",
    "iso8859-15": "ISO 8859-15 (Western European)",
    "cp850": "DOS (Western European)",
    "cp437": "DOS (United States)",
    "mac-roman": "Mac Roman",
    "cp1250": "Windows-1250 (Central European)",
    "iso8859-2": "ISO 8859-2 (Central European)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "koi8-r": "KOI8-R (Russian)",
    "koi8-u": "KOI8-U (Ukrainian)",
    "cp866": "DOS (Cyrillic)",
    "iso8859-5": "ISO 8859-5 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "iso8859-7": "ISO 8859-7 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "cp1257": "Windows-1257 (Baltic)",
    "cp1255": "Windows-1255 (Hebrew)",
    "cp1256": "Windows-1256 (Arabic)",
    "cp874": "Windows-874 (Thai)",
    "cp932": "Shift JIS (Japanese)",
    "iso2022_jp": "ISO 2022 (Japanese)",
    "euc-jp": "EUC (Japanese)",
    "gb18030": "GB 18030 (Chinese)",
    "big5": "Big5 (Chinese)",
    "cp949": "Korean",
}
DELIMITER_TITLES: Final = {
    ",": "comma",
    ";": "semicolon",
    "\t": "tab",
    "|": "vertical bar",
    " ": "space",
    ":": "colon",
    "^": "caret",
    "~": "tilde",
    "\x01": "control character 1",
    "": "none",
}
