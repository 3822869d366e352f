-- Why each wish was met or not by a plan, in sentences with their facts (ids of companies, never of another person), worked out by a worker.

CREATE TABLE explanation (
    plan uuid NOT NULL REFERENCES plan ON DELETE CASCADE,
    candidate uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    company uuid NOT NULL REFERENCES company ON DELETE RESTRICT,
    reason text NOT NULL CHECK (reason IN ('meets', 'no common slot', 'own day', 'feasible', 'no exchange')),
    sentences jsonb NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (plan, candidate, company)
);

-- Who asked for theirs and waits; those are worked out before anybody else's.
CREATE TABLE explanation_wanted (
    plan uuid NOT NULL REFERENCES plan ON DELETE CASCADE,
    candidate uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    asked_at timestamptz NOT NULL,
    PRIMARY KEY (plan, candidate)
);
