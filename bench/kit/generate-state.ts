/** Fills the tables of the state with summaries, inside PostgreSQL. */
import { RULES_VERSION } from '../../src/diff/summary-version.ts'

/** What runs do: clusters. */
const TEMPLATES = 400

/**
 * @param run runs statements
 * @returns how many findings there are
 */
export async function generateState(
  run: (text: string) => Promise<Record<string, unknown>[]>,
  summaries: number,
): Promise<{ findings: number }> {
  const indexes = await run(`SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'differ'
    AND tablename IN ('comparison', 'finding') AND indexdef NOT LIKE '%UNIQUE%'`)
  for (const { indexname } of indexes) await run(`DROP INDEX differ.${indexname}`)
  await run(`SELECT setseed(0.25);
    INSERT INTO differ.campaign (name) SELECT 'campaign-' || g FROM generate_series(1, 50) AS g;
    -- What a run may do: up to ten findings of rules of which few are common.
    CREATE UNLOGGED TABLE template_finding AS
      SELECT t AS template, f AS number, 'RULE_' || floor(60 * power(random(), 2)) AS rule,
        (ARRAY['INFO', 'INFO', 'INFO', 'VERIFY', 'BAD'])[1 + floor(5 * random())] AS severity,
        'usr/share/doc/' || floor(40 * random()) AS path
      FROM generate_series(0, ${TEMPLATES - 1}) AS t,
        LATERAL generate_series(1, CASE WHEN t % 10 = 0 THEN 0 ELSE 1 + t * 7 % 10 END) AS f;
    CREATE UNLOGGED TABLE template AS
      SELECT t AS template,
        CASE WHEN t = 397 THEN NULL WHEN t % 40 = 30 THEN 'UNDECIDED' WHEN t % 10 = 0 THEN 'NOISE_ONLY'
          WHEN t < 30 THEN 'EXPECTED' ELSE 'SUBSTANTIVE' END AS verdict, t < 30 AS expected,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(kind, key, severity, expected, items)), '[]') FROM (
          SELECT 'rule' AS kind, rule AS key, severity, t < 30 AS expected, count(*) AS items
          FROM template_finding AS one WHERE one.template = t GROUP BY rule, severity) AS fact) AS rules,
        (SELECT count(*) FROM template_finding AS one WHERE one.template = t) AS findings
      FROM generate_series(0, ${TEMPLATES - 1}) AS t;
    UPDATE template SET rules = '[]' WHERE verdict IS NULL;`)
  await run(`SELECT setseed(0.5);
    INSERT INTO differ.comparison (old_id, new_id, campaign_id, codebase, finished_ms, verdict, failure, rules_version,
      made_ms, recorded_ms, info, expected, signature, counts)
    SELECT 'old-' || g || '-0a1b2c3d4e5f60718293', 'run-' || g || '-0a1b2c3d4e5f60718293', campaign,
      'package-' || floor(30000 * random()), 1700000000000 + g * 30000::bigint + floor(random() * 1000)::bigint,
      verdict, CASE WHEN verdict IS NULL THEN 'ArtifactsMissingError' END, ${RULES_VERSION}, 1700000000000, 1700000000000,
      findings, CASE WHEN expected THEN findings ELSE 0 END,
      CASE WHEN verdict IS NULL THEN NULL ELSE template * 1234567890123 END,
      rules || jsonb_build_array(jsonb_build_array(CASE WHEN verdict IS NULL THEN 'failure' ELSE 'verdict' END,
        coalesce(verdict, 'ArtifactsMissingError'), '', false, 1),
        jsonb_build_array('rules', CASE WHEN verdict IS NULL THEN '${RULES_VERSION} *' ELSE '${RULES_VERSION}' END, '', false, 1),
        jsonb_build_array('noise', 'MTIME', '', false, 40),
        jsonb_build_array('noise', 'VERSION', '', false, 3),
        jsonb_build_array('package', 'CHANGED', '', false, 3),
        jsonb_build_array('size', 'old', '', false, 1000000),
        jsonb_build_array('size', 'new', '', false, 1000010))
    FROM (
      SELECT g, CASE WHEN g % ${Math.max(1, Math.floor(summaries / 20_000))} = 0 THEN 1
          ELSE 2 + floor(49 * power(random(), 2))::integer END AS campaign,
        floor(${TEMPLATES} * power(random(), 3))::integer AS chosen
      FROM generate_series(1, ${summaries}) AS g OFFSET 0
    ) AS one JOIN template ON template = chosen;
    INSERT INTO differ.finding
      (comparison_id, campaign_id, finished_ms, rule, severity, expected, package, path, path_key)
    SELECT one.id, campaign_id, finished_ms, found.rule, found.severity, template.expected,
      one.codebase || CASE WHEN found.number % 3 = 0 THEN '-doc' ELSE '' END, found.path,
      ('x' || substr(encode(sha256(found.path::bytea), 'hex'), 1, 16))::bit(64)::bigint
    FROM differ.comparison AS one
    JOIN template ON one.signature = template.template * 1234567890123
    JOIN template_finding AS found USING (template)
    ORDER BY one.id;`)
  for (const { indexdef } of indexes) await run(String(indexdef))
  await run(`INSERT INTO differ.campaign_count (campaign_id, kind, key, severity, expected, comparisons, items)
    SELECT campaign_id, fact->>0, fact->>1, fact->>2, (fact->>3)::boolean, count(*), sum((fact->>4)::bigint)
    FROM differ.comparison, jsonb_array_elements(counts) AS fact
    GROUP BY 1, 2, 3, 4, 5`)
  await run('VACUUM ANALYZE')
  const [row] = await run('SELECT count(*)::integer AS findings FROM differ.finding')
  return { findings: Number(row?.findings) }
}
