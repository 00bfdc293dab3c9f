"""Parameters: what is refused and in which words, and TOML out and in."""

import datetime
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import seeded

from simulator.parameters import (
    Described,
    FileError,
    ParameterError,
    checked,
    describe,
    from_table,
    parameter,
    read_toml,
    to_toml,
    write_text,
)
from simulator.store import Spend


@checked
class Tyre:
    pressure_bar: float = parameter(default=2.5, unit="bar", help="Pressure when cold", gt=0, le=9)
    name: str = parameter(default="all-weather", unit="text", help="What it is sold as", min_length=1, max_length=30)


@checked
class Car:
    doors: int = parameter(unit="doors", help="Doors that open", ge=2, lt=7)
    sold: datetime.date = parameter(default=datetime.date(2024, 2, 29), unit="date", help="Day of sale")
    electric: bool = parameter(default=False, unit="yes or no", help="Whether it has a plug")
    gears: tuple[float, ...] = parameter(default=(), unit="ratio", help="Gears, lowest first")
    tyre: Tyre = parameter(default=Tyre(), unit="", help="All four")
    spares: tuple[Tyre, ...] = parameter(default=(), unit="", help="In the boot")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"pressure_bar": 0.0}, "Tyre.pressure_bar = 0.0: should be greater than 0"),
        ({"pressure_bar": 9.5}, "Tyre.pressure_bar = 9.5: should be less than or equal to 9"),
        ({"pressure_bar": math.nan}, "Tyre.pressure_bar = nan: should be a finite number"),
        ({"pressure_bar": math.inf}, "Tyre.pressure_bar = inf: should be a finite number"),
        ({"pressure_bar": "high"}, "Tyre.pressure_bar = 'high': should be a valid number"),
        ({"name": ""}, "Tyre.name = '': string should have at least 1 character"),
        ({"preasure_bar": 2.0}, "Tyre.preasure_bar: there is no such field; did you mean pressure_bar?"),
        ({"xyz": 2.0}, "Tyre.xyz: there is no such field; allowed: pressure_bar, name"),
    ],
)
def test_an_error_names_field_value_and_bound(fields, said):
    with pytest.raises(ParameterError) as error:
        Tyre(**fields)
    assert str(error.value).startswith(said)


def test_a_field_without_default_must_be_given():
    with pytest.raises(ParameterError, match=r"^Car\.doors: must be given$"):
        Car()


def test_every_wrong_field_has_its_line():
    with pytest.raises(ParameterError) as error:
        Car(doors=1, electric="perhaps", wheels=4)
    lines = str(error.value).splitlines()
    assert lines[0] == "Car.doors = 1: should be greater than or equal to 2"
    assert lines[1].startswith("Car.electric = 'perhaps': ")
    assert lines[2] == "Car.wheels: there is no such field; allowed: doors, sold, electric, gears, tyre, spares"
    assert len(lines) == 3


def test_a_long_value_is_cut_short_in_the_message():
    with pytest.raises(ParameterError) as error:
        Tyre(name="x" * 500)
    assert len(str(error.value)) < 200
    assert "..." in str(error.value)


def test_a_made_object_cannot_be_changed():
    with pytest.raises(AttributeError):
        Tyre().pressure_bar = 3.0


def test_a_parameter_is_described_with_unit_bounds_and_value():
    doors, sold, electric, gears, pressure, name, spares = describe(Car(doors=4))
    assert doors == Described("doors", "doors", "Doors that open", "≥ 2, < 7", 4)
    assert pressure == Described("tyre.pressure_bar", "bar", "Pressure when cold", "> 0, ≤ 9", 2.5)
    assert name.bounds == "at least 1, at most 30"
    assert (sold.bounds, electric.value, gears.value, spares.path) == ("", False, (), "spares")


def test_toml_in_full():
    car = Car(doors=5, gears=(3.5, 1.0), tyre=Tyre(pressure_bar=2.0), spares=(Tyre(), Tyre(name="ice")))
    assert (
        to_toml(car, "A car")
        == """\
# A car

# Doors that open [doors; ≥ 2, < 7]
doors = 5
# Day of sale [date]
sold = 2024-02-29
# Whether it has a plug [yes or no]
electric = false
# Gears, lowest first [ratio]
gears = [3.5, 1.0]

[tyre]
# Pressure when cold [bar; > 0, ≤ 9]
pressure_bar = 2.0
# What it is sold as [text; at least 1, at most 30]
name = "all-weather"

[[spares]]
# Pressure when cold [bar; > 0, ≤ 9]
pressure_bar = 2.5
# What it is sold as [text; at least 1, at most 30]
name = "all-weather"

[[spares]]
# Pressure when cold [bar; > 0, ≤ 9]
pressure_bar = 2.5
# What it is sold as [text; at least 1, at most 30]
name = "ice"
"""
    )


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
tyres = st.builds(Tyre, pressure_bar=st.floats(0, 9, exclude_min=True), name=names)
cars = st.builds(
    Car,
    doors=st.integers(2, 6),
    sold=st.dates(),
    electric=st.booleans(),
    gears=st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=5).map(tuple),
    tyre=tyres,
    spares=st.lists(tyres, max_size=3).map(tuple),
)


