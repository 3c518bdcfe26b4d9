/**
 * The log, on standard error, so that a command's result stays clean: lines for people on a terminal, JSON for machines elsewhere, or the fields that
 * Google Cloud's agents know. What is logged may come from packages and clients, so no control character and no password gets through.
 */
import { randomUUID } from 'node:crypto'
import { type Bindings, type ChildLoggerOptions, type Logger, type LoggerOptions, pino } from 'pino'
import { prettyFactory } from 'pino-pretty'
import { activeSpan } from './tracing.ts'
import { VERSION } from './version.ts'

export type { Logger }

/** The field `http` of a line about an answered request. */
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
  /** Structured for Google Cloud, on a terminal too. */
  readonly gcpLogging?: boolean
  /** The project that traces belong to, without which a line names its trace by its id alone. */
  readonly gcpProject?: string | null
}

/** Where lines go: standard error, or a test. */
export interface LogOutput {
  readonly isTTY?: boolean
  write(line: string): unknown
}

export function createLog(options: LogOptions, output: LogOutput = process.stderr): Logger {
  const style = options.gcpLogging ? gcpStyle(options.gcpProject ?? null) : plainStyle()
  const lines = output.isTTY && !options.gcpLogging ? linesForPeople(output) : output
  const log = pino(
    {
      level: options.logLevel,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: ['req.headers.authorization', 'req.headers.cookie'],
      ...style,
    },
    { write: (line) => lines.write(maskSecrets(showControls(line))) },
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

/** https://cloud.google.com/logging/docs/structured-logging: its agents take such lines from either output. */
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
          // What its Error Reporting groups failures by.
          stack_trace: rest.err.stack,
          serviceContext: { service: 'differ', version: VERSION },
        }),
      }),
    },
  }
}

/** Makes a logger from another one; the library's own type of it follows levels that nobody has. */
type MakeChild = (this: Logger, bindings: Bindings, options?: ChildLoggerOptions) => Logger

/** The id of a request, which the server gives its logger, as a label. (The library has no hook for the fields of a child.) */
function withLabels(log: Logger): Logger {
  const child = log.child as unknown as MakeChild
  const labelled: MakeChild = function ({ reqId, ...rest }, options) {
    const labels = reqId !== undefined && { 'logging.googleapis.com/labels': { request_id: String(reqId) } }
    return child.call(this, { ...rest, ...labels }, options)
  }
  return Object.assign(log, { child: labelled as unknown as Logger['child'] })
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

/** One line of text for each record; a request's facts within it. */
function linesForPeople(output: LogOutput): LogOutput {
  const format = prettyFactory({
    translateTime: 'SYS:HH:MM:ss',
    // A logger's name would be shown as it is.
    ignore: 'pid,hostname,name,http',
    colorize: true,
    messageFormat(record, key) {
      const http = record.http as RequestFacts | undefined
      const message = oneLine(String(record[key] ?? ''))
      return http ? `${message} ${http.status} in ${http.ms} ms: ${http.method} ${http.url}` : message
    },
  })
  return { write: (line) => output.write(format(escapedTwice(line)) ?? '') }
}

function oneLine(text: string): string {
  return text.replaceAll('\n', '\\n')
}

/** In JSON: a control character below U+0020 as its escape's own text, so that it is not one again for who has read the JSON. Line ends and tabs stay. */
function escapedTwice(json: string): string {
  return json.replace(/\\(?:u[0-9a-f]{4}|.)/gi, (escape) =>
    /^\\[urbf]/.test(escape) ? `\\${escape}` : escape,
  )
}

/** In JSON, what terminals obey and people do not see, escaped; below U+0020 JSON itself has done so. */
function showControls(json: string): string {
  return json.replace(
    /[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Passwords in URLs, and parameters of URLs that are secrets by their names. */
function maskSecrets(json: string): string {
  return json
    .replace(/(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@"\\]{0,200}:)[^\s/@"\\]{1,500}@/gi, '$1***@')
    .replace(
      /([?&][\w.-]{0,40}(?:pass|secret|token|signature|credential|api_?key)[\w.-]{0,40}=)[^\s&#"\\]+/gi,
      '$1***',
    )
}
