"""The rehearsal: an edition with invented people on real districts, and a simulated day through the real API."""

from forum.rehearsal.demo import run
from forum.rehearsal.edition import NAMES, SLUG, insert_sample, make_edition

__all__ = ["NAMES", "SLUG", "insert_sample", "make_edition", "run"]
