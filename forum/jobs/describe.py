"""Errors in words that hold nobody's data: job rows and logs are kept and shown."""

import traceback


def describe(error: BaseException) -> str:
    """Class and place of *error*: `KeyError in mail.py:40`."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if "/forum/" in f.filename and "/forum/jobs/" not in f.filename] or [f for f in frames if "/forum/jobs/" not in f.filename]
    place = f" in {ours[-1].filename.rpartition('/forum/')[2].rpartition('/')[2]}:{ours[-1].lineno}" if ours else ""
    return f"{type(error).__qualname__}{place}"
