-- The agenda: sessions and who holds them, the draft, releases, favourites, seats and personal calendars.

CREATE TABLE speaker (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    edition uuid NOT NULL REFERENCES edition ON DELETE RESTRICT,
    code text NOT NULL CHECK (code ~ '^[A-Z0-9]{3,12}$'),
    number int NOT NULL CHECK (number >= 0), -- the `id` of imported and exported schedules
    person uuid REFERENCES person ON DELETE RESTRICT,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    biography text NOT NULL DEFAULT '' CHECK (length(biography) <= 10000),
    confirmed_at timestamptz, -- the speaker said the availability below is right
    UNIQUE (edition, code),
    UNIQUE (edition, number)
);
CREATE UNIQUE INDEX speaker_person ON speaker (edition, person) WHERE person IS NOT NULL;

-- When a speaker can speak; no row: always.
CREATE TABLE speaker_free (
    speaker uuid NOT NULL REFERENCES speaker ON DELETE RESTRICT,
    start_at timestamptz NOT NULL,
    end_at timestamptz NOT NULL,
    PRIMARY KEY (speaker, start_at),
    CHECK (start_at < end_at)
);

-- When a room is given to the agenda; no row: whenever its campus is open.
CREATE TABLE room_free (
    room uuid NOT NULL REFERENCES room ON DELETE RESTRICT,
    start_at timestamptz NOT NULL,
    end_at timestamptz NOT NULL,
    PRIMARY KEY (room, start_at),
    CHECK (start_at < end_at)
);

CREATE TABLE session (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    edition uuid NOT NULL REFERENCES edition ON DELETE RESTRICT,
    code text NOT NULL CHECK (code ~ '^[A-Z0-9]{3,12}$'),
    number int NOT NULL CHECK (number > 0),
    guid text NOT NULL CHECK (length(guid) BETWEEN 1 AND 120),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    subtitle text NOT NULL DEFAULT '' CHECK (length(subtitle) <= 400),
    kind text NOT NULL DEFAULT 'talk' CHECK (length(kind) <= 60),
    track text NOT NULL DEFAULT '' CHECK (length(track) <= 80),
    language text NOT NULL DEFAULT 'fr' CHECK (length(language) <= 20),
    level text NOT NULL DEFAULT '' CHECK (length(level) <= 40),
    abstract text NOT NULL DEFAULT '' CHECK (length(abstract) <= 20000),
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 50000),
    minutes int NOT NULL CHECK (minutes BETWEEN 1 AND 1440),
    needs text[] NOT NULL DEFAULT '{}',
    seats int CHECK (seats >= 0), -- fewer than the room holds, when one says so
    reservable boolean NOT NULL DEFAULT false,
    licence text, -- NULL: the imported file had no recording element
    optout boolean NOT NULL DEFAULT false,
    slug text NOT NULL DEFAULT '',
    logo text NOT NULL DEFAULT '',
    links jsonb NOT NULL DEFAULT '[]',
    attachments jsonb NOT NULL DEFAULT '[]',
    extra jsonb NOT NULL DEFAULT '[]', -- XML elements of an imported file that Forum has no field for
    interest int NOT NULL DEFAULT 0 CHECK (interest >= 0), -- people the organisers expect, beside favourites
    withdrawn_at timestamptz,
    version int NOT NULL DEFAULT 1,
    UNIQUE (edition, code),
    UNIQUE (edition, number),
    UNIQUE (edition, guid)
);

CREATE TABLE session_speaker (
    session uuid NOT NULL REFERENCES session ON DELETE RESTRICT,
    speaker uuid NOT NULL REFERENCES speaker ON DELETE RESTRICT,
    position int NOT NULL DEFAULT 0,
    PRIMARY KEY (session, speaker)
);
CREATE INDEX session_speaker_speaker ON session_speaker (speaker);

-- The draft: where each session stands in the editor. Overlaps are allowed here and said; a release refuses them.
CREATE TABLE placement (
    session uuid PRIMARY KEY REFERENCES session ON DELETE RESTRICT,
    room uuid NOT NULL REFERENCES room ON DELETE RESTRICT,
    start_at timestamptz NOT NULL,
    end_at timestamptz NOT NULL,
    locked_at timestamptz,
    locked_by uuid REFERENCES person ON DELETE RESTRICT,
    CHECK (start_at < end_at)
);
CREATE INDEX placement_room ON placement (room, start_at);

-- One row per edition. `version` rises with every edit of the draft: an editor that saw an older one is told.
CREATE TABLE agenda (
    edition uuid PRIMARY KEY REFERENCES edition ON DELETE RESTRICT,
    version int NOT NULL DEFAULT 0,
    head jsonb NOT NULL DEFAULT '{}' -- what an imported schedule says about itself, its days and the order of its rooms
);

