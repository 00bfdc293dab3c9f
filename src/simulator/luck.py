"""Every random number, addressed: a pure function of (seed, customer, occasion, purpose).

Nothing here is a stream. A draw depends on nothing but its address, so two worlds with one seed share their luck,
a practice that uses a draw disturbs no other, and work can be split in any way. The scheme is two rounds of the
SplitMix64 finaliser (Steele, Lea & Flood 2014, "Fast Splittable Pseudorandom Number Generators", OOPSLA; the
constants are variant 13 of Stafford 2011, "Better Bit Mixing"). `tests/test_luck.py` shows its quality.

Gamma and Beta numbers are read off a table of the quantile function, made once for each shape: some thirty times as
fast as working each out, and right to 3e-7 of the number or better.
"""

import functools
import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from simulator.clock import Floats

Keys = NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: SplitMix64's increment
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31, _12 = (np.uint64(bits) for bits in (30, 27, 31, 12))
_TO_UNIT = 2.0**-52  # 52 bits: with 53 the largest would round to 1
_LEAST, _MOST = 2.0**-53, 1 - 2.0**-53  # the smallest and the largest number that `uniform` gives

_STEPS_A_UNIT, _EDGE = 32, 36.75  # of the tables' log odds of u, which reach just beyond those of _LEAST and _MOST
_NODES = np.linspace(-_EDGE, _EDGE, int(2 * _EDGE * _STEPS_A_UNIT) + 1)
_LOG_U, _LOG_REST = special.log_expit(_NODES), special.log_expit(-_NODES)
_LOW_U, _LOW_REST = special.expit(_NODES[_NODES < 0]), special.expit(-_NODES[_NODES >= 0])  # u below ½, 1 − u above
_LEAST_SHAPE = 0.05  # below it a quantile function bends too sharply for the tables
_MANY = 4096  # keys
_FAINT = 1e-200  # numbers below it are worked out by their logarithm


def mix(word: Keys) -> Keys:
    """SplitMix64's finaliser: a bijection of 64-bit words in which every input bit moves every output bit."""
    high = word >> _30
    mixed: Keys = word ^ high
    mixed *= _FIRST
    mixed ^= np.right_shift(mixed, _27, out=high)
    mixed *= _SECOND
    mixed ^= np.right_shift(mixed, _31, out=high)
    return mixed


def purpose(name: str) -> np.uint64:
    """The 64-bit address of a purpose such as "visit.wait"; whoever needs a new one just names it.

    >>> purpose("visit.wait") == purpose("visit.spend")
    np.False_
    """
    return np.uint64(int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little"))


def store_key(seed: int, store: int = 0) -> np.uint64:
    """The key of store number `store` in the world of `seed` (any integers of 64 bits)."""
    return np.uint64(_child(_child(np.zeros(1, np.uint64), seed, purpose("store")), store, purpose("number"))[0])


def customer_keys(store: np.uint64, index: ArrayLike) -> Keys:
    """Keys of the customers numbered `index` in a store: 64-bit, distinct for distinct numbers."""
    return _child(np.full(np.shape(index), store), index, purpose("customer"))


def friend_keys(keys: Keys, occasion: ArrayLike, use: np.uint64) -> Keys:
    """Keys of customers who come because of others: one for each of `keys`, addressed by `occasion` and purpose `use`.

    >>> bool((friend_keys(customer_keys(store_key(7), [0, 1]), 2, purpose("friend")) > 0).all())
    True
    """
    return _child(keys, occasion, use)


def _child(parent: Keys, number: ArrayLike, use: np.uint64 | Keys) -> Keys:
    # the occasion enters by a multiple of an odd constant, a bijection: no two numbers below one parent collide
    steps = np.asarray(number, dtype=np.int64).view(np.uint64) * _GOLDEN
    return mix(mix(parent ^ use) + steps)


def uniform(keys: Keys, occasion: ArrayLike, use: np.uint64 | Keys) -> Floats:
    """Uniform numbers strictly between 0 and 1, one a key.

    `occasion`: integers (usually the visit's number), one a key or one for all. `use`: from `purpose`; several in a
    column (shape n × 1) give a row of numbers each, at less than the cost of a call each.

    >>> keys = customer_keys(store_key(7), [0, 1])
    >>> (uniform(keys, 3, purpose("demo")) == uniform(keys, [3, 3], purpose("demo"))).all()
    np.True_
    """
    bits = _child(keys, occasion, use)
    bits >>= _12
    u = bits.astype(np.float64)
    u += 0.5
    u *= _TO_UNIT
    return u


def uniforms(keys: Keys, occasion: ArrayLike, uses: Sequence[np.uint64]) -> Floats | list[Floats]:
    """Uniform numbers for several purposes, a row or an array each.

    Of few keys all at once, as a call costs more than its numbers; of many, whose numbers would not stay in the
    processor's cache, for one purpose after the other.
    """
    if len(keys) < _MANY:
        return uniform(keys, occasion, np.array(uses)[:, None])
    return [uniform(keys, occasion, use) for use in uses]


def exponential(u: Floats) -> Floats:
    """Exponential numbers with mean 1."""
    return -np.log(u)


def normal(u: Floats) -> Floats:
    """Standard normal numbers Φ⁻¹(u)."""
    return np.asarray(special.ndtri(u))


def gamma(u: ArrayLike, shape: float | Floats) -> Floats:
    """Gamma numbers with `shape` > 0 and scale 1.

    One shape for all is read off its table: within 1e-8 of the number itself, and the mean as near as that; a `u`
    beyond those of `uniform` counts as the outermost of them. An array of shapes, or a shape below 0.05, is worked
    out by scipy. Which of the two depends on `shape` alone and never on how many are drawn together.

    >>> gamma([0.1, 0.5, 0.9], 6.25).round(3).tolist()
    [3.336, 5.92, 9.591]
    """
    if isinstance(shape, np.ndarray) or shape < _LEAST_SHAPE:
        return np.asarray(special.gammaincinv(shape, u))
    return np.exp(_read(_gamma_table(float(shape)), u))


def beta(u: ArrayLike, a: float | Floats, b: float | Floats) -> Floats:
    """Beta(a, b) numbers, both > 0: from a table, within 3e-7 of the number itself, or by scipy, as in `gamma`.

    >>> beta([0.1, 0.5, 0.9], 0.8, 7.2).round(4).tolist()
    [0.0074, 0.0682, 0.2395]
    """
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray) or min(a, b) < _LEAST_SHAPE:
        return np.asarray(special.betaincinv(a, b, u))
    return np.asarray(special.expit(_read(_beta_table(float(a), float(b)), u)))


