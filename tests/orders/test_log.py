"""Order logs: files of many kinds read, every line accounted for, wrong files refused in plain words."""

import datetime
import gzip
import time
from pathlib import Path

import pandas as pd
import pytest
from logs import wholesaler, workbook

from simulator.clock import SeasonClock
from simulator.orders import OrderLog, monday_after, read_orders, summary
from simulator.parameters import FileError

LINES = """InvoiceNo,Description,Quantity,InvoiceDate,UnitPrice,CustomerID
1,tea,2,2024-03-01 09:00,3.00,A
1,cup,1,2024-03-01 09:00,4.50,A
1,cup,1,2024-03-01 09:00,4.50,A
2,tea,1,2024-03-01 17:00,3.00,A
3,tea,1,2024-03-09,3.00,A
C4,tea,-1,2024-03-10,3.00,A
5,pot,-2,2024-03-11,20.00,B
6,gift,1,2024-03-11,0.00,B
7,pot,1,someday,20.00,B
8,pot,1,2024-03-12,20.00,
9,pot,1,2024-03-12,20.00,B
"""


def written(folder: Path, text: str, name: str = "log.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode("utf-8"))
    return path


def cdnow_csv(folder: Path) -> Path:
    datasets = pytest.importorskip("lifetimes.datasets", reason="lifetimes (extra `test`) is not installed")
    raw = Path(datasets.__file__).parent / "CDNOW_sample.txt"
    rows = [line.split() for line in raw.read_text().splitlines() if line.strip()]
    return written(folder, "customer,date,amount\n" + "".join(f"{row[1]},{row[2]},{row[4]}\n" for row in rows))


def test_order_lines_become_orders_and_every_line_is_accounted_for(tmp_path):
    log = read_orders(written(tmp_path, LINES))
    rows = log.report.set_index("reason")["rows"]
    assert rows.to_dict() == {
        "kept": 5, "missing customer id": 1, "unreadable date": 1, "cancelled (order number C…)": 1,
        "returned (negative)": 1, "price or quantity zero": 1, "exact duplicate of a line above": 1,
    }  # fmt: skip
    assert rows.sum() == LINES.count("\n") - 1
    assert log.report.set_index("reason").loc["returned (negative)", "amount"] == -40
    assert set(log.report.loc[log.report["reason"] != "kept", "fate"]) == {"dropped"}
    assert log.orders["customer_id"].tolist() == ["A", "A", "B"]
    assert log.orders["amount"].tolist() == [2 * 3 + 4.5 + 3, 3.0, 20.0]
    assert log.orders_before_merging == 4
    assert log.orders["time"][0] == pd.Timestamp("2024-03-01 09:00")
    assert (log.columns["how"] == "guessed").all() and log.customers == 2 and log.end == datetime.date(2024, 3, 12)
    assert any("1 orders were merged" in note for note in log.notes)


def test_merging_can_be_switched_off(tmp_path):
    log = read_orders(written(tmp_path, LINES), merge_same_day=False)
    assert log.orders["order_id"].tolist() == ["1", "2", "3", "9"]
    table = summary(log)
    assert table.loc["A", "repeats"] == 2
    assert table.loc["A", "age_weeks"] == pytest.approx((12 - 9 / 24) / 7)  # the last day counts to its end
    assert summary(log, merge_same_day=True).loc["A", "repeats"] == 1


def test_chinese_headings_tabs_marks_and_compression(tmp_path):
    text = "\ufeff订单号\t客户\t日期\t金额（元）\r\nD1\t王芳\t2024年3月1日\t¥1,234.50\r\nD2\t王芳\t2024/3/9\t12\r\n"
    path = tmp_path / "orders.csv.gz"
    path.write_bytes(gzip.compress(text.encode("utf-8")))
    log = read_orders(path)
    assert log.orders["amount"].tolist() == [1234.5, 12.0]
    assert log.orders["time"].dt.day.tolist() == [1, 9]
    assert log.columns.set_index("role")["column"].to_dict() == {
        "customer": "客户", "date": "日期", "amount": "金额（元）", "order": "订单号",
    }  # fmt: skip


def test_semicolons_and_decimal_commas(tmp_path):
    log = read_orders(written(tmp_path, "client;date;total\n7.0;20240301;12,50\n8.0;20240302;1.000,00\n"))
    assert log.orders["amount"].tolist() == [12.5, 1000.0]
    assert log.orders["customer_id"].tolist() == ["7", "8"]


def test_columns_can_be_named_and_are_said_to_be_given(tmp_path):
    path = written(tmp_path, "who,when,kept,gross\na,2024-01-01,5,9\n")
    log = read_orders(path, customer="who", date="when", amount="kept")
    assert log.columns["how"].tolist() == ["given"] * 3 and log.orders["amount"].tolist() == [5.0]
    with pytest.raises(FileError, match=r"log.csv: cannot tell which column is the customer; .*found: who, when, kept"):
        read_orders(path)
    with pytest.raises(FileError, match=r"log.csv: customer='whom': there is no such column; found: who, when"):
        read_orders(path, customer="whom", date="when")


def test_a_log_without_amounts_is_read_and_says_so(tmp_path):
    log = read_orders(written(tmp_path, "customer,date\na,2024-01-01\na,2024-01-15\na,2024-01-15\n"))
    assert not log.has_amounts and "amount" not in log.orders
    assert any("no amounts" in note for note in log.notes)
    assert any("1 lines repeat another one exactly" in note for note in log.notes)
    table = summary(log)
    assert "mean_repeat_spend" not in table and table.loc["a", "repeats"] == 1
    assert log.report["rows"].sum() == 3


@pytest.mark.parametrize(("dates", "day"), [(["13/02/2024", "05/03/2024"], 5), (["02/13/2024", "03/05/2024"], 5)])
def test_day_and_month_first_are_told_apart_by_the_whole_file(tmp_path, dates, day):
    log = read_orders(written(tmp_path, "customer,date\n" + "".join(f"a,{each}\n" for each in dates)))
    assert [(each.month, each.day) for each in log.orders["time"]] == [(2, 13), (3, day)]


def test_dates_that_can_be_read_in_two_ways_are_refused_until_told(tmp_path):
    path = written(tmp_path, "customer,date\na,03/03/2024\na,05/03/2024\n")
    with pytest.raises(FileError, match=r"line 3: date '05/03/2024' can be day first or month first.*date_format"):
        read_orders(path)
    assert read_orders(path, date_format="%d/%m/%Y").orders["time"].dt.month.tolist() == [3, 3]
    assert read_orders(path, date_format="%m/%d/%Y").orders["time"].dt.month.tolist() == [3, 5]
    mixed = written(tmp_path, "customer,date\na,13/02/2024\na,02/14/2024\n")
    with pytest.raises(FileError, match=r"line 2: date '13/02/2024' has the day first, line 3.*the month"):
        read_orders(mixed)


def test_times_of_day_and_names_of_months(tmp_path):
    text = 'customer,date\na,1/5/24 10:30\na,"Jan 7, 2024"\na,1/13/24 12:05 AM\na,1/14/24 1:05 PM\n'
    times = read_orders(written(tmp_path, text)).orders["time"]
    assert times.astype(str).tolist() == [
        "2024-01-05 10:30:00", "2024-01-07 00:00:00", "2024-01-13 00:05:00", "2024-01-14 13:05:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b"customer,date\n", "there is no line below the heading"),
        (b"customer\na\n", "names one column only"),
        ("客户,日期\n".encode("gb18030"), "there is no line below the heading"),
        ("José,date\n".encode("cp1252"), "line 1: byte 3 is not UTF-8.*save it as CSV UTF-8, or name its encoding"),
        (b"customer,date\na,2024-01-01\na,2024-01-01,5\n", "line 3"),
        (b"customer,date\na,2024-01-01,5\n", "line 2 has more columns"),
        (b"customer,date\na,soon\n", "line 2: date 'soon' cannot be read"),
        (b"customer,date,amount\n,2024-01-01,5\n", "no line is left as an order"),
        (b"\x1f\x8b broken", "cannot be read"),
    ],
)
def test_wrong_files_are_refused_with_the_place(tmp_path, content, words):
    path = tmp_path / "log.csv"
    path.write_bytes(content)
    with pytest.raises(FileError, match=words) as error:
        read_orders(path)
    assert str(error.value).startswith(str(path))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileError, match=r"nowhere.csv: cannot be read \(No such file"):
        read_orders(tmp_path / "nowhere.csv")


