/**
 * Every setting of Differ, once: its flag, its environment variable, its field in janitor.conf, its default, how it is read and what it means. `--help`, `differ config`
 * and the checks at start are made from this table.
 */
import { availableParallelism, tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { parseGcsLocation } from '../artifacts/gcs-location.ts'
import { UsageError } from '../errors.ts'
import { connectionOptions } from '../redis/redis-url.ts'
import { parseAddressRange } from '../requests/client-address.ts'
import type { JanitorField } from './janitor-conf.ts'
import { shellSplit } from './shell-split.ts'

export interface Option<T> {
  /** Long flag without dashes, if it has one; `--debug` and the like take no value. */
  readonly flag?: string
  readonly isSwitch?: boolean
  readonly env?: string
  readonly conf?: JanitorField
  /** As a user would write it; null where the setting is off by default. */
  readonly default: string | null
  /** Placeholder for the value in `--help`. */
  readonly value: string
  readonly help: string
  /** Never shown whole: a URL that may hold a password, or something that is a secret altogether. */
  readonly secret?: 'url' | 'whole'
  /** @throws UsageError with what is allowed */
  readonly parse: (text: string) => T
}

function option<T>(spec: Option<T>): Option<T> {
  return spec
}

export const OPTIONS = {
  listenAddress: option({
    flag: 'listen-address',
    env: 'DIFFER_LISTEN_ADDRESS',
    default: 'localhost',
    value: 'ADDRESS',
    help: 'address to listen on',
    parse: nonEmpty,
  }),
  port: option({
    flag: 'port',
    env: 'DIFFER_PORT',
    default: '9920',
    value: 'PORT',
    help: 'port to listen on; 0 takes a free one',
    parse: wholeNumber(0, 65_535),
  }),
  baseUrl: option<string | null>({
    flag: 'base-url',
    env: 'DIFFER_BASE_URL',
    default: null,
    value: 'URL',
    help: 'where clients reach the service, behind a proxy (https://example.org/differ/); without it the address it listens on',
    parse: baseUrl,
  }),
  corsOrigins: option<readonly string[]>({
    flag: 'cors-origins',
    env: 'DIFFER_CORS_ORIGINS',
    default: '',
    value: 'LIST',
    help: 'other sites whose pages may use the service (https://example.org,…), separated by commas; none by default',
    parse: origins,
  }),
  trustedProxies: option<readonly string[]>({
    flag: 'trusted-proxies',
    env: 'DIFFER_TRUSTED_PROXIES',
    default: '',
    value: 'LIST',
    help: 'addresses and CIDR ranges of the proxies whose X-Forwarded-For names the client (127.0.0.1,10.0.0.0/8), separated by commas; none by default',
    parse: (text) => names(text).map(parseAddressRange),
  }),
  token: option<string | null>({
    // No flag: every user of the machine sees the command lines of all.
    env: 'DIFFER_TOKEN',
    default: null,
    value: 'TOKEN',
    help: 'what clients must show (Authorization: Bearer TOKEN) to start or stop work; without it everybody may',
    secret: 'whole',
    parse: token,
  }),
  tokenFile: option<string | null>({
    flag: 'token-file',
    env: 'DIFFER_TOKEN_FILE',
    default: null,
    value: 'FILE',
    help: 'file that holds the token (DIFFER_TOKEN) that clients must show to start or stop work',
    parse: (text) => resolve(nonEmpty(text)),
  }),
  serviceUrl: option({
    flag: 'url',
    env: 'DIFFER_URL',
    default: 'http://localhost:9920',
    value: 'URL',
    help: 'where the service is that a command asks',
    parse: baseUrl,
  }),
  maxSubscriptions: option({
    flag: 'max-subscriptions',
    env: 'DIFFER_MAX_SUBSCRIPTIONS',
    default: '5000',
    value: 'N',
    help: 'GraphQL subscriptions at a time, and WebSockets as many',
    parse: wholeNumber(1, 1_000_000),
  }),
  maxClientSubscriptions: option({
    flag: 'max-client-subscriptions',
    env: 'DIFFER_MAX_CLIENT_SUBSCRIPTIONS',
    default: '200',
    value: 'N',
    help: 'concurrent GraphQL subscriptions of one client address, and as many WebSockets; behind a proxy set --trusted-proxies',
    parse: wholeNumber(1, 1_000_000),
  }),
  websocketMessageLimit: option({
    flag: 'websocket-message-limit',
    env: 'DIFFER_WEBSOCKET_MESSAGE_LIMIT',
    default: '256',
    value: 'KB',
    help: 'size that a message from a WebSocket client may have, in KB',
    parse: wholeNumber(1, 16_384),
  }),
  websocketInitTimeout: option({
    flag: 'websocket-init-timeout',
    env: 'DIFFER_WEBSOCKET_INIT_TIMEOUT',
    default: '5',
    value: 'SECONDS',
    help: 'time that a WebSocket client has to begin the protocol, in seconds',
    parse: wholeNumber(1, 3_600),
  }),
  websocketPing: option({
    flag: 'websocket-ping',
    env: 'DIFFER_WEBSOCKET_PING',
    default: '15',
    value: 'SECONDS',
    help: 'pause between pings to a WebSocket client, in seconds; one that does not answer until the next is cut off',
    parse: wholeNumber(1, 3_600),
  }),
  dataDir: option({
    flag: 'data-dir',
    env: 'DIFFER_DATA_DIR',
    default: '.differ',
    value: 'DIR',
    help: 'where everything lies that is not configured otherwise: the embedded database, artifacts, cache',
    parse: (text) => resolve(nonEmpty(text)),
  }),
  databaseUrl: option<string | null>({
    flag: 'database-url',
    env: 'DATABASE_URL',
    conf: 'database_location',
    default: null,
    value: 'URL',
    help: "the farm's PostgreSQL (postgresql://USER@HOST/NAME); without it an embedded database in the data directory",
    secret: 'url',
    parse: url(['postgresql:', 'postgres:']),
  }),
  redisUrl: option<string | null>({
    flag: 'redis-url',
    env: 'REDIS_URL',
    conf: 'redis_location',
    default: null,
    value: 'URL',
    help: 'Redis (redis://HOST, rediss://HOST with TLS, redis+sentinel://HOST,HOST/MASTER); without it the queue is in this process',
    secret: 'url',
    parse: (text) => {
      connectionOptions(text)
      return text
    },
  }),
  redisPrefix: option({
    flag: 'redis-prefix',
    env: 'DIFFER_REDIS_PREFIX',
    default: 'differ',
    value: 'NAME',
    help: 'ahead of every key on Redis; the same for all that share a queue',
    parse: (text) => {
      if (!/^[\w.{}-]{1,100}$/.test(text)) throw new UsageError(`"${text}" is not letters, digits and .-_{}`)
      return text
    },
  }),
  artifactLocation: option<string | null>({
    flag: 'artifact-location',
    env: 'ARTIFACT_LOCATION',
    conf: 'artifact_location',
    default: null,
    value: 'PLACE',
    help: 'directory or gs://BUCKET/[PREFIX/] that holds RUN_ID/*.deb; without it artifacts/ in the data directory',
    parse: artifactPlace,
  }),
  storageEmulator: option<string | null>({
    env: 'STORAGE_EMULATOR_HOST',
    default: null,
    value: 'URL',
    help: 'emulator of Google Cloud Storage that replaces the real one; it gets no credentials',
    parse: nonEmpty,
  }),
  cachePath: option<string | null>({
    flag: 'cache-path',
    env: 'DIFFER_CACHE_PATH',
    default: null,
    value: 'DIR',
    help: 'where finished diffs are kept; without it cache/ in the data directory',
    parse: (text) => resolve(nonEmpty(text)),
  }),
  cacheMaxSize: option<number | null>({
    flag: 'cache-max-size',
    env: 'DIFFER_CACHE_MAX_SIZE',
    default: null,
    value: 'MB',
    help: 'what all of the cache may take, in MB; what was longest not asked for goes first; without it the disk is the bound',
    parse: wholeNumber(1, 1_000_000_000),
  }),
  cacheMinFree: option({
    flag: 'cache-min-free',
    env: 'DIFFER_CACHE_MIN_FREE',
    default: '500',
    value: 'MB',
    help: "room on the cache's disk below which its oldest diffs go, in MB; 0 lets it be filled",
    parse: wholeNumber(0, 1_000_000_000),
  }),
  tempPath: option({
    flag: 'temp-path',
    env: 'DIFFER_TEMP_PATH',
    default: tmpdir(),
    value: 'DIR',
    help: 'where the tools unpack packages; removed after each diff',
    parse: (text) => resolve(nonEmpty(text)),
  }),
  taskMemoryLimit: option({
    flag: 'task-memory-limit',
    env: 'DIFFER_TASK_MEMORY_LIMIT',
    default: '1500',
    value: 'MB',
    help: 'memory that a tool and all its children may use, in MB',
    parse: wholeNumber(50, 1_000_000),
  }),
  taskTimeout: option({
    flag: 'task-timeout',
    env: 'DIFFER_TASK_TIMEOUT',
    default: '60',
    value: 'SECONDS',
    help: 'time that one diff may take, in seconds',
    parse: wholeNumber(1, 86_400),
  }),
  taskCpuLimit: option<number | null>({
    flag: 'task-cpu-limit',
    env: 'DIFFER_TASK_CPU_LIMIT',
    default: null,
    value: 'SECONDS',
    help: "processor time that each process of a tool may take, in seconds; without it the diff's time limit",
    parse: wholeNumber(1, 1_000_000),
  }),
  taskOpenFiles: option({
    flag: 'task-open-files',
    env: 'DIFFER_TASK_OPEN_FILES',
    default: '1024',
    value: 'N',
    help: 'files that each process of a tool may hold open',
    parse: wholeNumber(64, 1_000_000),
  }),
  taskOutputLimit: option({
    flag: 'task-output-limit',
    env: 'DIFFER_TASK_OUTPUT_LIMIT',
    default: '4000',
    value: 'MB',
    help: 'what a tool may print, in MB',
    parse: wholeNumber(1, 1_000_000),
  }),
  taskTempLimit: option({
    flag: 'task-temp-limit',
    env: 'DIFFER_TASK_TEMP_LIMIT',
    default: '4000',
    value: 'MB',
    help: 'what a tool may keep in its temporary directory, in MB',
    parse: wholeNumber(1, 1_000_000),
  }),
  retrievalTimeout: option({
    flag: 'retrieval-timeout',
    env: 'DIFFER_RETRIEVAL_TIMEOUT',
    default: '60',
    value: 'SECONDS',
    help: "time that fetching a run's packages may take, in seconds",
    parse: wholeNumber(1, 86_400),
  }),
  precacheTimeout: option({
    flag: 'precache-timeout',
    env: 'DIFFER_PRECACHE_TIMEOUT',
    default: '1800',
    value: 'SECONDS',
    help: 'time that one diff may take in the background, in seconds',
    parse: wholeNumber(1, 86_400),
  }),
  precacheMemoryLimit: option({
    flag: 'precache-memory-limit',
    env: 'DIFFER_PRECACHE_MEMORY_LIMIT',
    default: '4000',
    value: 'MB',
    help: 'memory that a tool and all its children may use in the background, in MB',
    parse: wholeNumber(50, 1_000_000),
  }),
  backgroundRetrievalTimeout: option({
    flag: 'precache-retrieval-timeout',
    env: 'DIFFER_PRECACHE_RETRIEVAL_TIMEOUT',
    default: '300',
    value: 'SECONDS',
    help: "time that fetching a run's packages may take in the background, in seconds",
    parse: wholeNumber(1, 86_400),
  }),
  precacheChannels: option<readonly string[]>({
    flag: 'precache-channels',
    env: 'DIFFER_PRECACHE_CHANNELS',
    default: 'result,run-finished',
    value: 'NAMES',
    help: 'Redis channels that tell of finished runs, whose diffs are then made; "none" listens to none',
    parse: (text) => (text.trim() === 'none' ? [] : names(text)),
  }),
  precacheCampaigns: option<readonly string[]>({
    flag: 'precache-campaigns',
    env: 'DIFFER_PRECACHE_CAMPAIGNS',
    default: '',
    value: 'NAMES',
    help: 'campaigns whose finished runs are precached, separated by commas (default: all)',
    parse: names,
  }),
  precacheSkipCampaigns: option<readonly string[]>({
    flag: 'precache-skip-campaigns',
    env: 'DIFFER_PRECACHE_SKIP_CAMPAIGNS',
    default: '',
    value: 'NAMES',
    help: 'campaigns whose finished runs are not precached',
    parse: names,
  }),
  precacheCodebases: option<readonly string[]>({
    flag: 'precache-codebases',
    env: 'DIFFER_PRECACHE_CODEBASES',
    default: '',
    value: 'NAMES',
    help: 'codebases whose finished runs are precached (default: all)',
    parse: names,
  }),
  precacheSkipCodebases: option<readonly string[]>({
    flag: 'precache-skip-codebases',
    env: 'DIFFER_PRECACHE_SKIP_CODEBASES',
    default: '',
    value: 'NAMES',
    help: 'codebases whose finished runs are not precached',
    parse: names,
  }),
  catchUpInterval: option({
    flag: 'catch-up-interval',
    env: 'DIFFER_CATCH_UP_INTERVAL',
    default: '300',
    value: 'SECONDS',
    help: 'pause between two looks into the database for finished runs that nobody told of, in seconds; 0 never looks',
    parse: wholeNumber(0, 86_400),
  }),
  precacheConcurrency: option({
    flag: 'precache-concurrency',
    env: 'DIFFER_PRECACHE_CONCURRENCY',
    default: String(availableParallelism()),
    value: 'N',
    help: 'background jobs that are done at a time (default: one for each processor)',
    parse: wholeNumber(1, 1_000),
  }),
  noWorker: option({
    flag: 'no-worker',
    env: 'DIFFER_NO_WORKER',
    isSwitch: true,
    default: 'false',
    value: '',
    help: 'leave background jobs to `differ worker` on this or other machines; needs Redis',
    parse: (text) => oneOf('true', 'false')(text) === 'true',
  }),
  workerPort: option({
    flag: 'worker-port',
    env: 'DIFFER_WORKER_PORT',
    default: '9921',
    value: 'PORT',
    help: "port of a worker's health and metrics; 0 takes a free one",
    parse: wholeNumber(0, 65_535),
  }),
  maxPackageSize: option({
    flag: 'max-package-size',
    env: 'DIFFER_MAX_PACKAGE_SIZE',
    default: '4000',
    value: 'MB',
    help: 'largest package that is given to a tool',
    parse: wholeNumber(1, 1_000_000),
  }),
  failureTtl: option({
    flag: 'failure-ttl',
    env: 'DIFFER_FAILURE_TTL',
    default: '60',
    value: 'SECONDS',
    help: 'so long a failure that would only come again is answered without trying; 0: not at all',
    parse: wholeNumber(0, 86_400),
  }),
  sandbox: option({
    flag: 'sandbox',
    env: 'DIFFER_SANDBOX',
    default: 'auto',
    value: 'WHETHER',
    help: 'tools in a world of their own, made by bubblewrap: require it, auto (where it works, else a warning), or off',
    parse: oneOf('require', 'auto', 'off'),
  }),
  diffoscopeCommand: option({
    flag: 'diffoscope-command',
    env: 'DIFFER_DIFFOSCOPE_COMMAND',
    default: 'diffoscope',
    value: 'COMMAND',
    help: 'how to call diffoscope; words are split as a shell splits them',
    parse: commandLine,
  }),
  debdiffCommand: option({
    flag: 'debdiff-command',
    env: 'DIFFER_DEBDIFF_COMMAND',
    default: 'debdiff',
    value: 'COMMAND',
    help: 'how to call debdiff; words are split as a shell splits them',
    parse: commandLine,
  }),
  maxConcurrentDiffs: option({
    flag: 'max-concurrent-diffs',
    env: 'DIFFER_MAX_CONCURRENT_DIFFS',
    default: String(availableParallelism()),
    value: 'N',
    help: 'tools that run at a time (default: one for each processor)',
    parse: wholeNumber(1, 1_000),
  }),
  maxWaitingDiffs: option({
    flag: 'max-waiting-diffs',
    env: 'DIFFER_MAX_WAITING_DIFFS',
    default: '200',
    value: 'N',
    help: 'different diffs that may be asked for at a time before new ones are refused for a while',
    parse: wholeNumber(1, 100_000),
  }),
  maxWaitingJobs: option({
    flag: 'max-waiting-jobs',
    env: 'DIFFER_MAX_WAITING_JOBS',
    default: '200000',
    value: 'N',
    help: 'jobs that may wait without Redis before new ones are refused; a batch of more takes its time',
    parse: wholeNumber(1, 10_000_000),
  }),
  requestTimeout: option({
    flag: 'request-timeout',
    env: 'DIFFER_REQUEST_TIMEOUT',
    default: '30',
    value: 'SECONDS',
    help: 'time in which a request must have come whole, in seconds',
    parse: wholeNumber(1, 3_600),
  }),
  stallTimeout: option({
    flag: 'stall-timeout',
    env: 'DIFFER_STALL_TIMEOUT',
    default: '60',
    value: 'SECONDS',
    help: 'time in which a client must take some of its answer, in seconds',
    parse: wholeNumber(1, 3_600),
  }),
  memoryPause: option<number | null>({
    flag: 'memory-pause',
    env: 'DIFFER_MEMORY_PAUSE',
    default: null,
    value: 'MB',
    help: "resident memory of the service itself above which background work rests, in MB (default: 60 % of the machine's, or of the container's limit)",
    parse: wholeNumber(1, 100_000_000),
  }),
  memoryRefuse: option<number | null>({
    flag: 'memory-refuse',
    env: 'DIFFER_MEMORY_REFUSE',
    default: null,
    value: 'MB',
    help: 'the same, above which only cached diffs are served (default: 80 %)',
    parse: wholeNumber(1, 100_000_000),
  }),
  errorFormat: option({
    flag: 'error-format',
    env: 'DIFFER_ERROR_FORMAT',
    default: 'text',
    value: 'FORMAT',
    help: 'bodies of REST errors: text or json; ?error_format= in a query wins',
    parse: oneOf('text', 'json'),
  }),
  graphiql: option({
    flag: 'graphiql',
    env: 'DIFFER_GRAPHIQL',
    default: 'on',
    value: 'on|off',
    help: 'the interactive page at /graphql',
    parse: oneOf('on', 'off'),
  }),
  introspection: option({
    flag: 'introspection',
    env: 'DIFFER_INTROSPECTION',
    default: 'on',
    value: 'on|off',
    help: 'whether clients may ask for the GraphQL schema; the interactive page needs it',
    parse: oneOf('on', 'off'),
  }),
  operations: option({
    flag: 'operations',
    env: 'DIFFER_OPERATIONS',
    default: 'any',
    value: 'WHICH',
    help: 'GraphQL operations that are executed: any, or persisted-only, those of the manifest',
    parse: oneOf('any', 'persisted-only'),
  }),
  operationsManifest: option<string | null>({
    flag: 'operations-manifest',
    env: 'DIFFER_OPERATIONS_MANIFEST',
    default: null,
    value: 'FILE',
    help: 'JSON of hashes and GraphQL documents, which clients may name by their hash',
    parse: (text) => resolve(nonEmpty(text)),
  }),
  maxBody: option({
    flag: 'max-body',
    env: 'DIFFER_MAX_BODY',
    default: '256',
    value: 'KB',
    help: 'body of a GraphQL request',
    parse: wholeNumber(1, 65_536),
  }),
  maxTokens: option({
    flag: 'max-tokens',
    env: 'DIFFER_MAX_TOKENS',
    default: '2000',
    value: 'N',
    help: 'tokens (names, values, signs) of a GraphQL document',
    parse: wholeNumber(1, 100_000),
  }),
  maxAliases: option({
    flag: 'max-aliases',
    env: 'DIFFER_MAX_ALIASES',
    default: '50',
    value: 'N',
    help: 'aliases in a GraphQL document',
    parse: wholeNumber(0, 100_000),
  }),
  maxDirectives: option({
    flag: 'max-directives',
    env: 'DIFFER_MAX_DIRECTIVES',
    default: '50',
    value: 'N',
    help: 'directives in a GraphQL document',
    parse: wholeNumber(0, 100_000),
  }),
  maxDepth: option({
    flag: 'max-depth',
    env: 'DIFFER_MAX_DEPTH',
    default: '30',
    value: 'N',
    help: 'levels of a GraphQL operation; Diffoscope.nodes shows a tree of any depth as a list',
    parse: wholeNumber(1, 1_000),
  }),
  maxFields: option({
    flag: 'max-fields',
    env: 'DIFFER_MAX_FIELDS',
    default: '1000',
    value: 'N',
    help: 'fields of a GraphQL operation, its fragments put in where they are used',
    parse: wholeNumber(1, 100_000),
  }),
  maxCost: option({
    flag: 'max-cost',
    env: 'DIFFER_MAX_COST',
    default: '20000',
    value: 'N',
    help: 'fields in the answer to a GraphQL operation at most; dear ones (mode: WAIT 1000) count as several',
    parse: wholeNumber(1, 10_000_000),
  }),
  operationTimeout: option({
    flag: 'operation-timeout',
    env: 'DIFFER_OPERATION_TIMEOUT',
    default: '240',
    value: 'SECONDS',
    help: 'until a GraphQL operation is stopped; longer than a diff may take (mode: WAIT)',
    parse: wholeNumber(1, 86_400),
  }),
  maxClientOperations: option({
    flag: 'max-client-operations',
    env: 'DIFFER_MAX_CLIENT_OPERATIONS',
    default: '200',
    value: 'N',
    help: 'concurrent GraphQL queries and mutations of one client address; behind a proxy set --trusted-proxies',
    parse: wholeNumber(1, 1_000_000),
  }),
  logLevel: option({
    flag: 'log-level',
    env: 'DIFFER_LOG_LEVEL',
    default: 'info',
    value: 'LEVEL',
    help: 'least level to log: trace, debug, info, warn, error, fatal or silent',
    parse: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
  }),
  debug: option({
    flag: 'debug',
    isSwitch: true,
    default: 'false',
    value: '',
    help: 'the same as --log-level debug',
    parse: (text) => text === 'true',
  }),
  gcpLogging: option({
    flag: 'gcp-logging',
    env: 'DIFFER_GCP_LOGGING',
    isSwitch: true,
    default: 'false',
    value: '',
    help: "log in JSON with Google Cloud's field names",
    parse: (text) => oneOf('true', 'false')(text) === 'true',
  }),
  gcpProject: option<string | null>({
    env: 'GOOGLE_CLOUD_PROJECT',
    default: null,
    value: 'PROJECT',
    help: 'the project that the traces named by --gcp-logging belong to',
    parse: nonEmpty,
  }),
  otlpEndpoint: option<string | null>({
    flag: 'otlp-endpoint',
    env: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    default: null,
    value: 'URL',
    help: 'collector that traces are sent to by OTLP over HTTP (http://HOST:4318); without it none is',
    secret: 'url',
    parse: url(['http:', 'https:']),
  }),
  otlpTracesEndpoint: option<string | null>({
    env: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    default: null,
    value: 'URL',
    help: 'the same as a whole address, nothing added to it',
    secret: 'url',
    parse: url(['http:', 'https:']),
  }),
  zipkinAddress: option<string | null>({
    flag: 'zipkin-address',
    env: 'OTEL_EXPORTER_ZIPKIN_ENDPOINT',
    conf: 'zipkin_address',
    default: null,
    value: 'URL',
    help: 'Zipkin that traces are sent to (http://HOST:9411); without it none is',
    secret: 'url',
    parse: url(['http:', 'https:']),
  }),
} as const

export type OptionName = keyof typeof OPTIONS

function nonEmpty(text: string): string {
  if (text.trim() === '') throw new UsageError('it is empty; give a value or leave it out')
  return text
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (!/^\d+$/.test(text.trim()) || number < least || number > most)
      throw new UsageError(`"${text}" is not a whole number from ${least} to ${most}`)
    return number
  }
}

