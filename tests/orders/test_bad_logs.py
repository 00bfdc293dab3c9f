"""Files wrong in one way each (`bad_logs/`, and some too large to keep): a result or a clear error, nothing else."""

import datetime
import gzip
import io
import zipfile
from pathlib import Path

import pytest
from commands import refused
from logs import workbook

from simulator.orders import files, read_orders
from simulator.parameters import FileError

FOLDER = Path(__file__).parent / "bad_logs"
TODAY = datetime.date(2025, 1, 1)

READ = {  # orders and their turnover, and words of the notes or reasons
    "duplicate_heading_not_needed.csv": (1, 5.0, "Read as UTF-8 text, cells separated by comma"),
    "error_cells.xlsx": (1, 5.0, "1 cells hold an error such as #DIV/0! (the first: C2) and count as empty"),
    "formula_texts.csv": (2, 10.0, "2 customers"),
    "formulas_with_values.xlsx": (2, 5.0, "Read from the sheet 'Orders', the only one"),
    "gbk.csv": (2, 15.5, "Read as GB18030 text"),
    "good.csv.gz": (50, 1225.0, "50 customers"),
    "good.xlsx": (3, 16.734, "Dates were read as the workbook's dates"),
    "nan.csv": (1, 5.0, "missing date"),
    "negative.csv": (1, 5.0, "returned (negative)"),
    "one_customer.csv": (3, 37.5, "3 orders of 1 customers"),
    "short_lines.csv": (1, 5.0, "missing amount"),
    "utf16.csv": (1, 12.5, "Read as UTF-16 text, cells separated by tab"),
    "utf16_without_mark.csv": (1, 12.5, "Read as UTF-16-LE text"),
    "year_1900_once.csv": (1, 5.0, "date before 1970"),
    "year_2999_once.csv": (1, 5.0, "date after 2025-01-01"),
}
REFUSED = {
    "all_negative.csv": ["no line is left as an order", "'returned (negative)': 2"],
    "archive.xlsx": ["is a zip archive, no .xlsx workbook", "unpack it"],
    "bare_numbers_for_dates.xlsx": ["row 2: date 45292 cannot be read", "--date-format excel"],
    "binary.csv": ["line 3: byte 8 is zero: this is no text", "allowed: .csv, .csv.gz or .xlsx"],
    "binary_workbook.xlsb": ["no .xlsx workbook; save the .xlsb workbook as .xlsx"],
    "blank.csv": ["the file is empty"],
    "broken_utf8.csv": ["line 3: byte 45 is not UTF-8", "--encoding"],
    "currencies_column.csv": ["several currencies (lines: CNY 2, USD 1)", "a file for each currency"],
    "currencies_signs.csv": ["several currencies (lines: EUR 2, $ 1, without a sign 1)", "allowed: one"],
    "cut.csv.gz": ["cannot be read (gzip: Compressed file ended", "send it again"],
    "cut.xlsx": ["cannot be read (zip: File is not a zip file)", "save it again"],
    "cyrillic_1251.csv": ["line 1: byte 0 is not UTF-8", "does not look like UTF-16 or GBK"],
    "day_and_month.csv": ["line 2: date '13/02/2024' has the day first, line 3: date '02/14/2024' the month"],
    "day_numbers.csv": ["line 2: date '45292' cannot be read", "date_format='excel'"],
    "day_or_month.csv": ["line 3: date '05/03/2024' can be day first or month first", "'%d/%m/%Y' or '%m/%d/%Y'"],
    "duplicate_heading.csv": ["the heading 'date' stands over columns 2 and 4", "allowed: once"],
    "empty.csv": ["the file is empty"],
    "empty_sheet.xlsx": ["sheet 'Orders' has no cell"],
    "entities.xlsx": ["it declares entities"],
    "far_corner.xlsx": ["500 columns and 1,048,576 rows", "30,000,000 cells"],
    "formula_without_value.xlsx": ["cell C2: holds a formula without a stored value", "paste the values"],
    "free_text.csv": [
        "line 2: amount 'ask Bob' cannot be read as a number, one of 4 such lines in 5",
        "allowed: 1234.5",
    ],
    "header_only.csv": ["there is no line below the heading"],
    "infinite.csv": ["line 2: amount 'inf' cannot be read as a number"],
    "iso_and_slashes.csv": ["line 2: date '2024-05-03' has the year first, line 3: '13/03/2024' has it last"],
    "latin_1.csv": ["line 2: byte 24 is not UTF-8", "cp1252"],
    "no_customer.csv": ["cannot tell which column is the customer", "found: date, amount"],
    "no_customer_ids.csv": ["no line is left as an order", "'missing customer id': 2"],
    "not_xml.xlsx": ["cannot be read as a workbook", "save it again"],
    "old.xls": ["is an old .xls workbook or one with a password; save it as .xlsx"],
    "one_column.csv": ["line 1: 'customer' names one column only"],
    "orders.json": ["names one column only"],
    "point_and_comma.csv": ["line 2: amount '12.50' has a decimal point, line 3: amount '12,50' a decimal comma"],
    "point_or_thousands.csv": ["line 2: amount '1.234' can be read in two ways", "--decimal"],
    "quote_open.csv": ["EOF inside string starting at line 3", "quotation marks should come in pairs"],
    "quote_swallows_lines.csv": ["line 2: customer", "runs over several lines; close its quotation mark"],
    "ragged.csv": ["Expected 3 fields in line 3, saw 4"],
    "rounded_ids.csv": ["line 2: customer '1.23457E+17' has been rounded by a spreadsheet"],
    "swapped_dates.xlsx": ["row 2: date 2024-05-03", "swapped day and month"],
    "twice.csv.gz": ["is packed twice"],
    "two_amounts.csv": ["'amount (net)' and 'amount (gross)' (columns 3 and 4) could each be the amount", "--amount"],
    "two_sheets.xlsx": ["sheet 'Read me': cannot tell which column is the customer", "found: Exported by the till"],
    "unix_seconds.csv": ["line 2: date '1704067200' cannot be read"],
    "utf16_cut.csv": ["line 2: byte 80 is not UTF-16"],
    "web_page.xls": ["is a web page (HTML or XML)", "save it as .xlsx or CSV UTF-8"],
    "year_1900.csv": ["line 2: date '1900-01-01' is before 1970, one of 4 such lines in 24"],
    "year_2999.csv": ["line 22: date '2999-12-31' is in the future (after 2025-01-01), one of 4 such lines in 24"],
}


