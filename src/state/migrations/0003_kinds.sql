-- Before anything else, so that a deadlock with a reader costs nothing.
LOCK TABLE "differ"."comparison", "differ"."finding" IN ACCESS EXCLUSIVE MODE;--> statement-breakpoint
DROP INDEX "differ"."comparison_verdict";--> statement-breakpoint
ALTER TABLE "differ"."comparison" ADD COLUMN "profile" smallint GENERATED ALWAYS AS (CASE WHEN "verdict" IS NULL AND "failure" IS NULL THEN 0 ELSE
		(coalesce(array_position('{IDENTICAL,NOISE_ONLY,SUBSTANTIVE,UNDECIDED,EXPECTED}', "verdict"), 0) + 1) * 64
		+ jsonb_path_exists("counts", 'strict $[*] ? (@[0] == "rule" && @[2] == "BAD" && @[3] == false)')::integer
		+ jsonb_path_exists("counts", 'strict $[*] ? (@[0] == "rule" && @[2] == "BAD" && @[3] == true)')::integer * 2
		+ jsonb_path_exists("counts", 'strict $[*] ? (@[0] == "rule" && @[2] == "VERIFY" && @[3] == false)')::integer * 4
		+ jsonb_path_exists("counts", 'strict $[*] ? (@[0] == "rule" && @[2] == "VERIFY" && @[3] == true)')::integer * 8
		+ jsonb_path_exists("counts", 'strict $[*] ? (@[0] == "rule" && @[2] == "INFO" && @[3] == false)')::integer * 16
		+ jsonb_path_exists("counts", 'strict $[*] ? (@[0] == "rule" && @[2] == "INFO" && @[3] == true)')::integer * 32
	END) STORED NOT NULL;--> statement-breakpoint
-- A new table, because an UPDATE would leave the old row beside each new one.
ALTER TABLE "differ"."finding" RENAME TO "old_finding";--> statement-breakpoint
CREATE TABLE "differ"."finding" (
	"comparison_id" bigint NOT NULL,
	"campaign_id" integer NOT NULL,
	"finished_ms" bigint NOT NULL,
	"rule" text NOT NULL,
	"severity" text NOT NULL,
	"expected" boolean NOT NULL,
	"kind" smallint NOT NULL,
	"package" text NOT NULL,
	"path" text NOT NULL,
	"path_key" bigint NOT NULL
);--> statement-breakpoint
INSERT INTO "differ"."finding" ("comparison_id", "campaign_id", "finished_ms", "rule", "severity", "expected", "kind", "package", "path", "path_key")
SELECT one."id", found."campaign_id", found."finished_ms", "rule", "severity", found."expected",
	"profile" / 64 * 8 + (array_position('{BAD,VERIFY,INFO}', "severity") - 1) * 2 + found."expected"::integer,
	"package", "path", "path_key"
FROM "differ"."old_finding" AS found JOIN "differ"."comparison" AS one ON one."id" = "comparison_id";--> statement-breakpoint
DROP TABLE "differ"."old_finding";--> statement-breakpoint
CREATE FUNCTION "differ"."set_kind"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW."kind" := (SELECT "profile" / 64 * 8 FROM "differ"."comparison" WHERE "id" = NEW."comparison_id")
		+ (array_position('{BAD,VERIFY,INFO}', NEW."severity") - 1) * 2 + NEW."expected"::integer;
	RETURN NEW;
END $$;--> statement-breakpoint
CREATE TRIGGER "finding_kind" BEFORE INSERT ON "differ"."finding" FOR EACH ROW EXECUTE FUNCTION "differ"."set_kind"();--> statement-breakpoint
ALTER TABLE "differ"."finding" ADD CONSTRAINT "finding_comparison_id_comparison_id_fk" FOREIGN KEY ("comparison_id") REFERENCES "differ"."comparison"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "comparison_profile" ON "differ"."comparison" USING btree ("campaign_id","profile","finished_ms","id");--> statement-breakpoint
CREATE INDEX "comparison_codebase" ON "differ"."comparison" USING btree ("campaign_id","codebase","finished_ms","id");--> statement-breakpoint
CREATE INDEX "finding_comparison" ON "differ"."finding" USING btree ("comparison_id");--> statement-breakpoint
CREATE INDEX "finding_package" ON "differ"."finding" USING btree ("campaign_id","package","finished_ms","comparison_id");--> statement-breakpoint
CREATE INDEX "finding_rule" ON "differ"."finding" USING btree ("campaign_id","rule","kind","finished_ms","comparison_id");--> statement-breakpoint
CREATE INDEX "finding_path" ON "differ"."finding" USING btree ("campaign_id","path_key","rule","kind","finished_ms","comparison_id");