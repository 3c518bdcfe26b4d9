/**
 * The SQL that makes Differ's own, embedded database. Nothing here is ever run on a database that Differ did not make.
 *
 * One entry per schema version, in order; released entries are never edited. The table `differ_meta` (made by
 * `embedded-worker.mjs`) says how many have been applied.
 */
export const embeddedMigrations: readonly string[] = [
  `
  -- The extension of this name is not to be had here; as text, versions are kept but not ordered as Debian does.
  CREATE DOMAIN debversion AS text;

  CREATE TABLE codebase (
    name text PRIMARY KEY,
    url text,
    branch text,
    subpath text,
    inactive boolean NOT NULL DEFAULT false
  );

  CREATE TABLE change_set (
    id text PRIMARY KEY,
    campaign text
  );

  CREATE TABLE run (
    id text PRIMARY KEY,
    command text,
    description text,
    start_time timestamp,
    finish_time timestamp,
    result_code text,
    main_branch_revision text,
    revision text,
    suite text NOT NULL,
    codebase text NOT NULL REFERENCES codebase (name),
    change_set text REFERENCES change_set (id)
  );

  -- The first is the order of every list; an equality filter ahead of it keeps the order.
  CREATE INDEX run_newest ON run (finish_time, id);
  CREATE INDEX run_codebase_newest ON run (codebase, finish_time, id);
  CREATE INDEX run_campaign_newest ON run (suite, finish_time, id);
  CREATE INDEX run_revision ON run (revision);
  CREATE INDEX run_main_branch_revision ON run (main_branch_revision, finish_time, id);

  CREATE TABLE debian_build (
    run_id text PRIMARY KEY REFERENCES run (id) ON DELETE CASCADE,
    version debversion NOT NULL,
    distribution text NOT NULL,
    source text NOT NULL,
    binary_packages text[]
  );
  CREATE INDEX debian_build_source ON debian_build (source);
  `,
]
