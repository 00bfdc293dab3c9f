"""What a fit says in words: what was assumed, what the log cannot tell, what looks weak."""

import numpy as np
import pandas as pd

from simulator.clock import YEAR_WEEKS
from simulator.likelihood import CONCENTRATION_MOST, Estimate
from simulator.store import Spend

SAME_IN_DRAWS = "It is the same in every draw: fit again with another value to see what hangs on it."
LARGE_GAP = 0.15  # share by which weeks held out may miss before the forecast is called weak


def unidentified(upper: float) -> str:
    """That the log shows no leaving, how much there can be at most, and what to do."""
    return (f"leaving is not identified: the log is as likely if nobody ever leaves. At most {upper:.1%} of visits "
            "are the last (95 % upper limit). State an assumption: fit(log, assumed_leaving_share=…). "
            "A longer log would help; a rising trend or season can hide leaving")  # fmt: skip


def about_leaving(
    mine: Estimate, used: Estimate, identified: bool, upper: float, assumed: float | None
) -> list[str]:  # fmt: skip
    """What the log says of leaving, and what an assumption in its place costs."""
    if assumed is None:
        return _about_found(mine) if identified else [f"In this log {unidentified(upper)}."]
    found = f"finds {mine.leaving_share:.1%}" if identified else "does not identify it"
    said = (f"The mean chance that a visit is the last, {assumed:.1%}, is assumed (and a + b = "
            f"{np.exp(used.free[3]):g}); the log {found}, upper limit {upper:.1%}.")  # fmt: skip
    said += f" {SAME_IN_DRAWS}"
    loss = mine.log_likelihood - used.log_likelihood
    if assumed > upper:
        said += f" The assumption contradicts the log: it costs {loss:.1f} of log-likelihood."
    return [said]


def _about_found(mine: Estimate) -> list[str]:
    size = float(np.exp(mine.free[3]))
    if size > 0.99 * CONCENTRATION_MOST:
        return ["Customers do not seem to differ in their chance of leaving: only a / (a + b) means anything."]
    if size < 0.05:
        return ["The fit splits customers into those who leave at once and those who never leave: doubt it, and "
                "compare both models and a holdout."]  # fmt: skip
    return []


def about_models(customers: pd.DataFrame, bg: Estimate, mbg: Estimate, nobody: Estimate) -> list[str]:
    """BG/NBD or MBG/NBD: what each takes for granted about one-time buyers, and whether the log tells them apart."""
    once = int((customers["repeats"] == 0).sum())
    apart = bg.log_likelihood - mbg.log_likelihood
    verdict = "cannot tell them apart" if abs(apart) < 2 else f"favours {'BG' if apart > 0 else 'MBG'}/NBD"
    return [f"{once:,} of {len(customers):,} customers came once. That all of them are still customers is what BG/NBD "
            "assumes, not a finding; MBG/NBD assumes that a first visit can be the last as well as any other.",
            f"Log-likelihood: BG/NBD {bg.log_likelihood:.1f}, MBG/NBD {mbg.log_likelihood:.1f}, nobody leaving "
            f"{nobody.log_likelihood:.1f}. The log {verdict}."]  # fmt: skip


def about_spend(customers: pd.DataFrame, spend: Spend | None) -> list[str]:
    """Where the model of spends is weak on these customers."""
    if spend is None:
        return ["No spends were fitted (no amounts, or fewer than 30 customers with a repeat): the store keeps the "
                "spends of its base."]  # fmt: skip
    again = customers[(customers["repeats"] > 0) & (customers["mean_repeat_spend"] > 0)]
    notes = ["The gross margin and the currency's sign are not in the log: they are the base store's."]
    tie = float(np.corrcoef(np.log(again["repeats"]), np.log(again["mean_repeat_spend"]))[0, 1])
    if abs(tie) > 0.2:
        notes.append(f"Those who come more often spend {'more' if tie > 0 else 'less'} a visit (correlation {tie:.2f} "
                     "of logarithms); the model takes the two as unrelated.")  # fmt: skip
    if spend.shape_q < 1.2:
        notes.append("A few very large spends rule the mean: the store's mean spend is unreliable.")
    first = float(customers["first_spend"].mean())
    if not 0.8 < first / spend.mean < 1.25:
        notes.append(f"The mean first spend is {first:,.2f}, the fitted mean of repeat spends {spend.mean:,.2f}; the "
                     "store uses the second for all visits.")  # fmt: skip
    return notes


def about_missing_ids(share: float, has_amounts: bool) -> list[str]:
    """That part of the turnover (without amounts: of the lines) has no customer id, and is not in the fit.

    >>> about_missing_ids(0.155, True)[0][:54]
    '15.5% of the turnover in the log has no customer id. V'
    """
    if share <= 0:
        return []
    of = "turnover" if has_amounts else "lines"
    return [f"{share:.1%} of the {of} in the log has no customer id. Visits, leaving, spends and arrivals are those "
            f"of customers with one, and conclusions hold for them only, the other {1 - share:.1%}: those without may "
            "come, spend and leave otherwise."]  # fmt: skip


def no_season(weeks: float) -> str:
    """Why no season was estimated."""
    return f"No season is put in: the orders fitted cover {weeks:.0f} weeks, and {YEAR_WEEKS} are needed to see one."


def season(index: tuple[float, ...], weeks: float) -> str:
    """What the season is, and with what it can be confused."""
    said = f"The season runs from {min(index):.2f} to {max(index):.2f} of the mean, in steps of 4 weeks."
    return said if weeks >= 2 * YEAR_WEEKS else f"{said} With under two years of orders it cannot be told from a trend."


def about_holdout(tracked: pd.DataFrame) -> list[str]:
    """How the weeks held out compare with what was expected."""
    actual, expected = (tracked[each].diff()[tracked["held_out"]].sum() for each in ("actual", "expected"))
    gap = actual / expected - 1
    said = (f"In the {int(tracked['held_out'].sum())} weeks held out there were {actual:,.0f} repeat visits, expected "
            f"{expected:,.0f} ({gap:+.0%}).")  # fmt: skip
    if abs(gap) > LARGE_GAP:
        said += " The model does not forecast this shop well: take amounts of money as rough."
    return [said]


def about_draws(draws: pd.DataFrame, assumed: bool) -> str:
    """What the file of draws holds, and why both models are in it or only one."""
    mbg = int(draws["first_visit_can_be_last"].sum())
    bg = len(draws) - mbg
    if bg and mbg:
        return (f"draws.csv holds {len(draws)} draws of the fit for loyalty compare: {bg} of BG/NBD and {mbg} of "
                "MBG/NBD, because which of the two holds is part of what nobody knows.")  # fmt: skip
    why = "the share who leave was assumed" if assumed else "only in this model does the log identify leaving"
    model = "MBG/NBD" if mbg else "BG/NBD"
    return f"draws.csv holds {len(draws)} draws of the fit for loyalty compare, all of {model}: {why}."


_AS_OPTIONS = {
    "fit(log, assumed_leaving_share=…)": "--leaving-share X",
    "assumed_leaving_share =": "--leaving-share =",
    "holdout_weeks =": "--holdout-weeks =",
    "bootstrap =": "--bootstrap =",
}


def for_command(text: str) -> str:
    """A note or message of a fit, for people at the command line: its options in place of the function's arguments.

    >>> for_command("orders.csv: holdout_weeks = 90: should leave at least 8 weeks before them")
    'orders.csv: --holdout-weeks = 90: should leave at least 8 weeks before them'
    """
    for argument, option in _AS_OPTIONS.items():
        text = text.replace(argument, option)
    return text
