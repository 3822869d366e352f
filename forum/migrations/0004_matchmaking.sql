-- Wishes, presence, plans and meetings. What is held now stands in `claim` (0001); here are the wants, the proposals and the history.

CREATE TABLE offer (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    company uuid NOT NULL REFERENCES company ON DELETE RESTRICT,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 160),
    target_role text NOT NULL,
    skills text[] NOT NULL DEFAULT '{}',
    contracts text[] NOT NULL DEFAULT '{}',
    languages text[] NOT NULL DEFAULT '{}',
    level text NOT NULL DEFAULT '',
    place text NOT NULL DEFAULT '' CHECK (length(place) <= 120),
    text_fr text NOT NULL DEFAULT '' CHECK (length(text_fr) <= 4000),
    text_en text NOT NULL DEFAULT '' CHECK (length(text_en) <= 4000),
    posts int NOT NULL DEFAULT 1 CHECK (posts BETWEEN 1 AND 999),
    created_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    version int NOT NULL DEFAULT 1
);
CREATE INDEX offer_company ON offer (company) WHERE withdrawn_at IS NULL;

-- How a company takes part; a company without a row takes the defaults.
CREATE TABLE company_rule (
    company uuid PRIMARY KEY REFERENCES company ON DELETE RESTRICT,
    max_meetings int CHECK (max_meetings BETWEEN 0 AND 10000), -- empty: as many as its people can hold
    max_in_a_row int CHECK (max_in_a_row BETWEEN 1 AND 40) DEFAULT 6,
    open_booking boolean NOT NULL DEFAULT false, -- candidates who wish may book a free slot themselves
    updated_at timestamptz NOT NULL
);

-- A recruiter at a table during one slot of the grid.
CREATE TABLE presence (
    recruiter uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    slot timestamptz NOT NULL,
    meeting_table uuid NOT NULL REFERENCES meeting_table ON DELETE RESTRICT,
    company uuid NOT NULL REFERENCES company ON DELETE RESTRICT,
    PRIMARY KEY (recruiter, slot),
    CONSTRAINT one_recruiter_per_table_slot UNIQUE (meeting_table, slot)
);
CREATE INDEX presence_company ON presence (company, slot);

CREATE TABLE wish (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    edition uuid NOT NULL REFERENCES edition ON DELETE RESTRICT,
    candidate uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    company uuid NOT NULL REFERENCES company ON DELETE RESTRICT,
    rank int NOT NULL CHECK (rank BETWEEN 1 AND 100), -- 1 is the first choice
    made_at timestamptz NOT NULL,
    withdrawn_at timestamptz
);
CREATE UNIQUE INDEX wish_standing ON wish (candidate, company) WHERE withdrawn_at IS NULL;
CREATE INDEX wish_company ON wish (company, rank) WHERE withdrawn_at IS NULL;
CREATE INDEX wish_edition ON wish (edition) WHERE withdrawn_at IS NULL;

