-- Badges and doors: who may enter, which devices decide, and every scan as a fact.

-- Private halves are sealed with the deployment's secret; phones get the public ones.
CREATE TABLE badge_key (
    kid smallint PRIMARY KEY CHECK (kid BETWEEN 1 AND 255),
    public bytea NOT NULL UNIQUE CHECK (length(public) = 32),
    sealed bytea NOT NULL,
    made_at timestamptz NOT NULL,
    retires_at timestamptz CHECK (retires_at > made_at) -- badges it signed are accepted before this
);
CREATE UNIQUE INDEX one_signing_key ON badge_key ((true)) WHERE retires_at IS NULL;

CREATE TABLE badge (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    edition uuid NOT NULL REFERENCES edition ON DELETE RESTRICT,
    registration uuid NOT NULL REFERENCES registration ON DELETE RESTRICT,
    number bigint NOT NULL UNIQUE CHECK (number >= 0 AND number < 27512614111), -- 31^7: what its eight characters say
    kid smallint NOT NULL REFERENCES badge_key ON DELETE RESTRICT,
    role text NOT NULL,
    token text NOT NULL UNIQUE CHECK (length(token) <= 400),
    printed_days date[] NOT NULL, -- the rights at printing; those in force come from the registration
    valid_from timestamptz NOT NULL,
    valid_until timestamptz NOT NULL CHECK (valid_until > valid_from),
    issued_at timestamptz NOT NULL,
    issued_by uuid REFERENCES person ON DELETE RESTRICT,
    revoked_at timestamptz,
    revoked_by uuid REFERENCES person ON DELETE RESTRICT,
    revoked_why text NOT NULL DEFAULT '' CHECK (length(revoked_why) <= 200),
    replaced_by uuid REFERENCES badge ON DELETE RESTRICT,
    blocked_at timestamptz,
    CHECK (replaced_by IS NULL OR revoked_at IS NOT NULL)
);
CREATE UNIQUE INDEX one_badge_in_force ON badge (registration) WHERE revoked_at IS NULL;
CREATE INDEX badge_registration ON badge (registration);
CREATE INDEX badge_revoked ON badge (edition, revoked_at) WHERE revoked_at IS NOT NULL;

-- Every badge put on paper: who asked, which layout, and what identity was shown when one was replaced.
CREATE TABLE badge_print (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    badge uuid NOT NULL REFERENCES badge ON DELETE RESTRICT,
    printed_at timestamptz NOT NULL,
    printed_by uuid REFERENCES person ON DELETE RESTRICT,
    layout text NOT NULL CHECK (layout IN ('a6', 'a4', 'label62', 'label100', 'agenda')),
    identity text NOT NULL DEFAULT '' CHECK (identity IN ('', 'document', 'known', 'e-mail')) -- how, never which: no number is kept
);
CREATE INDEX badge_print_badge ON badge_print (badge);

-- A batch made by the worker; the file is kept until it is fetched or a day old.
CREATE TABLE badge_batch (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    edition uuid NOT NULL REFERENCES edition ON DELETE RESTRICT,
    campus uuid REFERENCES campus ON DELETE RESTRICT,
    what text NOT NULL CHECK (what IN ('badges', 'pack')),
    layout text NOT NULL DEFAULT 'a4',
    day date,
    asked_by uuid REFERENCES person ON DELETE RESTRICT,
    asked_at timestamptz NOT NULL,
    total int NOT NULL DEFAULT 0,
    done int NOT NULL DEFAULT 0,
    finished_at timestamptz,
    failure text NOT NULL DEFAULT '',
    file bytea
);
CREATE INDEX badge_batch_edition ON badge_batch (edition, asked_at);

-- A phone at a door. Enrolled once with a token shown as a QR; its own token comes back and only its digest is kept.
CREATE TABLE door_device (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    edition uuid NOT NULL REFERENCES edition ON DELETE RESTRICT,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    profile text NOT NULL DEFAULT 'steward' CHECK (profile IN ('steward', 'supervisor')),
    enrol_hash bytea UNIQUE,
    enrol_until timestamptz,
    token_hash bytea UNIQUE,
    created_at timestamptz NOT NULL,
    created_by uuid REFERENCES person ON DELETE RESTRICT,
    enrolled_at timestamptz,
    revoked_at timestamptz,
    revoked_by uuid REFERENCES person ON DELETE RESTRICT,
    seen_at timestamptz,
    unsent int NOT NULL DEFAULT 0, -- what the phone last said it still had to send
    clock_ms bigint NOT NULL DEFAULT 0 -- how far its clock was behind ours at the last exchange
);

CREATE TABLE door_device_gate (
    device uuid NOT NULL REFERENCES door_device ON DELETE CASCADE,
    gate uuid NOT NULL REFERENCES gate ON DELETE RESTRICT,
    PRIMARY KEY (device, gate)
);

-- One way of being let in; a campus without rules lets everyone in whose badge is right that day.
CREATE TABLE gate_rule (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    campus uuid NOT NULL REFERENCES campus ON DELETE RESTRICT,
    gate uuid REFERENCES gate ON DELETE RESTRICT, -- empty: every gate of the campus
    days date[] NOT NULL DEFAULT '{}',
    roles text[] NOT NULL DEFAULT '{}',
    opens int NOT NULL DEFAULT 0 CHECK (opens BETWEEN 0 AND 1440), -- minutes of the campus's day
    closes int NOT NULL DEFAULT 1440 CHECK (closes BETWEEN 0 AND 1440),
    reentry boolean NOT NULL DEFAULT true,
    entries_per_day int NOT NULL DEFAULT 0 CHECK (entries_per_day >= 0),
    made_at timestamptz NOT NULL,
    made_by uuid REFERENCES person ON DELETE RESTRICT,
    removed_at timestamptz,
    CHECK (opens < closes)
);
CREATE INDEX gate_rule_campus ON gate_rule (campus) WHERE removed_at IS NULL;

