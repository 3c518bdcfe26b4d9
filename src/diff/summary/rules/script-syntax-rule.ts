import type { RuleText } from './rule.ts'

/** Its findings come from `checkSyntax`, which has to run the shell. */
export const SCRIPT_SYNTAX: RuleText = {
  id: 'SCRIPT_SYNTAX',
  severity: 'BAD',
  finds: 'A maintainer script that is new or has changed is refused by its shell.',
  why: 'The script fails before its first command, and with it the installation or removal of the package.',
  source: 'rpminspect, inspection "shellsyntax"; dash(1), option -n',
}