-- A company's answer to a candidate: star (wants to meet) or pass. A pass is shown as "not opened by the company".
CREATE TABLE star (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    company uuid NOT NULL REFERENCES company ON DELETE RESTRICT,
    candidate uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    verdict text NOT NULL CHECK (verdict IN ('star', 'pass')),
    given_by uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    given_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE UNIQUE INDEX star_standing ON star (company, candidate) WHERE ended_at IS NULL;
CREATE INDEX star_candidate ON star (candidate) WHERE ended_at IS NULL;

-- How one person wants to be planned. Half-days off stand in their own rows.
CREATE TABLE meeting_preference (
    person uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    edition uuid NOT NULL REFERENCES edition ON DELETE RESTRICT,
    break_from time,
    break_minutes int NOT NULL DEFAULT 0 CHECK (break_minutes BETWEEN 0 AND 180),
    discreet boolean NOT NULL DEFAULT false, -- first meeting without name, age or school
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (person, edition)
);
CREATE TABLE half_day_off (
    person uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    day date NOT NULL,
    half text NOT NULL CHECK (half IN ('morning', 'afternoon')),
    PRIMARY KEY (person, day, half)
);

-- Every look at what a person shares, by whom.
CREATE TABLE disclosure (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    company uuid NOT NULL REFERENCES company ON DELETE RESTRICT,
    what text NOT NULL CHECK (what IN ('name', 'cv', 'contact', 'export')),
    seen_by uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    at timestamptz NOT NULL
);
CREATE INDEX disclosure_person ON disclosure (person, at);

-- A run of the engine and the plan it found. The inputs are kept whole, so that it can be done again and explained.
CREATE TABLE plan (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    edition uuid NOT NULL REFERENCES edition ON DELETE RESTRICT,
    number int NOT NULL,
    kind text NOT NULL DEFAULT 'plan' CHECK (kind IN ('plan', 'what-if', 'repair', 'business')),
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'stopped', 'failed', 'infeasible')),
    scenario jsonb NOT NULL DEFAULT '{}',
    weights jsonb NOT NULL,
    guarantee int NOT NULL CHECK (guarantee BETWEEN 0 AND 20),
    seed int NOT NULL,
    time_limit real NOT NULL,
    base_version int NOT NULL DEFAULT 0, -- the version published when the inputs were read
    asked_by uuid REFERENCES person ON DELETE RESTRICT,
    asked_at timestamptz NOT NULL,
    started_at timestamptz,
    ended_at timestamptz,
    stop_asked_at timestamptz,
    job bigint,
    inputs bytea, -- forum-problem/1, zlib
    inputs_hash text NOT NULL DEFAULT '',
    engine_version text NOT NULL DEFAULT '',
    value bigint,
    bound bigint,
    bound_kind text NOT NULL DEFAULT '',
    seconds real,
    first_seconds real,
    metrics jsonb NOT NULL DEFAULT '{}',
    reason text NOT NULL DEFAULT '',
    UNIQUE (edition, number)
);
CREATE TABLE plan_progress (
    plan uuid NOT NULL REFERENCES plan ON DELETE CASCADE,
    seconds real NOT NULL,
    phase text NOT NULL,
    value bigint,
    bound bigint,
    meetings int
);
CREATE INDEX plan_progress_plan ON plan_progress (plan, seconds);
CREATE TABLE plan_meeting (
    plan uuid NOT NULL REFERENCES plan ON DELETE CASCADE,
    candidate uuid NOT NULL,
    company uuid NOT NULL,
    recruiter uuid NOT NULL,
    meeting_table uuid NOT NULL,
    slot timestamptz NOT NULL,
    guest_company uuid,
    PRIMARY KEY (plan, candidate, slot)
);

CREATE TABLE plan_version (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    edition uuid NOT NULL REFERENCES edition ON DELETE RESTRICT,
    number int NOT NULL,
    plan uuid REFERENCES plan ON DELETE RESTRICT,
    kind text NOT NULL DEFAULT 'publish' CHECK (kind IN ('publish', 'rollback', 'repair')),
    of_version int, -- the version a rollback brings back
    published_at timestamptz NOT NULL,
    published_by uuid REFERENCES person ON DELETE RESTRICT,
    added int NOT NULL DEFAULT 0,
    moved int NOT NULL DEFAULT 0,
    gone int NOT NULL DEFAULT 0,
    kept int NOT NULL DEFAULT 0,
    skipped int NOT NULL DEFAULT 0,
    UNIQUE (edition, number)
);

-- Two parties, one slot, one table. `state` follows the facts in meeting_fact; only `proposed` and `accepted` (and `running`) hold claims.
CREATE TABLE meeting (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    edition uuid NOT NULL REFERENCES edition ON DELETE RESTRICT,
    kind text NOT NULL DEFAULT 'interview' CHECK (kind IN ('interview', 'business')),
    candidate uuid NOT NULL REFERENCES person ON DELETE RESTRICT, -- the guest; in a business meeting the guest company's person
    guest_company uuid REFERENCES company ON DELETE RESTRICT,
    company uuid NOT NULL REFERENCES company ON DELETE RESTRICT,
    recruiter uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    meeting_table uuid NOT NULL REFERENCES meeting_table ON DELETE RESTRICT,
    slot timestamptz NOT NULL,
    minutes int NOT NULL CHECK (minutes BETWEEN 5 AND 120),
    state text NOT NULL CHECK (state IN ('proposed', 'accepted', 'running', 'held', 'no_show', 'declined', 'cancelled', 'unplaced')),
    origin text NOT NULL CHECK (origin IN ('plan', 'booked', 'offered')),
    is_locked boolean NOT NULL DEFAULT false,
    answer_before timestamptz,
    late_minutes int NOT NULL DEFAULT 0 CHECK (late_minutes BETWEEN 0 AND 120),
    plan uuid REFERENCES plan ON DELETE RESTRICT,
    created_at timestamptz NOT NULL,
    version int NOT NULL DEFAULT 1,
    CHECK ((kind = 'business') = (guest_company IS NOT NULL))
);
CREATE INDEX meeting_candidate ON meeting (candidate, slot);
CREATE INDEX meeting_recruiter ON meeting (recruiter, slot);
CREATE INDEX meeting_company ON meeting (company, slot);
CREATE INDEX meeting_live ON meeting (edition, slot) WHERE state IN ('proposed', 'accepted', 'running', 'unplaced');
CREATE UNIQUE INDEX meeting_pair_once ON meeting (candidate, company) WHERE state IN ('proposed', 'accepted', 'running', 'held', 'unplaced');

