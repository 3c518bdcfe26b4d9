import type { Config } from '../../config/load.ts'
import { readRulesFile } from '../../diff/rules-file/rules-file.ts'
import { UsageError } from '../../errors.ts'
import { type Finding, failed, ok } from './finding.ts'

/** Whether the rules file is valid. No finding if none is configured. */
export async function checkRulesFile({ rulesFile: path }: Config): Promise<Finding[]> {
  if (path === null) return []
  try {
    const { uses } = await readRulesFile(path)
    return [ok('rules file', `${path}, entries: ${uses.length}`)]
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    return [
      failed(
        'rules file',
        error.message,
        'Correct the file, or set --rules to another one. The service does not start.',
      ),
    ]
  }
}
