"""Stores of one kind side by side in one run: the weeks of all are served together, and each is then taken apart.

A run of many customers costs little more than one of few, so twenty stores together take a fraction of the time of
one after the other. Each has desks of its own, and the customers of store s are numbered from s · `ID_BLOCK` on; as
practices work by customer and desk, nothing passes from one store to another.
"""

import dataclasses
import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd

from simulator.clock import Integers
from simulator.customers import Customers, draw
from simulator.engine import before_week_0
from simulator.run import ID_BLOCK, Run
from simulator.store import Store
from simulator.world import Truth, World

_IDS = {"order_id": ID_BLOCK * 100_000, "customer_id": ID_BLOCK, "referrer_id": ID_BLOCK}


def histories(store: Store, weeks: int, seed: int, replicates: Sequence[int]) -> Run:
    """Replicates of a store at week 0, in one run."""
    crowds = [_moved(draw(store, seed, weeks, replicate), at, store) for at, replicate in enumerate(replicates)]
    names = [each.name for each in dataclasses.fields(Customers)]
    customers = Customers(**{name: np.concatenate([getattr(crowd, name) for crowd in crowds]) for name in names})
    return before_week_0(store, customers, stores=len(crowds))


def _moved(crowd: Customers, at: int, store: Store) -> Customers:
    desk = crowd.desk.astype(np.int32) + at * store.desks.count
    return dataclasses.replace(crowd, desk=desk, customer_id=crowd.customer_id + at * ID_BLOCK)


def apart(world: World, stores: int) -> list[World]:
    """The world of each store, as a run of its own would have made it.

    A row belongs to the store of its desk or, where there is none, of its customer; rows of a practice's frame that
    name neither are nobody's, and left out.
    """
    records = {name: _by_store(frame, world.store, stores) for name, frame in world.records.items()}
    customers = _by_store(world.truth.customers, world.store, stores)
    visits = _by_store(world.truth.visits, world.store, stores)
    return [
        dataclasses.replace(world, truth=Truth(customers[at], visits[at]),
                            records={name: frames[at] for name, frames in records.items()})
        for at in range(stores)
    ]  # fmt: skip


def _by_store(frame: pd.DataFrame, store: Store, stores: int) -> list[pd.DataFrame]:
    """A frame's rows store by store, with desks and customers numbered as in a store of their own."""
    of = _store_of_row(frame, store)
    order = np.argsort(of, kind="stable")
    ends = np.searchsorted(of[order], np.arange(stores + 1))
    own = {name: frame[name].array.take(order) for name in frame}
    for name, block in _IDS.items():
        if name in own:
            own[name] = np.where(own[name] < 0, own[name], own[name] % block)
    if "desk" in own:
        own["desk"] = own["desk"] % store.desks.count
    return [pd.DataFrame({name: column[begin:end] for name, column in own.items()}, copy=False)
            for begin, end in itertools.pairwise(ends)]  # fmt: skip


def _store_of_row(frame: pd.DataFrame, store: Store) -> Integers:
    if "desk" in frame:
        return np.asarray(frame["desk"] // store.desks.count)
    if "customer_id" in frame:
        return np.asarray(frame["customer_id"] // ID_BLOCK)
    return np.full(len(frame), -1)