def test_the_share_of_turnover_without_a_customer_id_is_reported(tmp_path):
    text = "order,customer,date,amount\n1,a,2024-01-01,60\n2,,2024-01-02,30\n3,null,2024-01-02,10\n"
    text += "4,,2024-01-03,-50\nC5,,2024-01-03,7\n"  # neither would be kept with an id
    log = read_orders(written(tmp_path, text))
    assert log.without_id_share == pytest.approx(0.4)
    assert "40.0% of the turnover has no customer id. Whatever follows is about the other 60.0%" in " ".join(log.notes)
    assert log.report.set_index("reason")["rows"].to_dict() == {"missing customer id": 4, "kept": 1}
    bare = read_orders(written(tmp_path, "customer,date\na,2024-01-01\n,2024-01-01\n,2024-01-01\n,\n"))
    assert bare.without_id_share == pytest.approx(2 / 3) and "66.7% of the lines has no" in " ".join(bare.notes)
    full = read_orders(written(tmp_path, "customer,date\na,2024-01-01\n"))
    assert full.without_id_share == 0 and "Every line has a customer id" in " ".join(full.notes)


def test_a_few_dates_in_the_future_or_before_1970_are_dropped_and_many_are_refused(tmp_path):
    text = "customer,date\na,2024-03-01\na,2024-03-02\nb,1900-01-01\nc,2999-12-31 10:00\n"
    log = read_orders(written(tmp_path, text), today=datetime.date(2024, 3, 2))
    assert log.report.set_index("reason")["rows"].to_dict() == {
        "kept": 2, "date before 1970": 1, "date after 2024-03-02": 1,
    }  # fmt: skip
    assert log.end == datetime.date(2024, 3, 2)
    many = written(tmp_path, text + "d,2024-03-05\n" * 3)
    with pytest.raises(
        FileError, match=r"line 5: date '2999-12-31 10:00' is in the future \(after 2024-03-02\), one of 4"
    ):
        read_orders(many, today=datetime.date(2024, 3, 2))
    early = written(tmp_path, text + "d,1901-01-01\n" * 3)
    with pytest.raises(FileError, match=r"line 4: date '1900-01-01' is before 1970, one of 4 such lines in 7"):
        read_orders(early, today=datetime.date(2024, 3, 2))


