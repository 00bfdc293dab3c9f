"""Every random number, addressed: a pure function of (seed, customer, occasion, purpose).

Nothing here is a stream. A draw depends on nothing but its address, so two worlds with one seed share their luck,
a practice that uses a draw disturbs no other, and work can be split in any way. The scheme is two rounds of the
SplitMix64 finaliser (Steele, Lea & Flood 2014, "Fast Splittable Pseudorandom Number Generators", OOPSLA; the
constants are variant 13 of Stafford 2011, "Better Bit Mixing"). `tests/test_luck.py` shows its quality.
"""

import hashlib

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from simulator.clock import Floats

Keys = NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: SplitMix64's increment
_TO_UNIT = 2.0**-52  # 52 bits: with 53 the largest would round to 1


def mix(word: Keys) -> Keys:
    """SplitMix64's finaliser: a bijection of 64-bit words in which every input bit moves every output bit."""
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


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


def _child(parent: Keys, number: ArrayLike, use: np.uint64) -> Keys:
    # the occasion enters by a multiple of an odd constant, a bijection: no two numbers below one parent collide
    steps = np.asarray(number, dtype=np.int64).view(np.uint64) * _GOLDEN
    return mix(mix(parent ^ use) + steps)


def uniform(keys: Keys, occasion: ArrayLike, use: np.uint64) -> Floats:
    """Uniform numbers strictly between 0 and 1, one a key.

    `occasion`: integers (usually the visit's number), one a key or one for all. `use`: from `purpose`.

    >>> keys = customer_keys(store_key(7), [0, 1])
    >>> (uniform(keys, 3, purpose("demo")) == uniform(keys, [3, 3], purpose("demo"))).all()
    np.True_
    """
    bits = _child(keys, occasion, use) >> np.uint64(12)
    return (bits.astype(np.float64) + 0.5) * _TO_UNIT


def exponential(u: Floats) -> Floats:
    """Exponential numbers with mean 1."""
    return -np.log(u)


def normal(u: Floats) -> Floats:
    """Standard normal numbers Φ⁻¹(u)."""
    return np.asarray(special.ndtri(u))


def gamma(u: Floats, shape: float) -> Floats:
    """Gamma numbers with `shape` > 0 and scale 1."""
    return np.asarray(special.gammaincinv(shape, u))


def beta(u: Floats, a: ArrayLike, b: ArrayLike) -> Floats:
    """Beta(a, b) numbers, both > 0."""
    return np.asarray(special.betaincinv(a, b, u))


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


def student_t(u: float, degrees: int) -> float:
    """The `u` quantile of Student's t with `degrees` ≥ 1 of freedom.

    >>> round(student_t(0.975, 4), 3)
    2.776
    """
    return float(special.stdtrit(degrees, u))
