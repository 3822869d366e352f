"""Who meets whom: wishes, the engine, plans, bookings."""
