"""The one exception that a learner may meet: a sentence that says what to do."""

import sys


class CourseError(Exception):
    """Something a learner or author can put right; its text says how."""

    def _render_traceback_(self) -> list[str]:
        """Let IPython show the sentence instead of a traceback."""
        return [f"{type(self).__name__}: {self}"]


def _hook(kind, error, trace, default=sys.excepthook):
    if isinstance(error, CourseError):
        print(error, file=sys.stderr)
    else:
        default(kind, error, trace)


# A bare script that ends in a CourseError prints the sentence, too.
sys.excepthook = _hook
