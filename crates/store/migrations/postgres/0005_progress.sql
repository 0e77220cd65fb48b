-- How far a run is, as JSON; written by the run about once a second, and by none that is shorter.
ALTER TABLE mnemo.runs ADD COLUMN progress text;
