"""A pytest plugin: `-p support.sample --sample N` runs N tests of each file, the same ones each time.

The sample is spread evenly over the file. Each function runs with one set of parameters before any function runs with
two: a sanitizer's findings depend on the code that runs, not on how often it runs.
"""

import itertools


def pytest_addoption(parser):
    parser.addoption("--sample", type=int, metavar="N", help="N tests of each file")


def pytest_collection_modifyitems(config, items):
    count = config.getoption("--sample")
    if count:
        kept = {id(item) for _, of_file in grouped(items, lambda item: item.path) for item in sample(of_file, count)}
        config.hook.pytest_deselected(items=[item for item in items if id(item) not in kept])
        items[:] = [item for item in items if id(item) in kept]


def sample(items, count):
    """@returns `count` of the items, or all if there are fewer."""
    by_function = [of_function for _, of_function in grouped(items, lambda item: item.function)]
    rounds = itertools.zip_longest(*by_function)  # the first set of parameters of each function, then the second, ...
    chosen = []
    for items_of_round in rounds:
        there = [item for item in items_of_round if item is not None]
        left = count - len(chosen)
        chosen += there if len(there) <= left else [there[at * len(there) // left] for at in range(left)]
    return chosen


def grouped(items, key):
    """@returns (key, items) in the order in which the keys first occur."""
    groups = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups.items()
