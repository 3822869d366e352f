-- Who looks after an alert, and how far the mails of an announcement have gone.

CREATE TABLE alert_taken (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    edition uuid NOT NULL REFERENCES edition ON DELETE RESTRICT,
    alert text NOT NULL CHECK (length(alert) <= 120),
    by uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    at timestamptz NOT NULL,
    until timestamptz NOT NULL CHECK (until > at)
);
CREATE INDEX alert_taken_until ON alert_taken (edition, until);

ALTER TABLE announcement ADD COLUMN told_to uuid; -- the last person a mail was posted for, in order of id: a job that is repeated goes on there
ALTER TABLE announcement ADD COLUMN told_at timestamptz; -- every mail is posted

-- The announcement an evacuation made ends with it.
ALTER TABLE evacuation ADD COLUMN announcement uuid REFERENCES announcement ON DELETE RESTRICT;
ALTER TABLE evacuation ADD COLUMN suspension uuid REFERENCES door_suspension ON DELETE RESTRICT; -- empty: entries were paused already

CREATE INDEX check_in_inflow ON check_in (campus, at) WHERE admitted AND way = 'entry' AND undone_at IS NULL;
CREATE INDEX placed_now ON release_item (release, start_at) WHERE NOT cancelled;
