"""One figure style, readable on a projector and told apart without colour; and how a figure is shown with its words."""

import base64
import io
import textwrap
from typing import Any

import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

# fonts that hold Chinese as well; the first that is installed is put before matplotlib's own
_CHINESE_FONTS = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "SimHei",
    "WenQuanYi Micro Hei",
)
BLUE, ORANGE, GREEN, RED = sns.color_palette("colorblind")[:4]
GREY = "0.45"
DOTS_PER_INCH = 90


def use_style() -> None:
    """Set the workbook's figure style: seaborn's white grid, colour-blind palette, large type."""
    sns.set_theme(context="notebook", style="whitegrid", palette="colorblind", font_scale=1.1)
    installed = {font.name for font in font_manager.fontManager.ttflist}
    chinese = [name for name in _CHINESE_FONTS if name in installed][:1]
    plt.rcParams["font.family"] = [*chinese, "DejaVu Sans"]
    plt.rcParams["axes.unicode_minus"] = True
    plt.rcParams["text.parse_math"] = False  # names of shops and options may hold dollar signs
    plt.rcParams["svg.hashsalt"] = "loyalty"  # the same figure is the same file
    plt.rcParams["figure.figsize"] = (8.5, 4.5)
    plt.rcParams["figure.constrained_layout.use"] = True


def draw_without_screen() -> None:
    """Draw for files only, as on a machine without a screen; what other programs are told of screens stays as it is."""
    plt.switch_backend("agg")


def keep_apart(figure: Any) -> None:
    """Take a figure out of pyplot's hands: it can be drawn on and saved, is never shown, and goes with its holder."""
    plt.close(figure)


def axes_or_new(ax: Axes | None) -> Axes:
    return plt.subplots()[1] if ax is None else ax


def thousands(value: float, _: Any = None) -> str:
    return f"{value:,.0f}".replace("-", "−")


def write_thousands(ax: Axes) -> None:
    """Large numbers along x are written with separators, and few of them so that they do not run into each other."""
    if max(map(abs, ax.get_xlim())) >= 10_000:
        ax.xaxis.set_major_formatter(FuncFormatter(thousands))
        ax.xaxis.set_major_locator(MaxNLocator(5))


def wrapped(text: str, width: int = 36) -> str:
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


def show(ax: Axes, words: str) -> None:
    """Show the figure of `ax` in a notebook with `words` under it, which screen readers get as its alternative text.

    The figure is closed afterwards, so that it is not shown a second time.
    """
    from IPython.display import display  # slow to import, and only notebooks show figures

    held = io.BytesIO()
    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.savefig(held, format="png", dpi=DOTS_PER_INCH)
    plt.close(figure)
    said = f"Figure: {words}"
    picture = {"image/png": base64.b64encode(held.getvalue()).decode("ascii"), "text/plain": said}
    display(picture, raw=True, metadata={"image/png": {"alt": words}})  # type: ignore[no-untyped-call]
    print("\n".join(textwrap.wrap(said, 120)))