function oneOf<const T extends string>(...allowed: T[]): (text: string) => T {
  return (text) => {
    const found = allowed.find((value) => value === text)
    if (!found) throw new UsageError(`"${text}" is not one of ${allowed.join(', ')}`)
    return found
  }
}

/** The text is not repeated in the message: it is a secret. */
function token(text: string): string {
  if (!/^[\x21-\x7e]+$/.test(text)) throw new UsageError('a token is made of printable ASCII without blanks')
  return text
}

/** The text is not repeated in the message: it may hold a password. */
function url(protocols: string[]): (text: string) => string {
  const form = protocols.map((protocol) => `${protocol}//HOST/…`).join(' or ')
  return (text) => {
    if (!URL.canParse(text) || !protocols.includes(new URL(text).protocol))
      throw new UsageError(`it is not a URL of the form ${form}`)
    return text
  }
}

/** Without slashes at its end: paths are put behind it. */
function baseUrl(text: string): string {
  const given = url(['http:', 'https:'])(text)
  const { search, hash, username, password } = new URL(given)
  if (search || hash || username || password || /[?#]/.test(given))
    throw new UsageError(`"${text}" is more than scheme, host and path`)
  return new URL(given).href.replace(/\/+$/, '')
}

function names(text: string): readonly string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

function origins(text: string): readonly string[] {
  const given = names(text)
  for (const piece of given)
    if (!URL.canParse(piece) || new URL(piece).origin !== piece || piece === 'null')
      throw new UsageError(
        `"${piece}" is not an origin: scheme, host and, where it is not the usual one, port`,
      )
  return given
}

/** A bucket's address with a slash at its end, or an absolute path. */
function artifactPlace(text: string): string {
  nonEmpty(text)
  if (text.startsWith('gs://')) {
    const place = parseGcsLocation(text)
    if (!place)
      throw new UsageError(
        `"${text}" is not a bucket's address of the form gs://BUCKET/ or gs://BUCKET/PREFIX/`,
      )
    return `gs://${place.bucket}/${place.prefix}`
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text) && !text.startsWith('file://'))
    throw new UsageError(`"${text}" is neither a directory nor a bucket (gs://BUCKET/)`)
  return resolve(text.replace(/^file:\/\//, ''))
}

function commandLine(text: string): readonly string[] {
  const words = shellSplit(nonEmpty(text))
  if (words.length === 0) throw new UsageError('it names no command')
  return words
}
