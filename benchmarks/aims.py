"""The aims, and whether they are met."""

from typing import NamedTuple


class Aim(NamedTuple):
    """What is measured, the number it should not pass (or, `least`, should reach), and how both are written."""

    what: str
    target: float
    text: str = "{:.2f}"
    least: bool = False

    def met(self, value: float) -> bool:
        return value >= self.target if self.least else value <= self.target


AIMS = {
    "bare": Aim("All practices, a visit, beside the bare NumPy loop (frequent customers)", 2.5, "{:.1f} times"),
    "mesa": Aim("All practices, a customer, faster than Mesa's bare agents", 10, "{:.1f} times", least=True),
    "lifetimes": Aim("All practices, a customer, faster than the generator of `lifetimes`", 300, "{:.0f} times", True),
    "slider": Aim("A slider's move, baseline cached: 5,000 customers, 156 weeks, all practices", 0.15, "{:.3f} s"),
    "slider_most": Aim("The slowest of those moves", 0.3, "{:.3f} s"),
    "pairs": Aim("20 pairs of twins of that size", 1.0, "{:.2f} s"),
    "customer_bytes": Aim("Memory at work, a customer", 110, "{:.0f} bytes"),
    "event_bytes": Aim("Memory at work, an event", 22, "{:.0f} bytes"),
    "parquet_bytes": Aim("An event in Parquet, mean of a twin's two worlds", 6.5, "{:.1f} bytes"),
    "twin_gb": Aim("A twin of a million customers, written to Parquet, at the highest", 4, "{:.1f} GB"),
    "two_processes": Aim("Two processes beside one", 1.7, "{:.2f} times as fast", least=True),
}


def table(found: dict[str, float]) -> list[str]:
    """One row an aim: what, the aim, what was measured, met or missed; not measured where a quick run leaves it out."""
    rows = []
    for name, aim in AIMS.items():
        value = found.get(name)
        said = "not measured |" if value is None else f"{aim.text.format(value)} | {_word(aim.met(value))}"
        rows.append(f"| {aim.what} | {'at least' if aim.least else 'at most'} {aim.text.format(aim.target)} | {said} |")
    return ["| | aim | measured | |", "|---|---:|---:|---|", *rows]


def _word(met: bool) -> str:
    return "met" if met else "**missed**"
