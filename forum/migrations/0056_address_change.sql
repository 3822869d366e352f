-- Somebody asked to change their own address: proven by a code sent to the new one. Kept a day, of use for ten minutes.
CREATE TABLE address_change (
    id uuid PRIMARY KEY,
    person uuid NOT NULL REFERENCES person ON DELETE CASCADE,
    email text NOT NULL, -- empty where the address has another owner: no code is right, the page is the same
    code_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    attempts int NOT NULL DEFAULT 0,
    used_at timestamptz
);
CREATE INDEX address_change_person ON address_change (person, created_at);
CREATE INDEX address_change_expiry ON address_change (expires_at);
