CREATE SCHEMA IF NOT EXISTS "differ";
--> statement-breakpoint
CREATE TABLE "differ"."campaign" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "differ"."campaign_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"name" text NOT NULL,
	CONSTRAINT "campaign_name_unique" UNIQUE("name")
);
--> statement-breakpoint
CREATE TABLE "differ"."campaign_count" (
	"campaign_id" integer NOT NULL,
	"kind" text NOT NULL,
	"key" text NOT NULL,
	"severity" text NOT NULL,
	"expected" boolean NOT NULL,
	"comparisons" integer NOT NULL,
	"items" bigint NOT NULL,
	CONSTRAINT "campaign_count_campaign_id_kind_key_severity_expected_pk" PRIMARY KEY("campaign_id","kind","key","severity","expected")
);
--> statement-breakpoint
CREATE TABLE "differ"."comparison" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "differ"."comparison_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"old_id" text NOT NULL,
	"new_id" text NOT NULL,
	"campaign_id" integer NOT NULL,
	"codebase" text NOT NULL,
	"finished_ms" bigint NOT NULL,
	"verdict" text,
	"failure" text,
	"rules_version" integer DEFAULT 0 NOT NULL,
	"rules_file" text DEFAULT '' NOT NULL,
	"made_ms" bigint DEFAULT 0 NOT NULL,
	"recorded_ms" bigint DEFAULT 0 NOT NULL,
	"bad" integer DEFAULT 0 NOT NULL,
	"verify" integer DEFAULT 0 NOT NULL,
	"info" integer DEFAULT 0 NOT NULL,
	"expected" integer DEFAULT 0 NOT NULL,
	"signature" bigint,
	"counts" jsonb DEFAULT '[]'::jsonb NOT NULL,
	CONSTRAINT "comparison_pair" UNIQUE("old_id","new_id")
);
--> statement-breakpoint
CREATE TABLE "differ"."finding" (
	"comparison_id" bigint NOT NULL,
	"campaign_id" integer NOT NULL,
	"finished_ms" bigint NOT NULL,
	"rule" text NOT NULL,
	"severity" text NOT NULL,
	"expected" boolean NOT NULL,
	"package" text NOT NULL,
	"path" text NOT NULL,
	"path_key" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "differ"."campaign_count" ADD CONSTRAINT "campaign_count_campaign_id_campaign_id_fk" FOREIGN KEY ("campaign_id") REFERENCES "differ"."campaign"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "differ"."comparison" ADD CONSTRAINT "comparison_campaign_id_campaign_id_fk" FOREIGN KEY ("campaign_id") REFERENCES "differ"."campaign"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "differ"."finding" ADD CONSTRAINT "finding_comparison_id_comparison_id_fk" FOREIGN KEY ("comparison_id") REFERENCES "differ"."comparison"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "comparison_newest" ON "differ"."comparison" USING btree ("campaign_id","finished_ms","id");--> statement-breakpoint
CREATE INDEX "comparison_verdict" ON "differ"."comparison" USING btree ("campaign_id","verdict","finished_ms","id");--> statement-breakpoint
CREATE INDEX "comparison_signature" ON "differ"."comparison" USING btree ("campaign_id","signature","finished_ms","id");--> statement-breakpoint
CREATE INDEX "comparison_new_id" ON "differ"."comparison" USING btree ("new_id");--> statement-breakpoint
CREATE INDEX "comparison_rules_version" ON "differ"."comparison" USING btree ("rules_version");--> statement-breakpoint
CREATE INDEX "finding_comparison" ON "differ"."finding" USING btree ("comparison_id");--> statement-breakpoint
CREATE INDEX "finding_rule" ON "differ"."finding" USING btree ("campaign_id","rule","finished_ms","comparison_id");--> statement-breakpoint
CREATE INDEX "finding_severity" ON "differ"."finding" USING btree ("campaign_id","severity","finished_ms","comparison_id");--> statement-breakpoint
CREATE INDEX "finding_package" ON "differ"."finding" USING btree ("campaign_id","package","finished_ms","comparison_id");--> statement-breakpoint
CREATE INDEX "finding_path" ON "differ"."finding" USING btree ("campaign_id","path_key","finished_ms","comparison_id");