-- The fourth change took sources in real buckets for lost, such as those of s3://local-1-genomes/: a name that a command gave to a file for itself had
-- digits alone after s3://local-, which are 11 characters.
UPDATE import_items SET pin = '' WHERE pin = 'lost' AND substr(source, 12, instr(substr(source, 12), '/') - 1) GLOB '*[^0-9]*';
UPDATE reference_sources SET pin = '' WHERE pin = 'lost' AND substr(uri, 12, instr(substr(uri, 12), '/') - 1) GLOB '*[^0-9]*';
