"""Forum: registration, badges, agenda, one-to-one meetings and live control of an event held on many campuses at once."""

__version__ = "0.1.0"
