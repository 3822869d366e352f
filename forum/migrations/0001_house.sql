-- The ground every feature stands on: editions, campuses, people, roles, sign-ins, the outbox and what is held now.

CREATE TABLE edition (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    zone text NOT NULL DEFAULT 'Europe/Paris',
    slot_minutes int NOT NULL DEFAULT 20 CHECK (slot_minutes IN (10, 15, 20, 30)),
    is_current boolean NOT NULL DEFAULT false,
    is_rehearsal boolean NOT NULL DEFAULT false,
    registration_opens timestamptz NOT NULL DEFAULT '-infinity',
    registration_closes timestamptz NOT NULL DEFAULT 'infinity',
    version int NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX one_current_edition ON edition (is_current) WHERE is_current;

CREATE TABLE edition_day (
    edition uuid NOT NULL REFERENCES edition ON DELETE RESTRICT,
    day date NOT NULL CHECK (day BETWEEN '2000-01-01' AND '2199-12-31'),
    opens time NOT NULL,
    closes time NOT NULL,
    PRIMARY KEY (edition, day),
    CHECK (opens < closes)
);

CREATE TABLE campus (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    edition uuid NOT NULL REFERENCES edition ON DELETE RESTRICT,
    slug text NOT NULL CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
    number int NOT NULL CHECK (number BETWEEN 1 AND 999),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    address text NOT NULL DEFAULT '',
    postcode text NOT NULL DEFAULT '',
    city text NOT NULL DEFAULT 'Paris',
    latitude double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    zone text NOT NULL DEFAULT 'Europe/Paris',
    capacity int NOT NULL CHECK (capacity BETWEEN 0 AND 100000), -- people inside at once, by law
    step_free boolean NOT NULL DEFAULT true,
    access_fr text NOT NULL DEFAULT '',
    access_en text NOT NULL DEFAULT '',
    phone text NOT NULL DEFAULT '',
    version int NOT NULL DEFAULT 1,
    removed_at timestamptz,
    UNIQUE (edition, slug),
    UNIQUE (edition, number)
);

CREATE TABLE campus_day (
    campus uuid NOT NULL REFERENCES campus ON DELETE RESTRICT,
    day date NOT NULL,
    opens time NOT NULL,
    closes time NOT NULL,
    places int NOT NULL CHECK (places >= 0), -- registrations accepted for this campus on this day
    taken int NOT NULL DEFAULT 0,
    PRIMARY KEY (campus, day),
    CHECK (opens < closes),
    CONSTRAINT never_over_places CHECK (taken BETWEEN 0 AND places)
);

CREATE TABLE room (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    campus uuid NOT NULL REFERENCES campus ON DELETE RESTRICT,
    building text NOT NULL DEFAULT '',
    floor text NOT NULL DEFAULT '',
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    capacity int NOT NULL CHECK (capacity BETWEEN 1 AND 20000),
    step_free boolean NOT NULL DEFAULT true,
    equipment text[] NOT NULL DEFAULT '{}',
    position int NOT NULL DEFAULT 0,
    version int NOT NULL DEFAULT 1,
    removed_at timestamptz,
    UNIQUE (campus, building, name)
);

CREATE TABLE meeting_table (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    campus uuid NOT NULL REFERENCES campus ON DELETE RESTRICT,
    room uuid REFERENCES room ON DELETE RESTRICT,
    number int NOT NULL CHECK (number BETWEEN 1 AND 9999),
    step_free boolean NOT NULL DEFAULT true,
    removed_at timestamptz,
    UNIQUE (campus, number)
);

CREATE TABLE gate (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    campus uuid NOT NULL REFERENCES campus ON DELETE RESTRICT,
    slug text NOT NULL CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    ways text NOT NULL DEFAULT 'both' CHECK (ways IN ('entry', 'exit', 'both')),
    step_free boolean NOT NULL DEFAULT true,
    removed_at timestamptz,
    UNIQUE (campus, slug)
);

CREATE TABLE person (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    language text NOT NULL DEFAULT 'fr' CHECK (language IN ('fr', 'en')),
    created_at timestamptz NOT NULL,
    confirmed_at timestamptz, -- the e-mail address was shown to be theirs
    erased_at timestamptz
);
CREATE UNIQUE INDEX person_email ON person (lower(email));

CREATE TABLE company (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    edition uuid NOT NULL REFERENCES edition ON DELETE RESTRICT,
    slug text NOT NULL CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,59}$'),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    kind text NOT NULL DEFAULT 'startup' CHECK (kind IN ('startup', 'public', 'partner')),
    sector text NOT NULL DEFAULT '',
    pitch_fr text NOT NULL DEFAULT '',
    pitch_en text NOT NULL DEFAULT '',
    website text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    approved_at timestamptz,
    approved_by uuid REFERENCES person ON DELETE RESTRICT,
    withdrawn_at timestamptz,
    UNIQUE (edition, slug)
);

