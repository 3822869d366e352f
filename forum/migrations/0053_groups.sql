-- Who is on a referent's list: the name as they typed it and whether the person answered, never whether Forum knew them before.

ALTER TABLE party ADD COLUMN company uuid REFERENCES company ON DELETE RESTRICT; -- a company's team: whoever confirms asks to recruit for it

CREATE TABLE party_member (
    party uuid NOT NULL REFERENCES party ON DELETE RESTRICT,
    person uuid NOT NULL REFERENCES person ON DELETE RESTRICT,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    invited_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > invited_at),
    answered_at timestamptz,
    PRIMARY KEY (party, person)
);
CREATE INDEX party_member_person ON party_member (person);

ALTER TABLE mail_link ADD COLUMN party uuid REFERENCES party ON DELETE CASCADE; -- the group this link answers
