/** The text of docs/rules.md, which `npm run codegen` writes. */
import { NOISE_CLASSES } from '../noise-classes.ts'
import { RULE_TEXTS } from './index.ts'

export function rulesMarkdown(): string {
  const rules = RULE_TEXTS.map(
    ({ id, severity, finds, why, source }) => `| \`${id}\` | ${severity} | ${finds} ${why} | ${source} |`,
  )
  const classes = Object.entries(NOISE_CLASSES).map(([name, text]) => `| \`${name}\` | ${text} |`)
  return `# Rules and classes of noise

For reviewers and for authors of scripts: what the findings of a summary mean, and which differences count as noise. \`npm run codegen\` writes
this page from the code.

A finding is \`BAD\` (most likely a defect or a danger), \`VERIFY\` (a person should confirm that it is intended) or \`INFO\` (good to know). The
table shows the usual severity; the text says when it is another one.

## Rules

| Rule | Severity | What it finds, and why it matters | Source |
|---|---|---|---|
${rules.join('\n')}

## Classes of noise

A difference is noise only if a class explains all of it: each class knows where it may occur, and takes out what it explains; what is equal
afterwards differs by noise. Whatever no class explains counts as a change.

| Class | What it explains |
|---|---|
${classes.join('\n')}

The verdict is \`IDENTICAL\` for equal bytes, \`NOISE_ONLY\` if classes of noise explain every difference, \`SUBSTANTIVE\` if something else differs,
and \`UNDECIDED\` if something could not be read or compared and nothing else differs.
`
}