-- A group registered from a list by a referent: an Académie cohort, a delegation, a company's team.
CREATE TABLE party (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    edition uuid NOT NULL REFERENCES edition ON DELETE RESTRICT,
    referent uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    created_at timestamptz NOT NULL
);

CREATE TABLE registration (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    edition uuid NOT NULL REFERENCES edition ON DELETE RESTRICT,
    person uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    purpose text NOT NULL CHECK (purpose IN ('candidate', 'visitor', 'recruiter', 'speaker', 'press', 'academy', 'organiser')),
    party uuid REFERENCES party ON DELETE RESTRICT,
    is_minor boolean NOT NULL DEFAULT false,
    guardian_email text NOT NULL DEFAULT '',
    guardian_agreed_at timestamptz,
    step_free_need boolean NOT NULL DEFAULT false, -- a need, never a diagnosis
    created_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    cancelled_at timestamptz,
    version int NOT NULL DEFAULT 1,
    UNIQUE (edition, person),
    CONSTRAINT minors_only_visit CHECK (NOT is_minor OR purpose IN ('visitor', 'academy')),
    CONSTRAINT minors_have_a_guardian CHECK (NOT is_minor OR guardian_email <> '')
);

-- One first campus per person and day. `held_at` empty: on the waiting list since `asked_at`.
CREATE TABLE registration_day (
    registration uuid NOT NULL REFERENCES registration ON DELETE RESTRICT,
    day date NOT NULL,
    campus uuid NOT NULL REFERENCES campus ON DELETE RESTRICT,
    asked_at timestamptz NOT NULL,
    held_at timestamptz,
    PRIMARY KEY (registration, day),
    FOREIGN KEY (campus, day) REFERENCES campus_day (campus, day) ON DELETE RESTRICT
);
CREATE INDEX registration_day_waiting ON registration_day (campus, day, asked_at) WHERE held_at IS NULL;
CREATE INDEX registration_day_campus ON registration_day (campus, day);

-- What a candidate declares; nothing else about a person enters the matchmaking.
CREATE TABLE profile (
    registration uuid PRIMARY KEY REFERENCES registration ON DELETE RESTRICT,
    target_roles text[] NOT NULL DEFAULT '{}',
    skills text[] NOT NULL DEFAULT '{}',
    languages text[] NOT NULL DEFAULT '{}',
    contracts text[] NOT NULL DEFAULT '{}',
    level text NOT NULL DEFAULT '',
    about text NOT NULL DEFAULT '' CHECK (length(about) <= 2000),
    max_meetings int NOT NULL DEFAULT 6 CHECK (max_meetings BETWEEN 1 AND 20)
);

CREATE TABLE role (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    person uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    edition uuid REFERENCES edition ON DELETE RESTRICT,
    name text NOT NULL CHECK (name IN ('recruiter', 'company_admin', 'speaker', 'press', 'door', 'campus_organiser', 'forum_organiser', 'admin', 'dpo')),
    campus uuid REFERENCES campus ON DELETE RESTRICT,
    company uuid REFERENCES company ON DELETE RESTRICT,
    granted_at timestamptz NOT NULL,
    granted_by uuid REFERENCES person ON DELETE RESTRICT,
    approved_at timestamptz, -- recruiters, speakers and press see and publish nothing before
    approved_by uuid REFERENCES person ON DELETE RESTRICT,
    ended_at timestamptz,
    CHECK ((name IN ('recruiter', 'company_admin')) = (company IS NOT NULL)),
    CHECK (name NOT IN ('campus_organiser') OR campus IS NOT NULL)
);
CREATE INDEX role_person ON role (person) WHERE ended_at IS NULL;
CREATE INDEX role_company ON role (company) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX role_once ON role (person, name, edition, campus, company) NULLS NOT DISTINCT WHERE ended_at IS NULL;

CREATE TABLE sign_in (
    token_hash bytea PRIMARY KEY, -- a leaked table is not a list of keys
    person uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    second_factor_at timestamptz,
    ended_at timestamptz
);
CREATE INDEX sign_in_person ON sign_in (person) WHERE ended_at IS NULL;

CREATE TABLE sign_in_request (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    person uuid REFERENCES person ON DELETE CASCADE, -- empty for an unknown address: the same page, no mail
    browser_hash bytea NOT NULL,
    code_hash bytea NOT NULL,
    link_hash bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    attempts int NOT NULL DEFAULT 0,
    used_at timestamptz
);
CREATE INDEX sign_in_request_person ON sign_in_request (person, created_at);
CREATE INDEX sign_in_request_expiry ON sign_in_request (expires_at);

