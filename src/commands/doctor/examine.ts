import type { Config } from '../../config/load.ts'
import { printable } from '../printable.ts'
import { checkBucket } from './check-bucket.ts'
import { checkRulesFile } from './check-rules-file.ts'
import { checkDirectories } from './directories.ts'
import type { Finding } from './finding.ts'
import { checkServices } from './services.ts'
import { checkTools } from './tools.ts'

/**
 * Checks everything that Differ needs and prints the findings.
 * @returns whether everything required works
 */
export async function examine(config: Config, json: boolean): Promise<boolean> {
  const findings = (
    await Promise.all([
      checkTools(config),
      checkServices(config),
      checkDirectories(config),
      checkBucket(config),
      checkRulesFile(config),
    ])
  ).flat()
  process.stdout.write(json ? `${JSON.stringify({ findings }, null, 2)}\n` : asTable(findings))
  return findings.every(({ status }) => status !== 'failed')
}

function asTable(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ name }) => name.length))
  const rows = findings.map(({ name, status, found, advice }) => {
    const row = `${status.padEnd(7)}  ${name.padEnd(width)}  ${printable(found)}\n`
    return advice === null ? row : `${row}${' '.repeat(width + 11)}${advice}\n`
  })
  const count = (status: Finding['status']) => findings.filter((one) => one.status === status).length
  return `${rows.join('')}\n${count('ok')} ok, ${count('warning')} warnings, ${count('failed')} failed\n`
}
