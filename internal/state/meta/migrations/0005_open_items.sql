-- The files of import jobs that are not final: which is next, how many are left and whether any is are asked for each file of a job, and would cost
-- as much as the job has files.
CREATE INDEX import_items_open ON import_items (job, item) WHERE status IN ('SUBMITTED', 'IN_PROGRESS');
