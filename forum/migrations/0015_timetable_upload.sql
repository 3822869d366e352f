-- A timetable sent through the page, until the worker has read it: in pieces, so that no process holds the whole file.

CREATE TABLE travel_upload (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    edition uuid NOT NULL REFERENCES edition ON DELETE RESTRICT,
    name text NOT NULL CHECK (length(name) <= 200),
    size bigint NOT NULL CHECK (size >= 0), -- bytes
    day date NOT NULL, -- the timetable day wanted
    made_by uuid REFERENCES person ON DELETE RESTRICT,
    made_at timestamptz NOT NULL,
    job bigint,
    step text NOT NULL DEFAULT '', -- the file of the feed being read
    finished_at timestamptz,
    trips int,
    changed int, -- travel times that changed
    failure jsonb -- why it was not read, as a message
);
CREATE INDEX travel_upload_edition ON travel_upload (edition, made_at);

CREATE TABLE travel_upload_part (
    upload uuid NOT NULL REFERENCES travel_upload ON DELETE CASCADE,
    number int NOT NULL CHECK (number >= 0),
    content bytea NOT NULL,
    PRIMARY KEY (upload, number)
);
