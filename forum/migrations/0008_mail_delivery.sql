-- Delivery at least once and at most twice: `taken_at` stands while an attempt's outcome is unknown; `maybe_sent` counts
-- the attempts that ended so (the worker died, or the connection did after the text was handed over).

ALTER TABLE mail
    ADD COLUMN maybe_sent int NOT NULL DEFAULT 0 CHECK (maybe_sent BETWEEN 0 AND 2),
    ADD COLUMN until timestamptz; -- not sent later: a code that has expired helps nobody
CREATE INDEX mail_over ON mail (sent_at) WHERE sent_at IS NOT NULL;
