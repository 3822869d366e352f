"""Running Forum: worker, backup and restore, doctor, metrics, logs, retention."""
