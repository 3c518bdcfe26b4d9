import type { Config } from '../config/load.ts'
import { checkPlaces } from './doctor/directories.ts'
import type { Finding } from './doctor/finding.ts'
import { checkServices } from './doctor/services.ts'
import { checkTools } from './doctor/tools.ts'

/**
 * Looks at all that Differ needs and prints what it found.
 * @returns whether all that is needed is there
 */
export async function examine(config: Config, json: boolean): Promise<boolean> {
  const findings = (
    await Promise.all([checkTools(config), checkServices(config), checkPlaces(config)])
  ).flat()
  process.stdout.write(json ? `${JSON.stringify({ findings }, null, 2)}\n` : asTable(findings))
  return findings.every(({ status }) => status !== 'failed')
}

function asTable(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ name }) => name.length))
  const rows = findings.map(({ name, status, found, advice }) => {
    const row = `${status.padEnd(7)}  ${name.padEnd(width)}  ${found.replace(/\p{Cc}/gu, ' ')}\n`
    return advice === null ? row : `${row}${' '.repeat(width + 11)}${advice}\n`
  })
  const count = (status: Finding['status']) => findings.filter((one) => one.status === status).length
  return `${rows.join('')}\n${count('ok')} ok, ${count('warning')} warned of, ${count('failed')} failed\n`
}
