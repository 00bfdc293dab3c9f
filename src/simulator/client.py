"""What a client has to be asked because no order log tells it: one commented TOML file, checked when it is read."""

from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path

import pydantic

from simulator.parameters import (
    FileError,
    ParameterError,
    checked,
    describe,
    from_table,
    parameter,
    read_toml,
    replaced,
    to_toml,
)
from simulator.store import Store

_PLACES = {
    "currency": "currency",
    "gross_margin_share": "spend.gross_margin_share",
    "failure_share": "service.failure_share",
    "to_staff_share": "service.to_staff_share",
    "to_third_parties_share": "service.to_third_parties_share",
    "to_others_share": "service.to_others_share",
    "share_of_wallet": "response.share_of_wallet",
    "desks": "desks.count",
    "hours_per_week": "desks.hours_per_week",
    "wage_per_hour": "desks.wage_per_hour",
}
_HEAD = """\
# What no order log tells about {shop}. Ask the client, write the answers here, and run the same command again.
# The numbers are those of the case {case}: as long as one stands as it is, the report lists it as assumed.
# If the client confirms one as it stands, put its name into `confirmed`. If nobody knows, leave it; a guess of yours or
# of the client's goes in place of the number, and its name into `estimated`: it stays an assumption.
# No names, phones or other personal data belong here: what stands here is in the report.
"""


@checked
class Client:
    """The answers of a client. Defaults are the standard store's; `Client.of` takes a case's."""

    name: str = parameter(default="", unit="text", help="The shop's name; empty: the log's file name", max_length=200)
    currency: str = parameter(default="¥", unit="text", help="Sign of the money", min_length=1, max_length=10)
    already_runs: tuple[str, ...] = parameter(
        default=(), unit="texts", help="What the shop ran for its customers while the log was kept: a card, calls"
    )
    gross_margin_share: float = parameter(
        default=0.4, unit="share of list price", help="List price less the cost of the goods", gt=0, le=1
    )
    failure_share: float = parameter(
        default=0.10, unit="share of visits", help="Visits at which something goes wrong", ge=0, lt=1
    )
    to_staff_share: float = parameter(
        default=0.30, unit="share of failures", help="Complained of to the staff, where the shop sees it", ge=0, le=1
    )
    to_third_parties_share: float = parameter(
        default=0.02, unit="share of failures", help="Complained of to media, regulator or consumer body", ge=0, le=1
    )
    to_others_share: float = parameter(
        default=0.40, unit="share of failures", help="Told to friends and family only", ge=0, le=1
    )
    share_of_wallet: float = parameter(
        default=0.5, unit="share of need", help="Share of a customer's purchases of the kind made here", gt=0, lt=1
    )
    desks: int = parameter(default=2, unit="desks", help="Account managers' desks", ge=1, le=1000)
    hours_per_week: float = parameter(
        default=10.0, unit="hours a week a desk", help="Hours a desk can give to new practices", gt=0, le=1000
    )
    wage_per_hour: float = parameter(default=40.0, unit="currency an hour", help="What an hour used costs", ge=0)
    new_customers_per_week: float = parameter(
        default=0.0, unit="customers a week", ge=0,
        help="0: as many as in the log; another number where the log is a sample, or the shop has changed",
    )  # fmt: skip
    money_scale: float = parameter(
        default=0.0, unit="ratio", ge=0, le=1e6,
        help="What the case's amounts of money in the options are multiplied by (see the report's list); 0: as the "
             "mean spend a visit here compares with the case's",
    )  # fmt: skip
    confirmed: tuple[str, ...] = parameter(
        default=(), unit="names of fields", help="Numbers above that the client confirmed as they stand"
    )
    estimated: tuple[str, ...] = parameter(
        default=(), unit="names of fields", help="Numbers above that are somebody's estimate: the report says so"
    )

    @pydantic.model_validator(mode="after")
    def _holds_together(self) -> "Client":
        if (total := self.to_staff_share + self.to_third_parties_share + self.to_others_share) > 1 + 1e-9:
            raise ValueError(f"to_staff_share + to_third_parties_share + to_others_share = {total:g}; at most 1")
        for field in ("confirmed", "estimated"):
            if unknown := [name for name in getattr(self, field) if name not in ASKED]:
                raise ValueError(f"{field} = {', '.join(unknown)}: there is no such field; allowed: {', '.join(ASKED)}")
        if both := set(self.confirmed) & set(self.estimated):
            raise ValueError(f"estimated = {', '.join(sorted(both))}: confirmed, too; allowed: one of the two")
        return self

    @classmethod
    def of(cls, store: Store) -> "Client":
        """The answers as a case's store has them: all assumed, until somebody has been asked."""
        return cls(**{name: attrgetter(place)(store) for name, place in _PLACES.items()})

    def to_toml(self, shop: str, case: str) -> str:
        """The answers as TOML text with a comment for each."""
        return _HEAD.format(shop=_one_line(shop), case=_one_line(case)) + "\n" + to_toml(self)

    @classmethod
    def read(cls, path: str | Path, defaults: "Client | None" = None) -> "Client":
        """The answers in a TOML file; what is not in it is as in `defaults`. Errors: `FileError`."""
        given = {} if defaults is None else {each.path: each.value for each in describe(defaults)}
        return from_table(cls, given | read_toml(path), f"{path}: client")

    def into(self, store: Store) -> Store:
        """`store` with the answers in it. Errors: `FileError` for answers that do not go with it."""
        values = {place: getattr(self, name) for name, place in _PLACES.items()}
        try:
            return replaced(store, values | {"already_runs": self.already_runs})
        except ParameterError as error:
            raise FileError(f"client.toml: {error}") from None

    def stated(self, defaults: "Client") -> Iterator[tuple[str, bool]]:
        """Each field, and whether somebody stated it: it differs from `defaults` and is no guess, or is confirmed."""
        for name in ASKED:
            differs = getattr(self, name) != getattr(defaults, name)
            yield name, name in self.confirmed or (differs and name not in self.estimated)

    def stated_places(self, defaults: "Client") -> Iterator[str]:
        """Where in a store the stated answers stand, such as "service.failure_share"."""
        yield from (_PLACES[name] for name, stated in self.stated(defaults) if stated and name in _PLACES)


ASKED = tuple(each.path for each in describe(Client()) if each.path not in ("name", "confirmed", "estimated"))


def _one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
