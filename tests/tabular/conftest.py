"""The same signed-in organisers as the campuses' tests."""

from tests.campuses.conftest import browser, edition, karim, sofia

__all__ = ["browser", "edition", "karim", "sofia"]
