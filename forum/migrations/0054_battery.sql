-- What a phone at a door says of its battery, where its browser knows.
ALTER TABLE door_device ADD COLUMN battery smallint CHECK (battery BETWEEN 0 AND 100); -- per cent
