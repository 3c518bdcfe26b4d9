import { type Logger, pino } from 'pino'
import pretty from 'pino-pretty'

/** The log: lines for people where standard output is a terminal, JSON for machines elsewhere. On standard error, so that a command's result stays clean. */
export function createLog(level: string): Logger {
  const options = { level, base: null, redact: ['req.headers.authorization', 'req.headers.cookie'] }
  if (!process.stderr.isTTY)
    return pino({ ...options, timestamp: pino.stdTimeFunctions.isoTime }, process.stderr)
  return pino(
    options,
    pretty({ destination: 2, sync: true, translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname' }),
  )
}

export type { Logger }
