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
    "cp1252": "Windows-1252 (Western European)",
}
DELIMITER_TITLES: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
