/**
 * The SQL that creates the embedded database. Differ never runs it on a database that it did not create.
 *
 * One entry per schema version, in order. Do not edit a released entry: add one. The table `differ_meta`,
 * which `embedded-worker.mjs` creates, stores how many entries have been applied.
 */
export const EMBEDDED_MIGRATIONS: readonly string[] = [
  `
  -- PGlite does not have the debversion extension. As text, versions do not sort in Debian's order.
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

  -- Lists sort by finish_time and id. An index that begins with a filtered column still yields that order.
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
