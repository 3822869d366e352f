"""The rehearsal: an edition with invented people on real districts, and a simulated day through the real API."""

from forum.rehearsal.edition import NAMES, SLUG, insert_sample, make_edition
from forum.settings import Settings

__all__ = ["NAMES", "SLUG", "insert_sample", "make_edition", "run"]


def run(settings: Settings, *, people: int, campuses: int, companies: int, prepare_only: bool, still: bool = False) -> None:
    """`forum demo`; what serves is loaded only here, so that the pages of the rehearsal can be part of what is served."""
    from forum.rehearsal import demo

    demo.run(settings, people=people, campuses=campuses, companies=companies, prepare_only=prepare_only, still=still)