CREATE TABLE draft_edit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    edition uuid NOT NULL REFERENCES edition ON DELETE RESTRICT,
    version int NOT NULL,
    actor uuid REFERENCES person ON DELETE RESTRICT,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    before jsonb NOT NULL, -- the touched placements as they were, null for none
    after jsonb NOT NULL,
    undone_at timestamptz,
    UNIQUE (edition, version)
);

CREATE TABLE release (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    edition uuid NOT NULL REFERENCES edition ON DELETE RESTRICT,
    number int NOT NULL CHECK (number > 0),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    note text NOT NULL DEFAULT '' CHECK (length(note) <= 4000),
    head jsonb NOT NULL DEFAULT '{}',
    at timestamptz NOT NULL,
    actor uuid REFERENCES person ON DELETE RESTRICT,
    restores uuid REFERENCES release ON DELETE RESTRICT, -- set by a rollback
    UNIQUE (edition, number),
    UNIQUE (edition, name)
);

-- A published session, whole and frozen; a cancelled one stays with its last place so that calendars can say so.
CREATE TABLE release_item (
    release uuid NOT NULL REFERENCES release ON DELETE RESTRICT,
    session uuid NOT NULL REFERENCES session ON DELETE RESTRICT,
    room uuid NOT NULL REFERENCES room ON DELETE RESTRICT,
    start_at timestamptz NOT NULL,
    end_at timestamptz NOT NULL,
    sequence int NOT NULL CHECK (sequence >= 0),
    changed_at timestamptz NOT NULL,
    cancelled boolean NOT NULL DEFAULT false,
    content jsonb NOT NULL,
    PRIMARY KEY (release, session),
    CHECK (start_at < end_at)
);
CREATE INDEX release_item_session ON release_item (session);

-- Whom a release concerned, and that they were told once.
CREATE TABLE release_notice (
    release uuid NOT NULL REFERENCES release ON DELETE RESTRICT,
    person uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    sessions uuid[] NOT NULL,
    told_at timestamptz,
    PRIMARY KEY (release, person)
);

CREATE TABLE favourite (
    person uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    session uuid NOT NULL REFERENCES session ON DELETE RESTRICT,
    at timestamptz NOT NULL,
    PRIMARY KEY (person, session)
);
CREATE INDEX favourite_session ON favourite (session);

-- The seats of a published session: `taken` are held or offered. The check is what a thousand clicks at once meet.
CREATE TABLE seating (
    session uuid PRIMARY KEY REFERENCES session ON DELETE RESTRICT,
    places int NOT NULL CHECK (places >= 0),
    taken int NOT NULL DEFAULT 0,
    walked_in int NOT NULL DEFAULT 0 CHECK (walked_in >= 0),
    CONSTRAINT never_over_capacity CHECK (taken >= 0 AND taken + walked_in <= places)
);

CREATE TABLE seat (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    session uuid NOT NULL REFERENCES session ON DELETE RESTRICT,
    person uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    asked_at timestamptz NOT NULL,
    place bigint GENERATED ALWAYS AS IDENTITY, -- the order in the queue; two clicks in one microsecond still have one
    offered_at timestamptz,
    offer_until timestamptz,
    held_at timestamptz,
    arrived_at timestamptz,
    ended_at timestamptz,
    ended_why text NOT NULL DEFAULT '' CHECK (ended_why IN ('', 'released', 'lapsed', 'cancelled', 'no_show')),
    CHECK (held_at IS NULL OR offered_at IS NULL OR offered_at <= held_at),
    CHECK ((offered_at IS NULL) = (offer_until IS NULL))
);
CREATE UNIQUE INDEX seat_once ON seat (session, person) WHERE ended_at IS NULL;
CREATE INDEX seat_queue ON seat (session, place) WHERE ended_at IS NULL AND held_at IS NULL AND offered_at IS NULL;
CREATE INDEX seat_offers ON seat (offer_until) WHERE ended_at IS NULL AND held_at IS NULL AND offered_at IS NOT NULL;
CREATE INDEX seat_person ON seat (person) WHERE ended_at IS NULL;

-- A personal calendar address: made from this id and the deployment's secret, good until revoked.
CREATE TABLE calendar_feed (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    person uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE UNIQUE INDEX calendar_feed_standing ON calendar_feed (person) WHERE revoked_at IS NULL;

CREATE TABLE agenda_plan (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    edition uuid NOT NULL REFERENCES edition ON DELETE RESTRICT,
    made_at timestamptz NOT NULL,
    actor uuid REFERENCES person ON DELETE RESTRICT,
    draft_version int NOT NULL,
    value bigint,
    bound bigint,
    terms jsonb NOT NULL DEFAULT '{}',
    seconds double precision NOT NULL,
    placements jsonb NOT NULL DEFAULT '[]',
    impossible jsonb NOT NULL DEFAULT '[]',
    applied_at timestamptz
);
