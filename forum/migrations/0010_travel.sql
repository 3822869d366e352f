-- Travel between campuses: entries set by hand for step-free journeys too, live changes, the network of a timetable; imports under way.

ALTER TABLE travel_override ADD COLUMN step_free boolean NOT NULL DEFAULT false; -- the minutes hold for step-free journeys as well
ALTER TABLE travel_override ADD COLUMN removed_by uuid REFERENCES person ON DELETE RESTRICT;

-- A strike, a closed line, a closed street: in force from `made_at` until `ended_at`.
CREATE TABLE travel_patch (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    edition uuid NOT NULL REFERENCES edition ON DELETE RESTRICT,
    line text NOT NULL DEFAULT '' CHECK (length(line) <= 80), -- empty: every line
    latitude double precision CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision CHECK (longitude BETWEEN -180 AND 180),
    radius_m int CHECK (radius_m BETWEEN 50 AND 50000),
    percent int CHECK (percent BETWEEN 100 AND 1000), -- of the usual minutes; empty: closed
    walking boolean NOT NULL DEFAULT false, -- walkers are slowed or stopped as well
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 300),
    made_by uuid REFERENCES person ON DELETE RESTRICT,
    made_at timestamptz NOT NULL,
    ended_by uuid REFERENCES person ON DELETE RESTRICT,
    ended_at timestamptz,
    CHECK ((latitude IS NULL) = (longitude IS NULL) AND (latitude IS NULL) = (radius_m IS NULL))
);
CREATE INDEX travel_patch_standing ON travel_patch (edition) WHERE ended_at IS NULL;

CREATE TABLE travel_feed (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    edition uuid NOT NULL REFERENCES edition ON DELETE RESTRICT,
    name text NOT NULL,
    digest bytea NOT NULL, -- SHA-256 of the feed
    day date NOT NULL, -- the timetable day the network stands for
    trips int NOT NULL,
    stops int NOT NULL,
    network bytea NOT NULL, -- msgpack, compressed: forum.campuses.storage
    imported_by uuid REFERENCES person ON DELETE RESTRICT,
    imported_at timestamptz NOT NULL,
    removed_at timestamptz
);
CREATE UNIQUE INDEX one_feed_per_edition ON travel_feed (edition) WHERE removed_at IS NULL;

-- A list between upload and commit; dropped at commit, and by retention after a day, since it may hold people's names.
CREATE TABLE import_draft (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    edition uuid NOT NULL REFERENCES edition ON DELETE RESTRICT,
    kind text NOT NULL CHECK (length(kind) <= 40),
    name text NOT NULL CHECK (length(name) <= 200),
    content bytea NOT NULL,
    mapping jsonb NOT NULL DEFAULT '{}',
    made_by uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    made_at timestamptz NOT NULL
);
CREATE INDEX import_draft_age ON import_draft (made_at);
