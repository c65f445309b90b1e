"""Many long runs side by side, through any ``concurrent.futures.Executor``."""

import io
import multiprocessing
import os
import pickle
import sys
import threading
import time
import types
from collections import Counter
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    as_completed,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from functools import partial

from sgdphysics import _checks
from sgdphysics.kernel import IN_BROWSER

MOST_WORKERS = 61  #: what Windows can wait for


class OneAfterAnother(Executor):
    """Runs each task when it is handed in: for a platform without processes, such as a browser, and for debugging.

    >>> OneAfterAnother().submit(pow, 2, 10).result()
    1024
    """

    def submit(self, function, /, *arguments, **keywords):
        future = Future()
        try:
            future.set_result(function(*arguments, **keywords))
        except Exception as error:
            future.set_exception(error)
        return future


def processes(workers=None):
    """An executor of ``workers`` processes, by default one a processor; OneAfterAnother in a browser's kernel.

    >>> with processes(workers=1) as executor:
    ...     print(executor.submit(pow, 2, 10).result())
    1024
    """
    workers = min(available_processors(), MOST_WORKERS) if workers is None else workers
    workers = _checks.integer("workers", workers, minimum=1)
    if IN_BROWSER:
        return OneAfterAnother()
    return ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=_end_with_the_parent)


def _end_with_the_parent():
    """A worker whose parent was killed would compute on, unseen, and keep its terminal or pipe open."""

    def wait():
        multiprocessing.parent_process().join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


class EachInAProcess(ThreadPoolExecutor):
    """Runs each task in a process of its own, ``workers`` at a time: one that is killed takes no other with it.

    >>> executor = EachInAProcess(workers=1)
    >>> executor.submit(pow, 2, 10).result()
    1024
    >>> executor.shutdown()
    """

    def __init__(self, workers=None):
        workers = available_processors() if workers is None else workers
        super().__init__(_checks.integer("workers", workers, minimum=1))
        self._ended = False

    def submit(self, function, /, *arguments, **keywords):
        return super().submit(self._in_a_process, partial(function, *arguments, **keywords))

    def _in_a_process(self, task):
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=_answer, args=(there, task))
        process.start()
        there.close()
        try:
            while not here.poll(0.2):
                if self._ended:
                    process.kill()
            result, error = here.recv()
        except EOFError:
            process.join()
            raise BrokenExecutor(f"its process ended with exit code {process.exitcode}") from None
        process.join()
        if error:
            raise error
        return result

    def shutdown(self, wait=True):
        """Without ``wait`` what runs is ended too."""
        self._ended = self._ended or not wait
        super().shutdown(wait, cancel_futures=not wait)


def _answer(pipe, task):
    _end_with_the_parent()
    try:
        answer = task(), None
    except Exception as error:
        answer = None, error
    pipe.send(answer)


def available_processors():
    """The number of processors that this process may use, which in a container is fewer than the machine has.

    >>> available_processors() >= 1
    True
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return getattr(os, "process_cpu_count", os.cpu_count)() or 1


class _Pickler(pickle.Pickler):
    """Refuses what another process could not find: what was defined in a notebook, where no file can be imported."""

    def reducer_override(self, thing):
        if isinstance(thing, type | types.FunctionType) and thing.__module__ == "__main__":
            if not hasattr(sys.modules["__main__"], "__file__"):
                raise pickle.PicklingError(f"{thing.__qualname__} is defined in the notebook")
        return NotImplemented


def _checked(name, task):
    """Raise ValueError unless another process can be given ``task``."""
    try:
        _Pickler(io.BytesIO()).dump(task)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ValueError(
            f"task {name!r} must be made of what another process can import ({error}); "
            "put it into a module of its own, or use OneAfterAnother()"
        ) from error


def run_all(tasks, executor):
    """Run ``{name: function without arguments}`` and return ``{name: result}``, saying when each is done.

    For processes a task is a ``functools.partial`` of a function that can be imported. Each task brings its own random
    generator, so that the results do not depend on the executor. An error, or Ctrl-C, stops what is still running.
    ValueError for a task that cannot be handed to a process, before any is started.

    >>> from functools import partial
    >>> run_all({"two to the tenth": partial(pow, 2, 10)}, OneAfterAnother())
    two to the tenth: done after 0 s
    {'two to the tenth': 1024}
    """
    if isinstance(executor, ProcessPoolExecutor):
        for name, task in tasks.items():
            _checked(name, task)
    if IN_BROWSER:
        print("In the browser these runs follow one another: an hour or more. Elsewhere they take minutes.")
    begun, others = time.perf_counter(), multiprocessing.active_children()
    futures = {executor.submit(task): name for name, task in tasks.items()}
    results = {}
    try:
        for future in as_completed(futures):
            results[futures[future]] = future.result()
            print(f"{futures[future]}: done after {time.perf_counter() - begun:.0f} s")
    except BaseException as error:
        if isinstance(error, BrokenProcessPool):
            error.add_note("In a script, the lines that start processes stand under  if __name__ == '__main__':")
        _stop(executor, futures)
        for process in set(multiprocessing.active_children()) - set(others):
            process.terminate()  # or they would go on, unseen, with a run that nobody waits for
            process.join()
        raise
    return {name: results[name] for name in tasks}


def as_done(tasks, executor, *, attempts=3):
    """Run ``{name: function without arguments}`` and yield (name, future) as each is done, well or not.

    A run that raises, which here means that what ran it was lost, is repeated up to ``attempts`` times in all, and
    stops no other. Closing the generator cancels what has not begun; what runs is ended where the executor can.

    >>> from functools import partial
    >>> tasks = {"two to the tenth": partial(pow, 2, 10)}
    >>> [(name, future.result()) for name, future in as_done(tasks, OneAfterAnother())]
    [('two to the tenth', 1024)]
    """
    futures, tried = {executor.submit(task): name for name, task in tasks.items()}, Counter()
    try:
        while futures:
            for future in wait(futures, return_when=FIRST_COMPLETED).done:
                name = futures.pop(future)
                tried[name] += 1
                error = CancelledError() if future.cancelled() else future.exception()
                if error and tried[name] < attempts:
                    print(f"{name}: lost, and repeated: {error!r}", flush=True)
                    futures[executor.submit(tasks[name])] = name
                else:
                    yield name, future
    finally:
        _stop(executor, futures)


def _stop(executor, futures):
    """Not every executor's shutdown can be asked to cancel what has not begun."""
    for future in futures:
        future.cancel()
    executor.shutdown(wait=False)
