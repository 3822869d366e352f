"""What and when: sessions, rooms, seats, waiting lists, releases and feeds."""
