"""Lists that come in and go out as CSV: read, mapped, compared with what exists, stored whole or not at all."""