CREATE TABLE meeting_fact (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    meeting uuid NOT NULL REFERENCES meeting ON DELETE RESTRICT,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    by uuid REFERENCES person ON DELETE RESTRICT,
    facts jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX meeting_fact_meeting ON meeting_fact (meeting, id);

-- What one published version held, whole; and what it did to each meeting, with the rows that could not go through.
CREATE TABLE plan_version_meeting (
    version uuid NOT NULL REFERENCES plan_version ON DELETE CASCADE,
    candidate uuid NOT NULL,
    company uuid NOT NULL,
    recruiter uuid NOT NULL,
    meeting_table uuid NOT NULL,
    slot timestamptz NOT NULL,
    guest_company uuid,
    PRIMARY KEY (version, candidate, slot)
);
CREATE TABLE plan_change (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version uuid NOT NULL REFERENCES plan_version ON DELETE CASCADE,
    what text NOT NULL CHECK (what IN ('added', 'moved', 'gone', 'skipped')),
    meeting uuid REFERENCES meeting ON DELETE RESTRICT,
    candidate uuid NOT NULL,
    company uuid NOT NULL,
    old_recruiter uuid,
    old_table uuid,
    old_slot timestamptz,
    new_recruiter uuid,
    new_table uuid,
    new_slot timestamptz,
    reason text NOT NULL DEFAULT '',
    resolved_at timestamptz,
    resolved_by uuid REFERENCES person ON DELETE RESTRICT,
    told_at timestamptz
);
CREATE INDEX plan_change_version ON plan_change (version, what);
CREATE INDEX plan_change_open ON plan_change (version) WHERE what = 'skipped' AND resolved_at IS NULL;
CREATE TABLE plan_told (
    version uuid NOT NULL REFERENCES plan_version ON DELETE CASCADE,
    person uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    told_at timestamptz NOT NULL,
    PRIMARY KEY (version, person)
);

-- A meeting that lost its place (table, recruiter or campus gone) and waits for a person's decision.
CREATE TABLE meeting_trouble (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    meeting uuid NOT NULL REFERENCES meeting ON DELETE RESTRICT,
    why text NOT NULL,
    since timestamptz NOT NULL,
    resolved_at timestamptz,
    resolved_by uuid REFERENCES person ON DELETE RESTRICT
);
CREATE UNIQUE INDEX meeting_trouble_open ON meeting_trouble (meeting) WHERE resolved_at IS NULL;

-- Asking for another time: both sides consent, it expires by itself and never holds a slot.
CREATE TABLE time_request (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    meeting uuid NOT NULL REFERENCES meeting ON DELETE RESTRICT,
    asked_by uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    side text NOT NULL CHECK (side IN ('candidate', 'company')),
    slot timestamptz NOT NULL,
    asked_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    answered_at timestamptz,
    answer text CHECK (answer IN ('agreed', 'refused', 'withdrawn', 'taken')),
    CHECK (expires_at > asked_at)
);
CREATE UNIQUE INDEX time_request_open ON time_request (meeting, side) WHERE answered_at IS NULL;

-- A blocked slot of a recruiter: the claim has kind 'block' and this row as its holder.
CREATE TABLE slot_block (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    recruiter uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    slot timestamptz NOT NULL,
    made_by uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    made_at timestamptz NOT NULL,
    lifted_at timestamptz
);

-- A freed seat offered: to the next on the company's waiting list (one at a time), or after a no-show to those on site (first wins).
CREATE TABLE seat_wait (
    company uuid NOT NULL REFERENCES company ON DELETE RESTRICT,
    candidate uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    asked_at timestamptz NOT NULL,
    place bigint GENERATED ALWAYS AS IDENTITY,
    ended_at timestamptz
);
CREATE UNIQUE INDEX seat_wait_standing ON seat_wait (company, candidate) WHERE ended_at IS NULL;
CREATE INDEX seat_wait_order ON seat_wait (company, place) WHERE ended_at IS NULL;
CREATE TABLE seat_offer (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    edition uuid NOT NULL REFERENCES edition ON DELETE RESTRICT,
    company uuid NOT NULL REFERENCES company ON DELETE RESTRICT,
    recruiter uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    meeting_table uuid NOT NULL REFERENCES meeting_table ON DELETE RESTRICT,
    slot timestamptz NOT NULL,
    candidate uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    cause text NOT NULL CHECK (cause IN ('freed', 'no_show')),
    minutes_away int,
    offered_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    answered_at timestamptz,
    answer text CHECK (answer IN ('taken', 'refused', 'expired', 'gone')),
    CHECK (expires_at > offered_at)
);
CREATE INDEX seat_offer_candidate ON seat_offer (candidate) WHERE answered_at IS NULL;
CREATE UNIQUE INDEX seat_offer_open ON seat_offer (recruiter, slot, candidate) WHERE answered_at IS NULL;

CREATE TABLE meeting_note (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    meeting uuid NOT NULL REFERENCES meeting ON DELETE RESTRICT,
    author uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 4000),
    at timestamptz NOT NULL
);
CREATE INDEX meeting_note_meeting ON meeting_note (meeting, at);
CREATE TABLE outcome (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    meeting uuid NOT NULL REFERENCES meeting ON DELETE RESTRICT,
    result text NOT NULL CHECK (result IN ('no_follow_up', 'second_interview', 'offer', 'hired')),
    by uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    at timestamptz NOT NULL
);
CREATE INDEX outcome_meeting ON outcome (meeting, id DESC);