def test_every_file_has_an_expectation():
    assert sorted([*READ, *REFUSED]) == sorted(path.name for path in FOLDER.iterdir() if path.name != ".gitattributes")


@pytest.mark.parametrize("name", READ)
def test_what_can_be_read_is(name):
    log = read_orders(FOLDER / name, today=TODAY)
    orders, turnover, words = READ[name]
    assert (len(log.orders), log.orders["amount"].sum()) == (orders, pytest.approx(turnover))
    assert words in " ".join([*log.notes, *log.report["reason"]])


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_with_the_place(name):
    with pytest.raises(FileError) as error:
        read_orders(FOLDER / name, today=TODAY)
    said = str(error.value)
    assert said.startswith(f"{FOLDER / name}: ") and all(word in said for word in REFUSED[name]), said


@pytest.mark.parametrize("name", [*READ, *REFUSED])
def test_the_command_ends_with_one_message(name, tmp_path):
    said = refused("fit", FOLDER / name, "--out", tmp_path / "out")  # what can be read is too thin to be fitted
    assert said.startswith("loyalty: ") and name in said and not (tmp_path / "out").exists()


def test_two_sheets_can_be_told_apart():
    assert len(read_orders(FOLDER / "two_sheets.xlsx", sheet="Orders").orders) == 3
    with pytest.raises(FileError, match=r"sheet='Sales': there is no such sheet; found: Read me, Orders"):
        read_orders(FOLDER / "two_sheets.xlsx", sheet="Sales")
    with pytest.raises(FileError, match=r"sheet='Sales': the file is text and has no sheets"):
        read_orders(FOLDER / "gbk.csv", sheet="Sales")


