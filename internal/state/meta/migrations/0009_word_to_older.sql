-- A word to the programs of before the seventh change: they look for the tables' ids in variant_stores before they look at user_version, and take a
-- file without for another folder's, which they tell people to have rebuilt. What they read here refuses with this word instead. The column comes
-- after the row, as it cannot be read for one, and has no type, so that SQLite's integrity check does not read it.
CREATE TABLE variant_stores (word TEXT);
INSERT INTO variant_stores (word) VALUES ('this state was made by a newer varlake: use that one');
ALTER TABLE variant_stores ADD COLUMN id GENERATED ALWAYS AS (json_extract('{}', word)) VIRTUAL;
