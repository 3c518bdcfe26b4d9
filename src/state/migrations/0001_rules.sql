-- Each row counts under the rules that judged it: see `FactKind`.
UPDATE "differ"."comparison" SET "counts" = "counts" || jsonb_build_array(jsonb_build_array('rules',
	CASE WHEN "verdict" IS NULL THEN "rules_version" || ' *' ELSE rtrim("rules_version" || ' ' || "rules_file") END, '', false, 1))
WHERE "verdict" IS NOT NULL OR "failure" IS NOT NULL;
--> statement-breakpoint
INSERT INTO "differ"."campaign_count" ("campaign_id", "kind", "key", "severity", "expected", "comparisons", "items")
SELECT "campaign_id", 'rules',
	CASE WHEN "verdict" IS NULL THEN "rules_version" || ' *' ELSE rtrim("rules_version" || ' ' || "rules_file") END,
	'', false, count(*), count(*)
FROM "differ"."comparison" WHERE "verdict" IS NOT NULL OR "failure" IS NOT NULL
GROUP BY 1, 3;
