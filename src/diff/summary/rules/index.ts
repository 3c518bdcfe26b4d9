/** All rules. A new one needs its module and a line here. */
import { contentRules } from './content-rules.ts'
import { controlFileRules } from './control-file-rules.ts'
import { controlRules } from './control-rules.ts'
import { elfRules } from './elf-rules.ts'
import { modeRules } from './mode-rules.ts'
import { natureRules } from './nature-rules.ts'
import { packageRules } from './package-rules.ts'
import { presenceRules } from './presence-rules.ts'
import { relationRules } from './relation-rules.ts'
import type { Rule } from './rule.ts'
import { typeRules } from './type-rules.ts'

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
