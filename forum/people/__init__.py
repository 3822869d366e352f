"""Who: registration, sign-in, roles, consents, retention, export and erasure."""
