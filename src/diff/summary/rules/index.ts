/** All rules. A new one needs its module and a line here. */
import { contentRules } from './content-rules.ts'
import { controlFileRules } from './control-file-rules.ts'
import { controlRules } from './control-rules.ts'
import { elfRules } from './elf-rules.ts'
import { MD5SUMS_LIES } from './md5sums-rule.ts'
import { modeRules } from './mode-rules.ts'
import { natureRules } from './nature-rules.ts'
import { packageRules } from './package-rules.ts'
import { presenceRules } from './presence-rules.ts'
import { relationRules } from './relation-rules.ts'
import type { Rule, RuleText } from './rule.ts'
import { runRules } from './run-rules.ts'
import { SCRIPT_SYNTAX } from './script-syntax-rule.ts'
import { typeRules } from './type-rules.ts'

/** The rules about one pair of packages. */
export const RULES: readonly Rule[] = [
  ...packageRules,
  ...modeRules,
  ...presenceRules,
  ...typeRules,
  ...elfRules,
  ...contentRules,
  ...natureRules,
  ...controlRules,
  ...relationRules,
  ...controlFileRules,
]

/** What people read about each rule, by name. Several rules may make findings of one name. */
export const RULE_TEXTS: readonly RuleText[] = [...RULES, ...runRules, MD5SUMS_LIES, SCRIPT_SYNTAX].sort(
  (a, b) => (a.id < b.id ? -1 : 1),
)
