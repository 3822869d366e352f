"""The right to enter: badges, doors, admission and check-ins."""
