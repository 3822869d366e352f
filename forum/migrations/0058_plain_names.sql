-- Words as a dictionary stands and a phone types them: no case, no accents. Élodie before Fatou, and found by "elodie".
CREATE FUNCTION plain(words text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lower(regexp_replace(normalize(words, NFD), '[\u0300-\u036f]', '', 'g'));