def test_remarks_on_totals_repeated_on_lines_and_on_collective_accounts(tmp_path):
    text = "order,customer,date,amount,item\n" + "".join(
        f"{i},c{i % 120},2024-01-{1 + i % 28:02d},{10 + i},{item}\n" for i in range(300) for item in "xy"
    )
    text += "".join(f"w{i},walk-in,2024-02-{1 + i % 28:02d},5,x\n" for i in range(28))
    notes = " ".join(read_orders(written(tmp_path, text)).notes)
    assert "the order's total" in notes and "The busiest customer id has 28 of" in notes
    assert "walk-in" not in notes  # notes stand on pages that are passed on, and name no customer


def test_many_exact_duplicates_are_remarked_on_and_few_are_not(tmp_path):
    text = "order,customer,date,amount\n" + "".join(f"{i},c{i % 9},2024-01-{1 + i % 28:02d},2.5\n" for i in range(98))
    few = read_orders(written(tmp_path, text + "1,c1,2024-01-02,2.5\n2,c2,2024-01-03,2.5\n"))
    assert not any("repeat a line above" in note for note in few.notes)  # 2 of 100
    many = read_orders(written(tmp_path, text + "1,c1,2024-01-02,2.5\n" * 4))
    note = next(note for note in many.notes if "repeat a line above" in note)
    assert note.startswith(
        "4 lines worth 10 (3.9% of all lines) repeat a line above exactly and were dropped. In a file "
    )
    assert "without article numbers" in note and "spends come out too small" in note and "c1" not in note
    bare = read_orders(written(tmp_path, "order,customer,date\n" + "1,a,2024-01-01\n" * 3))
    assert any(note.startswith("2 lines (66.7% of all lines) repeat") for note in bare.notes)


