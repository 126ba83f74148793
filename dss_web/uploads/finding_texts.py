"""The sentences for each kind of finding; `explanations` fills in the places, and has those that need a decision.

`{where}` is `Line 7`, `{column}` is `column 2 (town)` with `{Column}` at the beginning of a sentence, `{save}` is how to
save a sheet as CSV.
"""

from typing import Final

from dss_web.shared.csv import FindingKind as Kind

TEXTS: Final[dict[Kind, str]] = {
    Kind.EMPTY: "The file is empty. Check that you chose the right file, and that it was saved.",
    Kind.UNPACKED: "The file is compressed ({found}). It is unpacked and read.",
    Kind.MANY_MEMBERS: "The ZIP file has {count:file|files} ({found}), but it must have one. Unpack it and upload one of them.",
    Kind.NO_SHEET: "The workbook has no sheet called “{found}”. Choose another.",
    Kind.FAR_CELLS: "The sheet “{found}” is too large to be read. A value may stand far to the right or far below the others. "
    "In Excel, press Ctrl and End to find it, delete those rows and columns, save the workbook, and upload it again.",
    Kind.UNPACKS_TO_TOO_MUCH: "The compressed file unpacks to {found}, which is too much to load. Split it, and upload "
    "each part as a dataset of its own.",
    Kind.LONG_LINE: "The file has {found}, so it is not CSV, or it has lost the ends of its lines. Open it in the program "
    "that made it, look at {save}",
    Kind.CELL_ERRORS: "{count:cell shows|cells show} an error such as #N/A, which is taken for an empty value.",
    Kind.NOT_TEXT: "This is not a CSV file: line {line} contains bytes that are not text. Open it in the program that made it, "
    "look at {save}",
    Kind.MARKS: "The file has byte order marks within its text, as files have that were joined or saved twice. They are "
    "left out.",
    Kind.UNDECODABLE: "{where} has a character that cannot be read: {found} is not {expected}. The text may have "
    "another encoding, or come from several programs. Open it in the program that made it, look at {save}",
    Kind.NUL: "{where} contains a NUL character, which no database takes. Open the file in the program that made it, "
    "delete it, and upload the file again.",
    Kind.CONTROLS: "{where} has characters that were damaged when the file was made ({found}). They are read as "
    "Windows-1252 ({expected}).",
    Kind.DECODED_TWICE: "The letters with accents were damaged when the file was made: it is UTF-8 that was read as "
    "Windows-1252 once before ({found}). They are put right ({expected}).",
    Kind.LOST_LETTERS: "{where} has a replacement character (�) in “{found}”: the letters were lost when the file was "
    "made. They are loaded like this. If you can, save the file again as “CSV UTF-8” from the program that has the letters.",
    Kind.INVISIBLE: "{where} has a character that shows nothing in “{found}”, as text has that was copied from a web page. "
    "It stays, so that the value is another than it looks like. Delete it in the file if it is not meant.",
    Kind.WRAPPED_LINES: "Every line stands in quotation marks as a whole ({found}), as a spreadsheet saves rows that it has "
    "in one column. These marks are left out and the values separated. Check that the columns below are right.",
    Kind.SPACES: "The values are separated by spaces, which may also stand within values. They are read as {expected}. "
    "Check that the columns below are right.",
    Kind.FIXED_WIDTH: "The columns seem to be kept apart by their positions, filled up with spaces. Open the file in a "
    "spreadsheet program as “fixed width”, look at {save}",
    Kind.UNCLOSED_QUOTE: "A value is opened by a quotation mark ({quote}) in line {line} that is never closed. Close it or "
    "delete it, and upload the file again.",
    Kind.STRAY_QUOTE: "{where} has a quotation mark ({quote}) in the middle of a value. Put the whole value in quotation "
    "marks and double those inside it, or delete the mark.",
    Kind.QUOTES_KEPT: "Quotation marks are read as characters of their values, since they do not enclose any (line {line}).",
    Kind.OTHER_QUOTES: "Values stand in quotation marks ({quote}), which are left out, from line {line} on.",
    Kind.LONG_VALUE: "A value that is opened by a quotation mark ({quote}) in line {line} has {found}. Look for a mark that is "
    "never closed. A longer value cannot be loaded.",
    Kind.SWALLOWED_ROWS: "The value that is opened by a quotation mark ({quote}) in line {line} goes on over several lines "
    "that look like rows. Check whether a mark is missing there.",
    Kind.NO_HEADER: "The file contains only empty lines. Check that you chose the right file.",
    Kind.HEADER_IS_DATA: "{where} looks like data ({found}), and not like the names of columns. It is read as a row, and the "
    "columns are called column_1, column_2 and so on. Name them, or say that the line is the header.",
    Kind.HEADER_DOUBTFUL: "{where} ({found}) is read as the names of the columns, but it could also be a row. Check which.",
    Kind.HEADER_LONG: "{where} has {found}, for {expected}. Look for a separator too many in that line, or for "
    "one that is missing in all others.",
    Kind.MERGED_VALUES: "{where} has a quotation mark within a value and another at the end of the next ({found}). A "
    "separator may be missing before the first. Check that line.",
    Kind.HEADER_SHORT: "{where} has {found}, but the rows have {expected}, of which the last are empty. They are left out.",
    Kind.HEADER_LINES: "The names of the columns are joined from {count:line|lines}, from line {line} on.",
    Kind.REPEATED_HEADER: "The names of the columns are repeated between the rows. The repetitions are left out.",
    Kind.RULE_LINE: "{count:line of dashes is|lines of dashes are} left out, from line {line} on.",
    Kind.TITLE_LINES: "The lines above the names of the columns are left out, from line {line} on: “{found}”.",
    Kind.COMMENT_LINES: "{count:line with a comment is|lines with comments are} left out, from line {line} on: “{found}”.",
    Kind.BLANK_ROWS: "{count:row without a value is|rows without a value are} left out.",
    Kind.FOOTER: "The lines below the table are left out, from line {line} on: “{found}”.",
    Kind.TOTAL: "{where} looks like a total, and is left out: “{found}”.",
    Kind.TOTAL_KEPT: "{where} looks like a total, as do lines above it: “{found}”. They are kept as rows. Delete them if they "
    "are totals.",
    Kind.ROW_NAMES: "The rows have {found}, but the names are those of {expected}, as R writes a table with the names of its "
    "rows. The first column gets the name column_1. Check that the names stand above their values.",
    Kind.NO_ROWS: "The file has column names but no rows below. Check that the data were saved with it.",
    Kind.TOO_MANY_VALUES: "{where} has {found}, but there are {expected}. If a value contains a {delimiter}, put it in "
    "quotation marks.",
    Kind.TOO_FEW_VALUES: "{where} has {found}, but there are {expected}. Add the values that are missing, or leave them "
    "empty but keep the separators. If the line is a note or a title, delete it.",
    Kind.SURPLUS_BLANKS: "{count:row has|rows have} empty values after the last column, which are left out.",
    Kind.CUT_OFF: "The file ends in the middle of line {line}, which has {found} for {expected}. It may have been cut off: "
    "get it again.",
    Kind.TOO_MANY_COLUMNS: "The file has {found} columns. A table can have {expected}. Delete columns that are empty or "
    "not needed, or divide them between two files.",
    Kind.ROW_TOO_WIDE: "{where} has {found}, but a row can have {expected}. Leave out columns, or split the file into several.",
    Kind.LEFT_OUT: "{count:column without a name and without a value is|columns without a name and without a value are} left out.",
    Kind.RENAMED: "“{found}” is called {expected} in the table.",
    Kind.UNNAMED_COLUMN: "{Column} has no name in the file. It is called {expected}.",
    Kind.CONVERTED: "Values of {column} are changed: “{found}” becomes “{expected}” ({count:value|values}).",
    Kind.CONVERTIBLE: "Values of {column} such as “{found}” are text. Choose “Decimal number” to make “{expected}” of it.",
    Kind.AMBIGUOUS_DATES: "The dates of {column} are read with the day first: “{found}” is {expected}. No value shows which "
    "comes first.",
    Kind.MIXED_DATES: "Some dates of {column} can only be read with the day first and others only with the month first, such "
    "as “{found}” in line {line}. They stay text.",
    Kind.SHORT_YEARS: "Years of {column} have two digits (“{found}”), so the century is not known. They stay text.",
    Kind.OFFSETS: "Times of {column} have an offset from UTC (“{found}”), which a date and time cannot keep. They stay text.",
    Kind.CUT_DIGITS: "{Column} has values such as “{found}” (line {line}). A spreadsheet writes a long number like this and "
    "loses its last digits. They stay text. Get the file again with this column as text, or choose “Decimal number” if these "
    "are measurements.",
    Kind.CURRENCIES: "{Column} has amounts in more than one currency ({found}). They stay text, because a number would lose "
    "its currency.",
    Kind.HASHES: "{Column} shows “{found}” {count:time|times}, from line {line} on: the column was too narrow when the file was "
    "saved, and its values are lost. Widen it in the spreadsheet and save the file again.",
    Kind.ONE_SIDED: "{Column} has only “{found}”, which may be a code. It stays text, and is not read as true or false.",
    Kind.NEARLY: "{Column} is text because of {count:value|values} such as “{found}” in line {line}.",
}
