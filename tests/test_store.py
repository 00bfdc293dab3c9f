"""The store: its rules, its arithmetic, and TOML out and in."""

import dataclasses
import datetime
import math
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from worlds import seeded

from simulator.parameters import FileError, ParameterError, describe
from simulator.store import Arrivals, Desks, Response, Service, Spend, Store, Visits, cdnow

positive = st.floats(1e-6, 1e6)
shares = st.floats(0, 1)
stores = st.builds(
    Store,
    name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=50),
    currency=st.sampled_from(["¥", "€", "$", "kr", '"']),
    week_0=st.dates(datetime.date(1900, 1, 1), datetime.date(2200, 1, 1)),
    discount_rate_per_year=shares,
    season=st.sampled_from([(), (0.5,) * 26 + (1.5,) * 26]),
    visits=st.builds(Visits, r=positive, a=positive, b=positive, first_visit_can_be_last=st.booleans()),
    spend=st.builds(Spend, shape_q=st.floats(1.01, 50), gross_margin_share=st.floats(0.01, 1)),
    arrivals=st.lists(st.floats(0, 9), max_size=9).map(
        lambda index: Arrivals(history_weeks=len(index), index_before_week_0=tuple(index))
    ),
    service=st.builds(Service, failure_share=st.floats(0, 0.99), silent_log_odds=st.floats(0, 6)),
    response=st.builds(Response, responsiveness_spread=st.floats(0, 2), deal_seeker_share=shares),
    desks=st.builds(Desks, count=st.integers(1, 1000), wage_per_hour=st.floats(0, 1e4)),
)


@seeded
@given(stores)
def test_a_store_that_is_written_is_read_again(tmp_path_factory, store):
    path = tmp_path_factory.getbasetemp() / "store.toml"
    store.write(path)
    assert Store.read(path) == store


def test_a_comment_stands_over_every_field():
    lines = Store().to_toml().splitlines()
    fields = [n for n, line in enumerate(lines) if " = " in line and not line.startswith("#")]
    assert len(fields) == len(describe(Store()))
    for n in fields:
        comment = lines[n - 1]
        assert comment.startswith("# ") and comment.endswith("]"), lines[n]
    over = {lines[n].split(" = ")[0]: lines[n - 1] for n in fields}
    for each in describe(Store()):
        assert over[each.path.split(".")[-1]].startswith(f"# {each.help} [{each.unit}")
        assert each.help and each.unit


def test_fields_not_given_keep_their_defaults(tmp_path):
    path = tmp_path / "store.toml"
    path.write_text('name = "Tea"\n[visits]\nr = 2\n', encoding="utf-8")
    assert Store.read(path) == Store(name="Tea", visits=Visits(r=2.0))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[visits]\nalpa_weeks = 3.0", "store.visits.alpa_weeks: there is no such field"),
        ("[visit]\nr = 3.0", "store.visit: there is no such field"),
        ("[visits]\nr = 0.0", "store.visits.r = 0.0: should be greater than 0"),
        ('[visits]\nr = "often"', "store.visits.r = 'often': should be a valid number"),
        ("[desks]\ncount = 2.5", "store.desks.count = 2.5: should be a valid integer"),
        ('week_0 = "soon"', "store.week_0 = 'soon': should be a valid date"),
        ("season = [1.0, 1.0]", "store.season = [1.0, 1.0]: allowed: no numbers, or 52"),
        ("[service]\nto_staff_share = 0.7", "at most 1"),
        ("[visits]\nr = nan", "store.visits.r = nan: should be a finite number"),
    ],
)
def test_a_wrong_file_is_refused_with_file_and_place(tmp_path, text, said):
    path = tmp_path / "store.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileError) as error:
        Store.read(path)
    assert str(error.value).startswith(str(path))
    assert said in str(error.value)


def test_a_changed_copy_is_checked_again():
    visits = dataclasses.replace(Visits(), r=0.3)
    assert visits == Visits(r=0.3)
    with pytest.raises(ParameterError, match=r"^Visits\.r = -0\.3: should be greater than 0$"):
        dataclasses.replace(visits, r=-0.3)
    with pytest.raises(ParameterError, match=r"^Service: .*= 1\.32; at most 1$"):
        dataclasses.replace(Service(), to_others_share=1.0)


@pytest.mark.parametrize(
    "season", [(1.0,) * 51, (1.0,) * 53, (1.1,) * 52, (0.0, 2.0) + (1.0,) * 50, (-1.0, 3.0) + (1.0,) * 50]
)
def test_a_season_is_52_positive_numbers_that_average_1(season):
    with pytest.raises(ParameterError, match=r"^Store\.season = .*allowed: no numbers, or 52 that are positive"):
        Store(season=season)
    assert Store(season=(0.5,) * 26 + (1.5,) * 26).clock.elapsed(26.0) == 13.0


def test_voices_are_shares_of_failures():
    whole = Service(to_staff_share=0.5, to_third_parties_share=0.2, to_others_share=0.3)
    assert whole.heard_share == pytest.approx(0.7)
    with pytest.raises(ParameterError, match=r"to_staff_share \+ .* \+ to_others_share = 1\.01; at most 1"):
        Service(to_staff_share=0.5, to_third_parties_share=0.2, to_others_share=0.31)


def test_the_history_index_has_one_number_a_week():
    assert len(Arrivals(history_weeks=3, index_before_week_0=(1, 0, 2)).index_before_week_0) == 3
    with pytest.raises(ParameterError, match="index_before_week_0 has 2 numbers; allowed: none or history_weeks"):
        Arrivals(history_weeks=3, index_before_week_0=(1, 2))
    with pytest.raises(ParameterError, match="index_before_week_0 holds a negative number"):
        Arrivals(history_weeks=2, index_before_week_0=(1, -1))


def test_means_are_those_of_the_distributions():
    """λ is Gamma, p is Beta, and a spend's mean is shape_p/ν, which is inverse Gamma over customers."""
    visits, spend = Visits(r=0.7, alpha_weeks=5, a=0.9, b=1.6), Spend(shape_p=6.25, shape_q=3.74, scale_gamma=15.44)
    assert visits.visits_per_week == pytest.approx(stats.gamma.mean(0.7, scale=1 / 5))
    assert visits.leaving_share == pytest.approx(stats.beta.mean(0.9, 1.6))
    assert spend.mean == pytest.approx(stats.invgamma.mean(3.74, scale=6.25 * 15.44))


def test_cdnow_is_the_published_fit():
    store = cdnow()
    assert (store.visits.r, store.visits.alpha_weeks, store.visits.a, store.visits.b) == (0.5248, 6.1831, 0.8914, 1.614)
    assert round(store.spend.mean, 2) == 35.22
    assert store.week_0.isoweekday() == Store().week_0.isoweekday() == 1


def test_toml_is_plain_toml():
    read = tomllib.loads(Store().to_toml())
    assert read["visits"]["alpha_weeks"] == 8.0
    assert math.isclose(read["service"]["failure_share"], 0.1)
