"""Doing many reads at once, and stopping all of them when one shows that the rest is pointless."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextvars import copy_context
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def together(
    work: Callable[[T], R],
    items: Iterable[T],
    *,
    concurrency: int,
    progress: Callable[[int, int], None] | None = None,
) -> dict[T, R]:
    """Return what `work` gives for each item, in the items' order.

    `progress(done, total)` is called in the calling thread. The first error ends it: what has not begun
    is dropped, what is under way is waited for, and the error is raised. What is logged meanwhile carries
    what the caller's lines carry.
    """
    listed = list(dict.fromkeys(items))
    results: dict[T, R] = {}
    executor = ThreadPoolExecutor(max_workers=max(1, min(concurrency, len(listed) or 1)))
    try:
        futures = {executor.submit(copy_context().run, work, item): item for item in listed}
        for done, future in enumerate(as_completed(futures), start=1):
            results[futures[future]] = future.result()
            if progress is not None:
                progress(done, len(listed))
    finally:
        executor.shutdown(cancel_futures=True)
    return {item: results[item] for item in listed}
