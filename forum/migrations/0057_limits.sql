-- How often a code was asked for with an address, known here or not: eight in an hour. A digest, gone with the request after a day.
ALTER TABLE sign_in_request ADD COLUMN address_hash bytea NOT NULL DEFAULT '';
CREATE INDEX sign_in_request_address ON sign_in_request (address_hash, created_at);
-- How many mails of a kind somebody got since yesterday.
DROP INDEX mail_person;
CREATE INDEX mail_person ON mail (person, template, created_at);
CREATE INDEX mail_recipient ON mail (lower(recipient), template, created_at) WHERE recipient <> '';
