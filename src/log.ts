/**
 * The log. It is written to standard error, so that standard output only has a command's result: lines of
 * text on a terminal, else JSON, or the JSON that Google Cloud's logging agents read. Messages may contain
 * text from packages and clients, so control characters are escaped and secrets masked.
 */
import { randomUUID } from 'node:crypto'
import { type Bindings, type ChildLoggerOptions, type Logger, type LoggerOptions, pino } from 'pino'
import { prettyFactory } from 'pino-pretty'
import { maskSecretsInJson } from './mask-secrets.ts'
import { activeSpan } from './tracing.ts'
import { VERSION } from './version.ts'

export type { Logger }

/** The field `http` of the line about a request. */
export interface RequestFacts {
  readonly method: string
  readonly url: string
  readonly status: number
  readonly ms: number
  readonly ip: string
  readonly userAgent: string | undefined
}

export interface LogOptions {
  readonly logLevel: string
  /** Writes JSON for Google Cloud, also on a terminal. */
  readonly gcpLogging?: boolean
  /** The Google Cloud project of the traces. Without it a line names its trace by the id alone. */
  readonly gcpProject?: string | null
}

/** Where lines are written: standard error, or a test's buffer. */
export interface LogOutput {
  readonly isTTY?: boolean
  write(line: string): unknown
}

export function createLog(options: LogOptions, output: LogOutput = process.stderr): Logger {
  const style = options.gcpLogging ? gcpStyle(options.gcpProject ?? null) : plainStyle()
  const lines = output.isTTY && !options.gcpLogging ? prettyPrinter(output) : output
  const log = pino(
    {
      level: options.logLevel,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: ['req.headers.authorization', 'req.headers.cookie'],
      ...style,
    },
    { write: (line) => lines.write(maskSecretsInJson(escapeInvisible(line))) },
  )
  return options.gcpLogging ? withLabels(log) : log
}

function plainStyle(): LoggerOptions {
  return {
    mixin() {
      const span = activeSpan()
      return span ? { traceId: span.traceId, spanId: span.spanId } : {}
    },
  }
}

const SEVERITIES: Readonly<Record<string, string>> = {
  trace: 'DEBUG',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARNING',
  error: 'ERROR',
  fatal: 'CRITICAL',
}

/**
 * See https://cloud.google.com/logging/docs/structured-logging: the agents read such lines from either
 * output.
 */
function gcpStyle(project: string | null): LoggerOptions {
  const instance = randomUUID()
  let written = 0
  return {
    messageKey: 'message',
    mixin() {
      const span = activeSpan()
      return {
        'logging.googleapis.com/insertId': `${instance}-${written++}`,
        ...(span && {
          'logging.googleapis.com/trace': project
            ? `projects/${project}/traces/${span.traceId}`
            : span.traceId,
          'logging.googleapis.com/spanId': span.spanId,
          'logging.googleapis.com/trace_sampled': (span.traceFlags & 1) === 1,
        }),
      }
    },
    formatters: {
      level: (label) => ({ severity: SEVERITIES[label] ?? 'DEFAULT' }),
      log: ({ http, ...rest }) => ({
        ...rest,
        ...(http ? { httpRequest: gcpRequest(http as RequestFacts) } : {}),
        ...(rest.err instanceof Error && {
          // Error Reporting groups errors by these.
          stack_trace: rest.err.stack,
          serviceContext: { service: 'differ', version: VERSION },
        }),
      }),
    },
  }
}

function gcpRequest({ method, url, status, ms, ip, userAgent }: RequestFacts) {
  return {
    requestMethod: method,
    requestUrl: url,
    status,
    latency: `${ms / 1000}s`,
    remoteIp: ip,
    userAgent,
  }
}

type CreateChild = (this: Logger, bindings: Bindings, options?: ChildLoggerOptions) => Logger

/**
 * Makes a request's id, which Fastify binds to a child logger, a label. `child` is replaced because pino
 * applies `formatters.bindings` to the root logger only, and `formatters.log` never sees what a child is
 * bound to.
 */
function withLabels(log: Logger): Logger {
  // pino types `child` by custom levels, of which there are none.
  const child = log.child as unknown as CreateChild
  const labelled: CreateChild = function ({ reqId, ...rest }, options) {
    const labels = reqId !== undefined && { 'logging.googleapis.com/labels': { request_id: String(reqId) } }
    return child.call(this, { ...rest, ...labels }, options)
  }
  return Object.assign(log, { child: labelled as unknown as Logger['child'] })
}

/** Writes each JSON line as a line of text, the facts of a request in its message. */
function prettyPrinter(output: LogOutput): LogOutput {
  const format = prettyFactory({
    translateTime: 'SYS:HH:MM:ss',
    // pino-pretty prints a logger's name unescaped.
    ignore: 'pid,hostname,name,http',
    colorize: true,
    messageFormat(record, key) {
      const http = record.http as RequestFacts | undefined
      const message = String(record[key] ?? '').replaceAll('\n', '\\n')
      return http ? `${message} ${http.status} in ${http.ms} ms: ${http.method} ${http.url}` : message
    },
  })
  return { write: (line) => output.write(format(escapeTwice(line)) ?? '') }
}

/**
 * Escapes control characters in JSON once more, so that parsing leaves their escapes (`\u001b`) as text.
 * Newlines and tabs stay unescaped.
 */
function escapeTwice(json: string): string {
  return json.replace(/\\(?:u[0-9a-f]{4}|.)/gi, (sequence) =>
    /^\\[urbf]/.test(sequence) ? `\\${sequence}` : sequence,
  )
}

/**
 * Escapes characters in JSON that terminals obey or people cannot see. JSON itself has escaped those below
 * U+0020.
 */
function escapeInvisible(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