@pytest.mark.parametrize(
    ("name", "options"),
    [("two_sheets.xlsx", ["--sheet", "Orders"]), ("latin_1.csv", ["--encoding", "cp1252"]),
     ("point_or_thousands.csv", ["--decimal", ","]), ("day_numbers.csv", ["--date-format", "excel"])],
)  # fmt: skip
def test_what_is_asked_can_be_told_to_the_command(name, options):
    assert "customers; at least 100 are needed for a fit" in refused("fit", FOLDER / name, *options)


def refused_bytes(tmp_path: Path, data: bytes, name: str = "log") -> str:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(FileError) as error:
        read_orders(path)
    return str(error.value)


def test_five_thousand_columns(tmp_path):
    headings = ",".join(["customer", "date", *(f"x{number}" for number in range(4998))])
    text = f"{headings}\n{','.join(['a', '2024-01-01', *['1'] * 4998])}\n"
    assert "has 5,000 columns; allowed: up to 500" in refused_bytes(tmp_path, text.encode())
    row = "".join(f"<c><v>{number}</v></c>" for number in range(5000))
    wide = workbook({"Orders": [[row], [row]]})
    assert "has 5,000 columns and 2 rows" in refused_bytes(tmp_path, wide)


def test_bombs_are_found_while_they_are_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MOST_BYTES", 1_000_000)
    assert "is larger, once unpacked, than it may be" in refused_bytes(tmp_path, gzip.compress(bytes(20_000_000)))
    several = gzip.compress(b"customer,date\n") + gzip.compress(b"a,2024-01-01\n" * 100_000)
    assert "allowed: up to 1,000,000 bytes" in refused_bytes(tmp_path, several)
    filled = workbook({"Orders": [["customer", "date"]]}, sheet1="<worksheet>" + " " * 2_000_000 + "</worksheet>")
    assert len(filled) < 10_000 and "or more; allowed: up to 1,000,000 bytes" in refused_bytes(tmp_path, filled)
    assert "has 1,000,001 bytes; allowed" in refused_bytes(tmp_path, b"x" * 1_000_001)


def with_claimed_size(data: bytes, size: int) -> bytes:
    """A workbook whose directory says of its sheet that it unpacks to `size` bytes."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            target.writestr(info.filename, source.read(info))
        sheet = next(info for info in target.filelist if "sheet1" in info.filename)
        sheet.file_size = size
    return changed.getvalue()


def test_a_zip_that_claims_gigabytes_and_one_that_claims_too_little(tmp_path):
    honest = workbook({"Orders": [["customer", "date"], *[["a", datetime.datetime(2024, 1, 1)]] * 1000]})
    assert "unpacks to 9,000," in refused_bytes(tmp_path, with_claimed_size(honest, 9_000_000_000))
    assert "Bad CRC-32" in refused_bytes(tmp_path, with_claimed_size(honest, 10))


@pytest.mark.parametrize("at", range(0, 1500, 53))
def test_a_workbook_with_a_byte_changed_is_read_or_refused(tmp_path, at):
    data = bytearray((FOLDER / "good.xlsx").read_bytes())
    data[at % len(data)] ^= 0x55
    path = tmp_path / "changed.xlsx"
    path.write_bytes(data)
    try:
        assert len(read_orders(path, today=TODAY).orders) == 3
    except FileError as error:
        assert str(path) in str(error)


def test_what_is_no_file(tmp_path):
    with pytest.raises(FileError, match=r"is a folder; give a .csv, .csv.gz or .xlsx file"):
        read_orders(tmp_path)
    with pytest.raises(FileError, match=r"is no ordinary file"):
        read_orders("/dev/zero" if Path("/dev/zero").exists() else tmp_path / "\0")
    with pytest.raises(FileError, match="cannot be read"):
        read_orders("a\0b.csv")
