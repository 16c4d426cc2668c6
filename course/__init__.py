"""Twelve Gigabytes: the library under the lessons. Importing it imports nothing."""

__version__ = "0.1.0"


def __getattr__(name: str):
    # PEP 562: `from course import lesson` works, and start.py stays light.
    if name == "lesson":
        from course.lessons import lesson

        return lesson
    raise AttributeError(f"module 'course' has no attribute {name!r}")
