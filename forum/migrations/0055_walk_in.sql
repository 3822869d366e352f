-- Registrations made at a door, by the nonce of their first entry: sent again, they are the same.
CREATE TABLE walk_in (
    nonce text PRIMARY KEY CHECK (length(nonce) BETWEEN 8 AND 64),
    registration uuid NOT NULL UNIQUE REFERENCES registration ON DELETE RESTRICT,
    device uuid NOT NULL REFERENCES door_device ON DELETE RESTRICT,
    staff text NOT NULL DEFAULT '' CHECK (length(staff) <= 40), -- what whoever held the phone called themselves
    at timestamptz NOT NULL,
    created_at timestamptz NOT NULL
);