CREATE TABLE second_factor (
    person uuid PRIMARY KEY REFERENCES person ON DELETE RESTRICT,
    secret bytea NOT NULL, -- encrypted with the deployment's secret
    created_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    last_step bigint NOT NULL DEFAULT 0, -- RFC 6238 time step last accepted: no code works twice
    failures int NOT NULL DEFAULT 0,
    locked_until timestamptz
);

-- Links sent by mail that let one person do one thing: confirm, guardian, group member, calendar.
CREATE TABLE mail_link (
    token_hash bytea PRIMARY KEY,
    purpose text NOT NULL,
    person uuid REFERENCES person ON DELETE CASCADE,
    registration uuid REFERENCES registration ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);

CREATE TABLE consent (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    person uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    purpose text NOT NULL,
    company uuid REFERENCES company ON DELETE RESTRICT,
    text_version text NOT NULL,
    given_at timestamptz NOT NULL,
    withdrawn_at timestamptz
);
CREATE UNIQUE INDEX consent_standing ON consent (person, purpose, company) NULLS NOT DISTINCT WHERE withdrawn_at IS NULL;

CREATE TABLE travel_override (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    origin uuid NOT NULL REFERENCES campus ON DELETE RESTRICT,
    destination uuid NOT NULL REFERENCES campus ON DELETE RESTRICT,
    minutes int NOT NULL CHECK (minutes BETWEEN 0 AND 600),
    reason text NOT NULL DEFAULT '',
    made_by uuid REFERENCES person ON DELETE RESTRICT,
    made_at timestamptz NOT NULL,
    removed_at timestamptz,
    CHECK (origin <> destination)
);
CREATE UNIQUE INDEX travel_override_standing ON travel_override (origin, destination) WHERE removed_at IS NULL;

-- What is held now. A seat of a session claims every slot it overlaps, a meeting claims its one.
CREATE TABLE claim (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slot timestamptz NOT NULL,
    person uuid REFERENCES person ON DELETE RESTRICT,
    recruiter uuid REFERENCES person ON DELETE RESTRICT,
    meeting_table uuid REFERENCES meeting_table ON DELETE RESTRICT,
    company uuid REFERENCES company ON DELETE RESTRICT,
    kind text NOT NULL CHECK (kind IN ('seat', 'meeting', 'block')),
    holder uuid NOT NULL, -- the seat, meeting or block that holds it
    CONSTRAINT one_thing_at_a_time UNIQUE (person, slot),
    CONSTRAINT one_meeting_per_recruiter_slot UNIQUE (recruiter, slot),
    CONSTRAINT one_meeting_per_table_slot UNIQUE (meeting_table, slot)
);
CREATE UNIQUE INDEX meet_a_company_once ON claim (person, company) WHERE kind = 'meeting';
CREATE INDEX claim_holder ON claim (holder);

-- The outbox: written in the same transaction as the change; `seq` is given after commit by the sequencer.
CREATE TABLE event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    seq bigint UNIQUE,
    topic text NOT NULL CHECK (length(topic) <= 120),
    kind text NOT NULL CHECK (length(kind) <= 60),
    ref text NOT NULL DEFAULT '' CHECK (length(ref) <= 80),
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX event_unsequenced ON event (id) WHERE seq IS NULL;
CREATE INDEX event_topic ON event (topic, seq);

CREATE TABLE live_state (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch uuid NOT NULL DEFAULT gen_random_uuid(),
    seq bigint NOT NULL DEFAULT 0
);
INSERT INTO live_state DEFAULT VALUES;

-- Who did what: organisers, door supervisors, admins. Pseudonymous: ids only, names are looked up when read.
CREATE TABLE journal (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    actor uuid REFERENCES person ON DELETE RESTRICT,
    action text NOT NULL,
    campus uuid REFERENCES campus ON DELETE RESTRICT,
    subject text NOT NULL DEFAULT '',
    facts jsonb NOT NULL DEFAULT '{}',
    undone_at timestamptz,
    chain bytea -- SHA-256 over the previous row's chain and this row: a removed row shows
);
CREATE INDEX journal_at ON journal (at);

CREATE TABLE idempotency (
    key text NOT NULL CHECK (length(key) BETWEEN 8 AND 200),
    asker text NOT NULL,
    route text NOT NULL,
    body_hash bytea NOT NULL,
    status int,
    body bytea,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (asker, route, key)
);