@seeded
@given(cars)
def test_what_is_written_is_read_again(tmp_path_factory, car):
    path = tmp_path_factory.getbasetemp() / "car.toml"
    write_text(path, to_toml(car))
    assert from_table(Car, read_toml(path), "car") == car


@pytest.mark.parametrize(
    ("table", "lines"),
    [
        ({}, ["car.toml: car.doors: must be given"]),
        ({"doors": 4, "dors": 4}, ["car.toml: car.dors: there is no such field; did you mean doors?"]),
        (
            {"doors": 4, "tyre": {"name": "x", "pressure": 1}},
            ["car.toml: car.tyre.pressure: there is no such field; did you mean pressure_bar?"],
        ),
        ({"doors": 4, "tyre": {"pressure_bar": 0}}, ["car.toml: car.tyre.pressure_bar = 0: should be greater than 0"]),
        (
            {"doors": 9, "spares": [{}, {"pressure_bar": 99}]},
            [
                "car.toml: car.doors = 9: should be less than 7",
                "car.toml: car.spares.1.pressure_bar = 99: should be less than or equal to 9",
            ],
        ),
    ],
)
def test_a_wrong_table_names_the_place_of_each_wrong_field(table, lines):
    with pytest.raises(FileError) as error:
        from_table(Car, table, "car.toml: car")
    assert str(error.value).splitlines() == lines


def test_a_table_that_is_no_table():
    with pytest.raises(FileError, match=r"^car\.toml: car\.tyre = 3: "):
        from_table(Car, {"doors": 4, "tyre": 3}, "car.toml: car")


def test_bad_syntax_names_file_and_line(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text('name = "x"\ndoors = = 3\n', encoding="utf-8")
    with pytest.raises(FileError, match=r"bad\.toml: .*line 2"):
        read_toml(path)


def test_a_file_that_is_not_utf_8(tmp_path):
    path = tmp_path / "latin.toml"
    path.write_bytes('name = "Café"'.encode("latin-1"))
    with pytest.raises(FileError, match=r"latin\.toml: byte 11 is not UTF-8"):
        read_toml(path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileError, match=r"missing\.toml: cannot be read \(No such file"):
        read_toml(tmp_path / "missing.toml")


def test_a_byte_order_mark_does_no_harm(tmp_path):
    path = tmp_path / "windows.toml"
    path.write_bytes(b"\xef\xbb\xbfdoors = 3\r\n")
    assert read_toml(path) == {"doors": 3}


def test_text_is_written_as_it_is_with_its_folder(tmp_path):
    path = tmp_path / "new" / "folder" / "text.toml"
    write_text(path, "¥\n\u00e9\n")
    assert path.read_bytes() == "¥\né\n".encode()
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("fails", ["replace", "chmod"])
def test_writing_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, fails):
    path = tmp_path / "store.toml"
    write_text(path, "old")

    def refuse(*_):
        raise OSError("disk full")

    monkeypatch.setattr(Path, fails, refuse)
    with pytest.raises(OSError, match="disk full"):
        write_text(path, "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_text_that_cannot_be_written_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "store.toml"
    write_text(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "new \ud800")
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"tyre": {"nmae": "ice"}}, "car.tyre.nmae: there is no such field; did you mean name?"),
        ({"spares": [{}, {"wide": 1}]}, "car.spares.1.wide: there is no such field; allowed: pressure_bar, name"),
    ],
)
def test_an_unknown_field_is_told_from_its_neighbours_wherever_it_stands(table, said):
    with pytest.raises(FileError) as error:
        from_table(Car, {"doors": 4} | table, "car")
    assert said in str(error.value).splitlines()


def test_a_percentage_for_a_share_gets_a_hint() -> None:
    with pytest.raises(ParameterError, match=r"= 35\.0: .* \(a share: write 0\.35 for 35 %\)"):
        Spend(gross_margin_share=35.0)