-- A person asks a person: about a meeting, an unmet wish, or the procedure.
CREATE TABLE question (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    edition uuid NOT NULL REFERENCES edition ON DELETE RESTRICT,
    person uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    meeting uuid REFERENCES meeting ON DELETE RESTRICT,
    company uuid REFERENCES company ON DELETE RESTRICT,
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 2000),
    asked_at timestamptz NOT NULL,
    answer text CHECK (length(answer) BETWEEN 1 AND 4000),
    answered_at timestamptz,
    answered_by uuid REFERENCES person ON DELETE RESTRICT
);

-- Voluntary answers for the parity and territory report; read in aggregate only, never by the engine.
CREATE TABLE voluntary_answer (
    person uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    edition uuid NOT NULL REFERENCES edition ON DELETE RESTRICT,
    question text NOT NULL CHECK (question IN ('gender', 'territory')),
    answer text NOT NULL CHECK (length(answer) <= 40),
    given_at timestamptz NOT NULL,
    PRIMARY KEY (person, edition, question)
);

CREATE TABLE target (
    edition uuid NOT NULL REFERENCES edition ON DELETE RESTRICT,
    measure text NOT NULL CHECK (measure IN ('meetings', 'people', 'second_interviews', 'offers', 'hires', 'beyond_ring')),
    aim int NOT NULL CHECK (aim >= 0),
    PRIMARY KEY (edition, measure)
);

-- Business meetings: one company asks another; the meeting is given when both have said yes, the engine finds the time.
CREATE TABLE business_request (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    edition uuid NOT NULL REFERENCES edition ON DELETE RESTRICT,
    host uuid NOT NULL REFERENCES company ON DELETE RESTRICT, -- at whose table
    guest uuid NOT NULL REFERENCES company ON DELETE RESTRICT,
    asked_by uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    side text NOT NULL CHECK (side IN ('host', 'guest')), -- who asked
    text text NOT NULL DEFAULT '' CHECK (length(text) <= 1000),
    asked_at timestamptz NOT NULL,
    answered_at timestamptz,
    answered_by uuid REFERENCES person ON DELETE RESTRICT,
    accepted boolean,
    CHECK (host <> guest)
);
CREATE UNIQUE INDEX business_request_standing ON business_request (host, guest) WHERE accepted IS NOT false;