def _read(table: Floats, u: ArrayLike) -> Floats:
    """What a table says at each u: a cubic in the log odds of u, its four coefficients in the table's rows."""
    within = np.minimum(np.maximum(u, _LEAST), _MOST)
    place = np.log(within / (1 - within))
    place += _EDGE
    place *= _STEPS_A_UNIT
    node = place.astype(np.intp)
    place -= node
    said: Floats = table[3].take(node)
    for row in (2, 1, 0):
        said *= place
        said += table[row].take(node)
    return said


@functools.lru_cache(maxsize=64)
def _gamma_table(shape: float) -> Floats:
    """log of the quantile over the log odds of u: straight at the low end, bent slowly at the high one."""
    numbers = np.concatenate([special.gammaincinv(shape, _LOW_U), special.gammainccinv(shape, _LOW_REST)])
    logs = _logs(numbers, 1.0, (_LOG_U + special.gammaln(shape + 1)) / shape)
    log_density = shape * logs - np.exp(logs) - special.gammaln(shape)
    return _cubics(logs, np.exp(_LOG_U + _LOG_REST - log_density))


@functools.lru_cache(maxsize=64)
def _beta_table(a: float, b: float) -> Floats:
    """log odds of the quantile over the log odds of u: straight at both ends."""
    numbers = np.concatenate([special.betaincinv(a, b, _LOW_U), special.betainccinv(a, b, _LOW_REST)])
    others = np.concatenate([special.betainccinv(b, a, _LOW_U), special.betaincinv(b, a, _LOW_REST)])
    whole = special.betaln(a, b)
    logs = _logs(numbers, others, (_LOG_U + np.log(a) + whole) / a)
    logs_of_others = _logs(others, numbers, (_LOG_REST + np.log(b) + whole) / b)
    log_density = a * logs + b * logs_of_others - whole
    return _cubics(logs - logs_of_others, np.exp(_LOG_U + _LOG_REST - log_density))


def _logs(numbers: Floats, others: ArrayLike, if_faint: Floats) -> Floats:
    """log of numbers; near 1 from `others`, what they lack of it, and as said where they are too faint for a float."""
    near_1 = np.log1p(-np.minimum(others, 0.5))
    logs = np.where(np.less(others, 0.5), near_1, np.log(np.maximum(numbers, _FAINT)))
    return np.where(numbers > _FAINT, logs, if_faint)


def _cubics(values: Floats, slopes: Floats) -> Floats:
    """Four coefficients a step, one row each, of the cubic that has the values and slopes of its two nodes."""
    rise = np.diff(values)
    begin, end = slopes[:-1] / _STEPS_A_UNIT, slopes[1:] / _STEPS_A_UNIT
    return np.stack([values[:-1], begin, 3 * rise - 2 * begin - end, begin + end - 2 * rise])


def poisson(u: Floats, mean: ArrayLike) -> Floats:
    """Poisson numbers with `mean` ≥ 0: the smallest count whose distribution function reaches `u`."""
    rates = np.broadcast_to(np.asarray(mean, dtype=np.float64), np.shape(u))
    guess = np.ceil(np.maximum(special.pdtrik(u, rates), 0.0))
    guess = np.where(rates > 0, guess, 0.0)
    lower = np.maximum(guess - 1.0, 0.0)
    return np.where(special.pdtr(lower, rates) >= u, lower, guess)


def cumulative_normal(z: Floats) -> Floats:
    """Φ(z), the standard normal distribution function."""
    return np.asarray(special.ndtr(z))


def student_t(u: float, degrees: float) -> float:
    """The `u` quantile of Student's t with `degrees` ≥ 1 of freedom, whole or not.

    >>> round(student_t(0.975, 4), 3)
    2.776
    """
    return float(special.stdtrit(degrees, u))
