-- Mail to send: written in the transaction that causes it; `facts` hold what the template needs (links, codes), never kept after sending.

CREATE TABLE mail (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    template text NOT NULL,
    person uuid REFERENCES person ON DELETE CASCADE,
    recipient text NOT NULL DEFAULT '', -- an address that is not a person's own: a guardian
    facts jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL,
    taken_at timestamptz,  -- a worker has it
    tries int NOT NULL DEFAULT 0,
    sent_at timestamptz,
    subject text NOT NULL DEFAULT '',
    body text NOT NULL DEFAULT '',
    html text NOT NULL DEFAULT '',
    failure text NOT NULL DEFAULT ''
);
CREATE INDEX mail_unsent ON mail (created_at) WHERE sent_at IS NULL;
CREATE INDEX mail_person ON mail (person);
