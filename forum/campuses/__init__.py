"""Where: campuses, rooms, tables, gates, and the time it takes to go from one to another."""
