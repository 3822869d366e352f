-- What organisers say and order on the day: announcements and evacuations, facts with who, when and from where.

CREATE TABLE announcement (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    edition uuid NOT NULL REFERENCES edition ON DELETE RESTRICT,
    audience text NOT NULL CHECK (audience IN ('everyone', 'campus', 'inside', 'company')),
    campus uuid REFERENCES campus ON DELETE RESTRICT,
    company uuid REFERENCES company ON DELETE RESTRICT,
    text_fr text NOT NULL CHECK (length(text_fr) BETWEEN 1 AND 500),
    text_en text NOT NULL CHECK (length(text_en) BETWEEN 1 AND 500),
    urgent boolean NOT NULL DEFAULT false,
    by_mail boolean NOT NULL DEFAULT false,
    made_by uuid REFERENCES person ON DELETE RESTRICT,
    made_at timestamptz NOT NULL,
    until timestamptz NOT NULL,
    ended_at timestamptz,
    CHECK ((audience IN ('campus', 'inside')) = (campus IS NOT NULL)),
    CHECK ((audience = 'company') = (company IS NOT NULL)),
    CHECK (until > made_at)
);
CREATE INDEX announcement_standing ON announcement (edition, until) WHERE ended_at IS NULL;

CREATE TABLE evacuation (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    campus uuid NOT NULL REFERENCES campus ON DELETE RESTRICT,
    began_at timestamptz NOT NULL,
    began_by uuid REFERENCES person ON DELETE RESTRICT,
    inside int NOT NULL CHECK (inside >= 0), -- people inside when it began
    ended_at timestamptz,
    ended_by uuid REFERENCES person ON DELETE RESTRICT
);
CREATE UNIQUE INDEX one_evacuation ON evacuation (campus) WHERE ended_at IS NULL;

-- An alert somebody put off or dealt with: it stays quiet until `until`.
CREATE TABLE alert_quiet (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    edition uuid NOT NULL REFERENCES edition ON DELETE RESTRICT,
    alert text NOT NULL CHECK (length(alert) <= 120),
    by uuid REFERENCES person ON DELETE RESTRICT,
    at timestamptz NOT NULL,
    until timestamptz NOT NULL
);
CREATE INDEX alert_quiet_until ON alert_quiet (edition, until);
