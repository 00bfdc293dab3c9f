"""Practices files."""

import tomllib

import pytest

from simulator import practices
from simulator.evidence import presets
from simulator.options import (
    choose,
    options_to_toml,
    practice_classes,
    read_options,
    standard_options,
)
from simulator.parameters import FileError, describe
from simulator.practices import ComplaintRecovery, Practice, Tier, VipScheme


@pytest.fixture
def practices_file(tmp_path):
    def write(text):
        path = tmp_path / "practices 选项.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_what_is_written_is_read_back(practices_file):
    tiers = (Tier(label="银", threshold=1.0), Tier(label='gold "x" [1]\n[[a]]', threshold=2.0, discount_share=0.1))
    options = {
        'a "quoted" \\ name 选项': (VipScheme(tiers=tiers, draw_digits=()),),
        "both": (ComplaintRecovery(invite_share=0.5), VipScheme()),
    }
    assert read_options(practices_file(options_to_toml(options))) == options
    assert list(read_options(practices_file(options_to_toml(options)))) == list(options)


def test_the_standard_options_are_written_with_a_comment_over_each_field(practices_file):
    text = options_to_toml(standard_options())
    assert read_options(practices_file(text)) == standard_options()
    lines = options_to_toml({"A": (ComplaintRecovery(),)}).splitlines()
    for each in describe(ComplaintRecovery()):
        at = next(number for number, line in enumerate(lines) if line.startswith(f"{each.path} = "))
        assert lines[at - 1].startswith(f"# {each.help} [{each.unit}")


def test_one_kind_of_practice_twice_in_an_option_cannot_be_written():
    with pytest.raises(ValueError, match="option 'twice' has the same kind of practice twice"):
        options_to_toml({"twice": (VipScheme(), VipScheme(card_cost=1.0))})


def test_every_exported_practice_is_known():
    exported = {name for name in practices.__all__ if isinstance(getattr(practices, name), type)}
    kinds = {name for name in exported if issubclass(getattr(practices, name), Practice)} - {"Practice"}
    assert set(practice_classes()) == kinds >= {"VipScheme", "ComplaintRecovery"}


def test_fields_left_out_keep_their_defaults(practices_file):
    path = practices_file('[[option]]\nname = "A"\n[option.ComplaintRecovery]\ninvite_share = 0.2\n')
    assert read_options(path) == {"A": (ComplaintRecovery(invite_share=0.2),)}


def test_a_preset_comes_first_and_fields_override_it(practices_file):
    path = practices_file(
        '[[option]]\nname = "A"\n[option.ComplaintRecovery]\npreset = "paradox"\ninvite_share = 0.2\n'
    )
    (found,) = read_options(path)["A"]
    paradox = presets(ComplaintRecovery)["paradox"].practice
    assert found.offset_share == paradox.offset_share != ComplaintRecovery().offset_share
    assert found.invite_share == 0.2


def test_a_preset_keeps_its_tables(practices_file):
    for name, preset in presets(VipScheme).items():
        path = practices_file(f'[[option]]\nname = "A"\n[option.VipScheme]\npreset = "{name}"\n')
        assert read_options(path) == {"A": (preset.practice,)}


VIP = '[[option]]\nname = "A"\n[option.VipScheme]\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["no option", "[[option]]"]),
        ("[[option]\n", ["line 1", "not valid TOML"]),
        ("[[option]]\n[option.VipScheme]\n", ["option 1: name: must be given"]),
        ("[[option]]\nname = 5\n[option.VipScheme]\n", ["option 1: name = 5", "allowed: a text"]),
        ('[[option]]\nname = ""\n[option.VipScheme]\n', ["name = ''", "allowed"]),
        ('[[option]]\nname = "a\\nb"\n[option.VipScheme]\n', ["allowed: a text of 1 to 80 letters on one line"]),
        (
            '[[option]]\nname = "A"\n',
            ["option 'A'", "no practice", ", ".join(practice_classes())],
        ),
        (f"{VIP}{VIP}", ["option 2: name = 'A'", "taken"]),
        ('[[option]]\nname = "A"\n[option.Loyalty]\n', ["'A': Loyalty: there is no such practice", "VipScheme"]),
        ('[[option]]\nname = "A"\nVipScheme = 3\n', ["VipScheme = 3", "[option.VipScheme]"]),
        (f"{VIP}card_cost = -1\n", ["'A': VipScheme.card_cost = -1", "greater than or equal to 0"]),
        (f'{VIP}card_cost = "free"\n', ["VipScheme.card_cost = 'free'", "valid number"]),
        (f"{VIP}card_cots = 1\n", ["VipScheme.card_cots", "no such field"]),
        (f'{VIP}preset = "rosy"\n', ["VipScheme.preset = 'rosy'", "central, optimistic"]),
        (f"{VIP}preset = 1\n", ["VipScheme.preset = 1", "central, optimistic"]),
        (f"{VIP}draw_digits = [11]\n", ["draw_digits = (11,)", "allowed: 0 to 9"]),
        (f"{VIP}[[option.VipScheme.tiers]]\nlabel = 'x'\nthreshold = -5\n", ["tiers.0.threshold = -5", "greater"]),
        ('[option]\nname = "A"\n', ["allowed: one [[option]] (two brackets)"]),
        ("option = 3\n", ["option = 3", "[[option]]"]),
        ('[store]\nname = "A"\n', ["store: there is no such table", "allowed: [[option]]"]),
    ],
)
def test_errors_name_file_option_field_value_and_what_is_allowed(practices_file, text, words):
    path = practices_file(text)
    with pytest.raises(FileError) as caught:
        read_options(path)
    for word in [str(path), *words]:
        assert word in str(caught.value)


def test_choose(practices_file):
    path = practices_file(f"{VIP}")
    assert choose(None, None) == ()
    assert choose(path, None) == choose(path, "A") == (VipScheme(),)
    assert choose(None, "all together") == standard_options()["all together"]
    with pytest.raises(FileError, match="--option = 'B': allowed: A"):
        choose(path, "B")
    every = ", ".join(standard_options())
    with pytest.raises(FileError, match=f"allowed: {every}"):
        choose(None, "B")
    with pytest.raises(FileError, match="--option = None"):
        choose(practices_file(options_to_toml(standard_options())), None)


def test_the_header_names_a_preset_that_exists():
    text = options_to_toml({"A": (VipScheme(),)})
    named = tomllib.loads(next(line for line in text.splitlines() if "preset = " in line).lstrip("# "))["preset"]
    assert named in presets(VipScheme)
