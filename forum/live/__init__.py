"""What changes: outbox, hub, control screen, announcements, boards."""