-- Scanning stopped at a campus: an evacuation, a room too full.
CREATE TABLE door_suspension (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    campus uuid NOT NULL REFERENCES campus ON DELETE RESTRICT,
    began_at timestamptz NOT NULL,
    began_by uuid REFERENCES person ON DELETE RESTRICT,
    why text NOT NULL DEFAULT '' CHECK (length(why) <= 200),
    ended_at timestamptz,
    ended_by uuid REFERENCES person ON DELETE RESTRICT
);
CREATE UNIQUE INDEX one_suspension ON door_suspension (campus) WHERE ended_at IS NULL;

-- Where each person with a badge is: one row from the first badge on, so two doors always meet on it, also with a replaced badge.
-- `version` makes the write conditional.
CREATE TABLE whereabouts (
    registration uuid PRIMARY KEY REFERENCES registration ON DELETE RESTRICT,
    campus uuid REFERENCES campus ON DELETE RESTRICT, -- empty: outside
    since timestamptz,
    check_in bigint,
    last_at timestamptz, -- the latest passage counted
    version int NOT NULL DEFAULT 0
) WITH (fillfactor = 60);
CREATE INDEX whereabouts_campus ON whereabouts (campus) WHERE campus IS NOT NULL;

-- People inside each campus, moved in the statement that moves a person.
CREATE TABLE campus_inside (
    campus uuid PRIMARY KEY REFERENCES campus ON DELETE RESTRICT,
    inside int NOT NULL DEFAULT 0 CHECK (inside >= 0)
) WITH (fillfactor = 20);

-- A scan, admitted or not. `nonce` names it for ever; `at` is when it happened (clock corrected), `created_at` when we learnt it.
CREATE TABLE check_in (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    nonce text NOT NULL CONSTRAINT one_check_in_per_nonce UNIQUE CHECK (length(nonce) BETWEEN 8 AND 64),
    badge uuid REFERENCES badge ON DELETE RESTRICT, -- empty: the text was no badge of ours
    registration uuid REFERENCES registration ON DELETE RESTRICT,
    campus uuid NOT NULL REFERENCES campus ON DELETE RESTRICT,
    gate uuid NOT NULL REFERENCES gate ON DELETE RESTRICT,
    device uuid REFERENCES door_device ON DELETE RESTRICT,
    staff text NOT NULL DEFAULT '' CHECK (length(staff) <= 40), -- what whoever held the phone called themselves
    way text NOT NULL CHECK (way IN ('entry', 'exit')),
    at timestamptz NOT NULL,
    device_at timestamptz,
    created_at timestamptz NOT NULL,
    day date NOT NULL,
    admitted boolean NOT NULL,
    forced boolean NOT NULL DEFAULT false,
    detail text NOT NULL,
    reason text NOT NULL DEFAULT '',
    warnings text[] NOT NULL DEFAULT '{}',
    facts jsonb NOT NULL DEFAULT '{}',
    source text NOT NULL DEFAULT 'online' CHECK (source IN ('online', 'offline')),
    given text NOT NULL DEFAULT '' CHECK (length(given) <= 400), -- of a refused text that names no badge
    undone_at timestamptz,
    CHECK ((badge IS NULL) = (registration IS NULL)),
    CHECK (badge IS NOT NULL OR NOT admitted)
);
CREATE INDEX check_in_registration ON check_in (registration, at) WHERE admitted;
CREATE INDEX check_in_badge ON check_in (badge) WHERE badge IS NOT NULL;
CREATE INDEX check_in_campus ON check_in (campus, created_at);
CREATE INDEX check_in_learnt ON check_in (created_at);

-- Taking a scan back; it may arrive before the scan it names.
CREATE TABLE check_in_undo (
    nonce text PRIMARY KEY CHECK (length(nonce) BETWEEN 8 AND 64),
    scan text NOT NULL CHECK (length(scan) BETWEEN 8 AND 64),
    device uuid REFERENCES door_device ON DELETE RESTRICT,
    staff text NOT NULL DEFAULT '' CHECK (length(staff) <= 40),
    why text NOT NULL DEFAULT '' CHECK (length(why) <= 200),
    at timestamptz NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX check_in_undo_scan ON check_in_undo (scan);

-- What came under a nonce that was taken already, and was not the same scan.
CREATE TABLE check_in_evidence (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    nonce text NOT NULL,
    device uuid REFERENCES door_device ON DELETE RESTRICT,
    body jsonb NOT NULL,
    created_at timestamptz NOT NULL
);

-- One badge let in at two doors without having left the first.
CREATE TABLE double_use (
    registration uuid NOT NULL REFERENCES registration ON DELETE RESTRICT,
    first bigint NOT NULL REFERENCES check_in ON DELETE RESTRICT,
    second bigint NOT NULL REFERENCES check_in ON DELETE RESTRICT,
    found_at timestamptz NOT NULL,
    resolved_at timestamptz,
    resolved_by uuid REFERENCES person ON DELETE RESTRICT,
    resolution text NOT NULL DEFAULT '' CHECK (length(resolution) <= 200),
    PRIMARY KEY (first, second)
);
CREATE INDEX double_use_registration ON double_use (registration);