def test_cells_of_a_workbook_are_equal_only_if_they_are_of_one_kind(tmp_path):
    head = ["order", "customer", "date", "amount", "article"]
    same = [[1.0, "a", "2024-01-01", 5.0, article] for article in (1.0, "1.0", None, "None", "nan", 1.0, "1.0")]
    path = tmp_path / "log.xlsx"
    path.write_bytes(workbook({"s": [head, *same]}))
    assert read_orders(path).report.set_index("reason")["rows"].to_dict() == {
        "kept": 5, "exact duplicate of a line above": 2,
    }  # fmt: skip


def test_summary_runs_on_the_season_clock_and_stops_at_the_end():
    frame = pd.DataFrame({"customer_id": ["a"] * 3, "amount": [5.0, 6.0, 8.0],
                          "time": pd.to_datetime(["2024-01-01", "2024-01-15", "2024-02-12"])})  # fmt: skip
    plain = summary(frame)
    assert plain.loc["a", ["repeats", "last_weeks", "age_weeks"]].tolist() == [2, 6, 6]
    assert plain.loc["a", ["first_spend", "mean_repeat_spend"]].tolist() == [5.0, 7.0]
    early = summary(frame, end=datetime.date(2024, 1, 22))
    assert early.loc["a", ["repeats", "last_weeks", "age_weeks"]].tolist() == [1, 2, 3]
    clock = SeasonClock((2.0,) * 2 + (50 / 50 - 2 / 50,) * 50)  # week 0 and week 1 of each year count double
    from_first = summary(frame, clock=clock, week_0=datetime.date(2024, 1, 1))
    assert from_first.loc["a", "last_weeks"] == pytest.approx(2 * 2 + 4 * 0.96)


def test_week_0_is_the_next_monday():
    assert monday_after(datetime.date(2024, 1, 7)) == datetime.date(2024, 1, 8)
    assert monday_after(datetime.date(2024, 1, 8)) == datetime.date(2024, 1, 15)


def test_cdnow_summary_is_the_one_published(tmp_path):
    log = read_orders(cdnow_csv(tmp_path))
    assert isinstance(log, OrderLog)
    from lifetimes import datasets

    published = datasets.load_cdnow_summary().sort_index()
    ours = summary(log, end=datetime.date(1997, 9, 30))
    assert len(ours) == 2357 and (ours["repeats"] > 0).sum() == 946
    assert ours["repeats"].tolist() == published["frequency"].astype(int).tolist()
    assert ours["last_weeks"].to_numpy() == pytest.approx(published["recency"].to_numpy(), abs=0.006)
    assert ours["age_weeks"].to_numpy() == pytest.approx(published["T"].to_numpy(), abs=0.006)


def test_the_wholesalers_log_reads_in_seconds():
    start = time.process_time()  # not the clock on the wall, which other work slows
    log = read_orders(wholesaler())
    assert time.process_time() - start < 15  # some 3 s
    assert log.report["rows"].sum() == 541_909
    assert (log.orders_before_merging, log.customers) == (18_532, 4_338)
    assert any("before returns" in note for note in log.notes)
