-- A plan of the agenda is a row from the moment it is asked for: its page shows how far it is, and what became of it.

ALTER TABLE agenda_plan ADD COLUMN job bigint;
ALTER TABLE agenda_plan ADD COLUMN finished_at timestamptz;
UPDATE agenda_plan SET finished_at = made_at;

-- A journey that became too short lies between two seats, two meetings, or one of each: `holder` of a claim names any of them.
ALTER TABLE journey_notice DROP CONSTRAINT journey_notice_first_seat_fkey;
ALTER TABLE journey_notice DROP CONSTRAINT journey_notice_second_seat_fkey;
ALTER TABLE journey_notice RENAME COLUMN first_seat TO first_holder;
ALTER TABLE journey_notice RENAME COLUMN second_seat TO second_holder;
ALTER TABLE journey_notice ADD COLUMN person uuid REFERENCES person ON DELETE CASCADE; -- a meeting has two people: each is told
DELETE FROM journey_notice;
ALTER TABLE journey_notice ALTER COLUMN person SET NOT NULL;
ALTER TABLE journey_notice DROP CONSTRAINT journey_notice_pkey;
ALTER TABLE journey_notice ADD PRIMARY KEY (person, first_holder, second_holder, minutes);
