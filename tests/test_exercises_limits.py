import contextlib
import sys
import threading
import time

import pytest

from course.exercises.limits import TimeLimit, limited


def forever():
    while True:
        pass


def stubborn():
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass


def stubborn_calls():
    def work():
        return sum(number * number for number in range(2000))

    while True:
        try:
            total = work()
        except:  # noqa: E722
            total = 0
        print(total)


def stubborn_finally():
    while True:
        try:
            try:
                forever()
            finally:
                stubborn_once()
        except BaseException:
            stubborn_once()


def stubborn_once():
    with contextlib.suppress(BaseException):
        sum(range(1000))


@pytest.mark.parametrize(
    "function", [forever, stubborn, stubborn_calls, stubborn_finally]
)
def test_an_endless_loop_is_stopped(function):
    began = time.monotonic()
    ran = limited(function, 0.2, 100)
    assert isinstance(ran.error, TimeLimit)
    assert time.monotonic() - began < 10


def test_it_works_outside_the_main_thread():
    result = []
    thread = threading.Thread(target=lambda: result.append(limited(forever, 0.2, 100)))
    thread.start()
    thread.join(10)
    assert isinstance(result[0].error, TimeLimit)


def test_values_and_errors_come_back():
    assert limited(lambda: 7, 5, 100).value == 7
    error = limited(lambda: 1 / 0, 5, 100).error
    assert isinstance(error, ZeroDivisionError)
    assert isinstance(limited(lambda: sys.exit(3), 5, 100).error, SystemExit)


def test_the_start_of_the_output_is_kept():
    stdout, stderr = sys.stdout, sys.stderr

    def shout():
        for number in range(1_000_000):
            print(number)

    ran = limited(shout, 60, 50)
    assert ran.error is None
    assert ran.output.startswith("0\n1\n2\n")
    assert ran.output.endswith("… and more")
    assert len(ran.output) < 100
    assert (sys.stdout, sys.stderr) == (stdout, stderr)
    assert limited(lambda: print("all", file=sys.stderr), 5, 50).output == "all\n"


def test_the_watchdog_never_fires_late():
    threads = threading.active_count()
    for _ in range(1000):
        limited(lambda: None, 0.001, 100)
    for _ in range(200):  # blocks that end just when the time does
        limited(lambda: time.sleep(0.00095), 0.001, 100)
    for _ in range(300_000):  # a stop that was left over would arrive here
        pass
    time.sleep(0.6)
    sum(range(10))
    assert threading.active_count() == threads
