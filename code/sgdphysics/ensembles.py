"""Many long runs side by side, through any ``concurrent.futures.Executor``."""

import multiprocessing
import os
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed


class OneAfterAnother(Executor):
    """Runs each task when it is handed in: for a platform without processes, such as a browser, and for debugging."""

    def submit(self, function, /, *arguments, **keywords):
        future = Future()
        try:
            future.set_result(function(*arguments, **keywords))
        except Exception as error:
            future.set_exception(error)
        return future


def processes(workers=None):
    """An executor of ``workers`` processes, by default one a processor; OneAfterAnother where there are none."""
    try:
        return ProcessPoolExecutor(workers or os.cpu_count(), multiprocessing.get_context("spawn"))
    except (ImportError, NotImplementedError, OSError):
        return OneAfterAnother()


def run_all(tasks, executor):
    """Run ``{name: function without arguments}`` and return ``{name: result}``, saying when each is done.

    For processes a task is a ``functools.partial`` of a function that can be imported. Each task brings its own random
    generator, so that the results do not depend on the executor. An error, or Ctrl-C, stops what is still running.
    """
    begun, others = time.perf_counter(), multiprocessing.active_children()
    futures = {executor.submit(task): name for name, task in tasks.items()}
    results = {}
    try:
        for future in as_completed(futures):
            results[futures[future]] = future.result()
            print(f"{futures[future]}: done after {time.perf_counter() - begun:.0f} s")
    except BaseException:
        executor.shutdown(wait=False, cancel_futures=True)
        for process in set(multiprocessing.active_children()) - set(others):
            process.terminate()  # or they would go on, unseen, with a run that nobody waits for
            process.join()
        raise
    return {name: results[name] for name in tasks}
