"""Claims on trial: a small run for each claim that has one, the verdicts, and the findings they rest on.

Claims, verdicts and reasons stand in the ledger (`evidence.Claim`); here is what can be computed about them, in any
store. Each run takes a store and a seed, and as a third argument what holds its parameter where that is not the store.
"""

import textwrap
from collections.abc import Callable, Mapping

import pandas as pd

from simulator.evidence import ledger
from simulator.trials import buyers, failures, friends, value
from simulator.trials.trial import Trial, turning

__all__ = ["TRIALS", "Trial", "hearing", "sources", "turning", "turns", "verdicts"]

TRIALS: dict[str, Callable[..., Trial]] = {
    "C01": friends.new_against_kept,
    "C02a": value.retention_and_profit,
    "C02b": value.satisfaction_and_profit,
    "C03": buyers.concentration_by_window,
    "C04": friends.tales_by_visit,
    "C05": friends.friends_of_friends,
    "C06": friends.half_of_orders,
    "C07": buyers.card_sales,
    "C08": buyers.price_alone,
    "C09": failures.helped_complainers,
    "C10": failures.gone_in_silence,
    "C11": failures.want_of_care,
    "C12": failures.promised_too_much,
    "C15": buyers.earlier_buyers,
    "C17": value.spend_for_life,
}


def verdicts() -> pd.DataFrame:
    """One row a claim: claim, says, verdict, because, findings (ids), notebook (number; empty if none has more).

    >>> verdicts().set_index("claim").loc["C17", "verdict"]
    'arithmetic'
    """
    rows = [(key, each.says, each.verdict, each.because, ", ".join(each.findings), each.notebook)
            for key, each in ledger().claims.items()]  # fmt: skip
    return pd.DataFrame(rows, columns=["claim", "says", "verdict", "because", "findings", "notebook"])


def sources(claim: str) -> pd.DataFrame:
    """The findings a claim's verdict rests on: id, says, source, measured. Errors: `ValueError` for an unknown claim.

    >>> sources("C03")["id"].tolist()
    ['E03']
    """
    claims, findings = ledger().claims, ledger().findings
    if claim not in claims:
        raise ValueError(f"claim = {claim!r}: there is no such claim; allowed: {', '.join(claims)}")
    cited = [(key, findings[key]) for key in claims[claim].findings]
    rows = [(key, each.says, each.source, each.measured) for key, each in cited]
    return pd.DataFrame(rows, columns=["id", "says", "source", "measured"])


def hearing(claim: str, trial: Trial | None = None, width: int = 110) -> str:
    """What is to be said about a claim, as lines of text: claim, verdict, reason, findings by id, the run and its turn.

    `trial`: the run of the claim, if it has one; the findings in full: `sources`. Errors: `ValueError` for an unknown
    claim.

    >>> print(hearing("C16")[:71])
    C16  "Customer software lifts sales per head by 51 %, satisfaction by 2
    """
    cited = sources(claim)
    it = ledger().claims[claim]
    parts = {"": f'{claim}  "{it.says}"', "Verdict: ": it.verdict.upper(), "Because: ": it.because}
    if len(cited):
        parts["Evidence: "] = ", ".join(f"{row.id} ({row.measured})" for row in cited.itertuples())
    if trial is not None:
        parts |= {"The run: ": trial.says, "The turn: ": trial.turn_says}
    if it.notebook:
        parts["More: "] = f"notebook {it.notebook}"
    return "\n".join(_folded(label + text, width) for label, text in parts.items())


def _folded(text: str, width: int) -> str:
    return "\n".join(textwrap.wrap(text, width, subsequent_indent="    "))


def turns(found: Mapping[str, Trial]) -> pd.DataFrame:
    """Where verdicts turn: one row a trial (by claim) whose parameter has a range worth believing.

    Columns: claim, parameter, present, turns_at (NaN: nowhere), low, high, and `inside`: it turns within the range.
    """
    rows = [(claim, it.parameter, it.present, it.turns_at, it.low, it.high)
            for claim, it in found.items() if it.low is not None]  # fmt: skip
    table = pd.DataFrame(rows, columns=["claim", "parameter", "present", "turns_at", "low", "high"])
    table = table.astype(dict.fromkeys(["present", "turns_at", "low", "high"], float))
    return table.assign(inside=table["turns_at"].between(table["low"], table["high"]))
