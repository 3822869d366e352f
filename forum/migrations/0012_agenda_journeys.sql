-- A journey between two held seats that became too short: whom we told, once per pair of seats and length of the journey.

CREATE TABLE journey_notice (
    first_seat uuid NOT NULL REFERENCES seat ON DELETE CASCADE,
    second_seat uuid NOT NULL REFERENCES seat ON DELETE CASCADE,
    minutes int NOT NULL CHECK (minutes BETWEEN 0 AND 600),
    told_at timestamptz NOT NULL,
    PRIMARY KEY (first_seat, second_seat, minutes)
);
