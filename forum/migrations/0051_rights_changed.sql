-- Whoever may hear less (or more) than a moment ago is looked at again at once: said by the table itself, whichever way it was changed.

CREATE FUNCTION say_rights_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO event (topic, kind, ref) VALUES ('person.' || NEW.person, 'rights.changed', NEW.person);
    RETURN NULL;
END $$;

CREATE TRIGGER role_changed AFTER UPDATE OF ended_at, approved_at, campus, company, name ON role
    FOR EACH ROW EXECUTE FUNCTION say_rights_changed();
CREATE TRIGGER sign_in_ended AFTER UPDATE OF ended_at ON sign_in
    FOR EACH ROW WHEN (NEW.ended_at IS NOT NULL AND OLD.ended_at IS NULL) EXECUTE FUNCTION say_rights_changed();
