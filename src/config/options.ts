/**
 * Every setting of Differ, once: its flag, its environment variable, its field in janitor.conf, its default,
 * how it is parsed and what it means. `--help`, `differ config` and the checks at the start are made from
 * this table.
 */
import { availableParallelism, tmpdir } from 'node:os'
import type { JanitorField } from './janitor-conf.ts'
import {
  addressRanges,
  artifactLocation,
  baseUrl,
  commandLine,
  list,
  listOrNone,
  nonEmpty,
  oneOf,
  origins,
  path,
  redisPrefix,
  redisUrl,
  token,
  trueOrFalse,
  url,
  wholeNumber,
} from './parse-values.ts'

export interface Option<T> {
  /** The long flag without dashes. Secrets have none: all users of a machine can see its command lines. */
  readonly flag?: string
  /** The flag takes no value. */
  readonly isSwitch?: boolean
  readonly env?: string
  readonly conf?: JanitorField
  /** As a user would write it; null if the setting has no value by default. */
  readonly default: string | null
  /** What the default means, for `--help`, if the default does not say so itself. */
  readonly defaultMeans?: string
  /** Placeholder for the value in `--help`. */
  readonly value: string
  readonly help: string
  /** How `differ config` masks it: the password in a URL, or the whole value. */
  readonly secret?: 'url' | 'whole'
  /** @throws UsageError whose message follows the setting's name: see parse-values.ts */
  readonly parse: (text: string) => T
}

function option<T>(spec: Option<T>): Option<T> {
  return spec
}

const PROCESSORS = 'the number of processors'
const MAX_MB = 1_000_000
const MAX_SECONDS = 86_400

const NETWORK = {
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
    help: 'port to listen on; 0 chooses a free one',
    parse: wholeNumber(0, 65_535),
  }),
  workerPort: option({
    flag: 'worker-port',
    env: 'DIFFER_WORKER_PORT',
    default: '9921',
    value: 'PORT',
    help: 'port for the health and metrics of a worker; 0 chooses a free one',
    parse: wholeNumber(0, 65_535),
  }),
  baseUrl: option<string | null>({
    flag: 'base-url',
    env: 'DIFFER_BASE_URL',
    default: null,
    defaultMeans: 'the address it listens on',
    value: 'URL',
    help: 'URL at which clients reach the service through a proxy, such as https://example.org/differ/',
    parse: baseUrl,
  }),
  trustedProxies: option<readonly string[]>({
    flag: 'trusted-proxies',
    env: 'DIFFER_TRUSTED_PROXIES',
    default: '',
    defaultMeans: 'none',
    value: 'LIST',
    help: 'comma-separated addresses and CIDR ranges, such as 127.0.0.1,10.0.0.0/8, of proxies whose X-Forwarded-For names the client',
    parse: addressRanges,
  }),
  corsOrigins: option<readonly string[]>({
    flag: 'cors-origins',
    env: 'DIFFER_CORS_ORIGINS',
    default: '',
    defaultMeans: 'none',
    value: 'LIST',
    help: 'comma-separated origins, such as https://example.org, of other sites whose pages may use the service',
    parse: origins,
  }),
  token: option<string | null>({
    env: 'DIFFER_TOKEN',
    default: null,
    value: 'TOKEN',
    help: 'bearer token that clients need to start or cancel work; without a token every client may',
    secret: 'whole',
    parse: token,
  }),
  tokenFile: option<string | null>({
    flag: 'token-file',
    env: 'DIFFER_TOKEN_FILE',
    default: null,
    value: 'FILE',
    help: 'file with the bearer token that clients need to start or cancel work; DIFFER_TOKEN takes the token itself',
    parse: path,
  }),
  serviceUrl: option({
    flag: 'url',
    env: 'DIFFER_URL',
    default: 'http://localhost:9920',
    value: 'URL',
    help: 'URL of the service that this command talks to',
    parse: baseUrl,
  }),
  requestTimeout: option({
    flag: 'request-timeout',
    env: 'DIFFER_REQUEST_TIMEOUT',
    default: '30',
    value: 'SECONDS',
    help: 'seconds in which a client must send its whole request',
    parse: wholeNumber(1, 3_600),
  }),
  stallTimeout: option({
    flag: 'stall-timeout',
    env: 'DIFFER_STALL_TIMEOUT',
    default: '60',
    value: 'SECONDS',
    help: 'seconds in which a client must read some of its response',
    parse: wholeNumber(1, 3_600),
  }),
  errorFormat: option({
    flag: 'error-format',
    env: 'DIFFER_ERROR_FORMAT',
    default: 'text',
    value: 'FORMAT',
    help: 'format of error responses over REST: text or json; a request can choose with ?error_format=',
    parse: oneOf('text', 'json'),
  }),
} as const

const STORAGE = {
  dataDir: option({
    flag: 'data-dir',
    env: 'DIFFER_DATA_DIR',
    default: '.differ',
    value: 'DIR',
    help: 'directory for the embedded database, and for artifacts and cache unless they are elsewhere',
    parse: path,
  }),
  databaseUrl: option<string | null>({
    flag: 'database-url',
    env: 'DATABASE_URL',
    conf: 'database_location',
    default: null,
    defaultMeans: 'an embedded database in --data-dir',
    value: 'URL',
    help: "the farm's PostgreSQL: postgresql://USER@HOST/NAME",
    secret: 'url',
    parse: url('postgresql:', 'postgres:'),
  }),
  artifactLocation: option<string | null>({
    flag: 'artifact-location',
    env: 'ARTIFACT_LOCATION',
    conf: 'artifact_location',
    default: null,
    defaultMeans: 'artifacts/ in --data-dir',
    value: 'LOCATION',
    help: 'directory or bucket (gs://BUCKET/[PREFIX/]) with the packages of each run: RUN_ID/*.deb',
    parse: artifactLocation,
  }),
  retrievalTimeout: option({
    flag: 'retrieval-timeout',
    env: 'DIFFER_RETRIEVAL_TIMEOUT',
    default: '60',
    value: 'SECONDS',
    help: 'seconds for fetching the packages of a run',
    parse: wholeNumber(1, MAX_SECONDS),
  }),
  storageEmulator: option<string | null>({
    env: 'STORAGE_EMULATOR_HOST',
    default: null,
    value: 'URL',
    help: 'emulator of Google Cloud Storage that replaces the real service; it gets no credentials',
    parse: nonEmpty,
  }),
  cachePath: option<string | null>({
    flag: 'cache-path',
    env: 'DIFFER_CACHE_PATH',
    default: null,
    defaultMeans: 'cache/ in --data-dir',
    value: 'DIR',
    help: 'directory for finished diffs',
    parse: path,
  }),
  cacheMaxSize: option<number | null>({
    flag: 'cache-max-size',
    env: 'DIFFER_CACHE_MAX_SIZE',
    default: null,
    defaultMeans: 'no limit',
    value: 'MB',
    help: 'size limit of the cache in MB; beyond it the least recently used diffs are evicted',
    parse: wholeNumber(1, 1_000_000_000),
  }),
  cacheMinFree: option({
    flag: 'cache-min-free',
    env: 'DIFFER_CACHE_MIN_FREE',
    default: '500',
    value: 'MB',
    help: "free space to keep on the cache's disk, in MB, by evicting diffs; 0 lets the disk fill up",
    parse: wholeNumber(0, 1_000_000_000),
  }),
  tempPath: option({
    flag: 'temp-path',
    env: 'DIFFER_TEMP_PATH',
    default: tmpdir(),
    value: 'DIR',
    help: 'directory in which the tools unpack packages',
    parse: path,
  }),
  redisUrl: option<string | null>({
    flag: 'redis-url',
    env: 'REDIS_URL',
    conf: 'redis_location',
    default: null,
    defaultMeans: 'the queue is in this process',
    value: 'URL',
    help: "Redis for the job queue and the farm's events: redis://HOST, rediss://HOST (TLS) or redis+sentinel://HOST,HOST/MASTER",
    secret: 'url',
    parse: redisUrl,
  }),
  redisPrefix: option({
    flag: 'redis-prefix',
    env: 'DIFFER_REDIS_PREFIX',
    default: 'differ',
    value: 'NAME',
    help: 'prefix of every key on Redis; services and workers that share a queue need the same one',
    parse: redisPrefix,
  }),
} as const

const TOOLS = {
  debdiffCommand: option({
    flag: 'debdiff-command',
    env: 'DIFFER_DEBDIFF_COMMAND',
    default: 'debdiff',
    value: 'COMMAND',
    help: 'command line that runs debdiff; quotes work as in a shell',
    parse: commandLine,
  }),
  diffoscopeCommand: option({
    flag: 'diffoscope-command',
    env: 'DIFFER_DIFFOSCOPE_COMMAND',
    default: 'diffoscope',
    value: 'COMMAND',
    help: 'command line that runs diffoscope; quotes work as in a shell',
    parse: commandLine,
  }),
  sandbox: option({
    flag: 'sandbox',
    env: 'DIFFER_SANDBOX',
    default: 'auto',
    value: 'WHETHER',
    help: 'whether tools run in a bubblewrap sandbox: require it, auto (warn if it does not work), or off',
    parse: oneOf('require', 'auto', 'off'),
  }),
  maxConcurrentDiffs: option({
    flag: 'max-concurrent-diffs',
    env: 'DIFFER_MAX_CONCURRENT_DIFFS',
    default: String(availableParallelism()),
    defaultMeans: PROCESSORS,
    value: 'N',
    help: 'number of tools that run at once',
    parse: wholeNumber(1, 1_000),
  }),
  maxWaitingDiffs: option({
    flag: 'max-waiting-diffs',
    env: 'DIFFER_MAX_WAITING_DIFFS',
    default: '200',
    value: 'N',
    help: 'number of different diffs that may be requested at once; more are refused for a while',
    parse: wholeNumber(1, 100_000),
  }),
  maxPackageSize: option({
    flag: 'max-package-size',
    env: 'DIFFER_MAX_PACKAGE_SIZE',
    default: '4000',
    value: 'MB',
    help: 'size limit of a package in MB; larger ones are not compared',
    parse: wholeNumber(1, MAX_MB),
  }),
  taskTimeout: option({
    flag: 'task-timeout',
    env: 'DIFFER_TASK_TIMEOUT',
    default: '60',
    value: 'SECONDS',
    help: 'seconds for one diff',
    parse: wholeNumber(1, MAX_SECONDS),
  }),
  taskMemoryLimit: option({
    flag: 'task-memory-limit',
    env: 'DIFFER_TASK_MEMORY_LIMIT',
    default: '1500',
    value: 'MB',
    help: 'memory for a tool and its child processes together, in MB',
    parse: wholeNumber(50, MAX_MB),
  }),
  taskCpuLimit: option<number | null>({
    flag: 'task-cpu-limit',
    env: 'DIFFER_TASK_CPU_LIMIT',
    default: null,
    defaultMeans: 'the time limit of the diff',
    value: 'SECONDS',
    help: 'processor seconds for each process of a tool',
    parse: wholeNumber(1, 1_000_000),
  }),
  taskOpenFiles: option({
    flag: 'task-open-files',
    env: 'DIFFER_TASK_OPEN_FILES',
    default: '1024',
    value: 'N',
    help: 'number of files that each process of a tool may have open',
    parse: wholeNumber(64, 1_000_000),
  }),
  taskOutputLimit: option({
    flag: 'task-output-limit',
    env: 'DIFFER_TASK_OUTPUT_LIMIT',
    default: '4000',
    value: 'MB',
    help: 'output of a tool, in MB',
    parse: wholeNumber(1, MAX_MB),
  }),
  taskTempLimit: option({
    flag: 'task-temp-limit',
    env: 'DIFFER_TASK_TEMP_LIMIT',
    default: '4000',
    value: 'MB',
    help: 'temporary files of a tool, in MB',
    parse: wholeNumber(1, MAX_MB),
  }),
  failureTtl: option({
    flag: 'failure-ttl',
    env: 'DIFFER_FAILURE_TTL',
    default: '60',
    value: 'SECONDS',
    help: 'seconds to cache a permanent failure instead of running the tool again; 0 disables this',
    parse: wholeNumber(0, MAX_SECONDS),
  }),
  memoryPause: option<number | null>({
    flag: 'memory-pause',
    env: 'DIFFER_MEMORY_PAUSE',
    default: null,
    defaultMeans: '60 % of the memory of the machine or container',
    value: 'MB',
    help: "the service's own memory, in MB, above which background jobs pause",
    parse: wholeNumber(1, 100_000_000),
  }),
  memoryRefuse: option<number | null>({
    flag: 'memory-refuse',
    env: 'DIFFER_MEMORY_REFUSE',
    default: null,
    defaultMeans: '80 % of the memory of the machine or container',
    value: 'MB',
    help: "the service's own memory, in MB, above which it only serves cached diffs",
    parse: wholeNumber(1, 100_000_000),
  }),
} as const

const JOBS = {
  noWorker: option({
    flag: 'no-worker',
    env: 'DIFFER_NO_WORKER',
    isSwitch: true,
    default: 'false',
    value: '',
    help: 'leave background jobs to `differ worker`, on this or other machines; needs --redis-url',
    parse: trueOrFalse,
  }),
  precacheConcurrency: option({
    flag: 'precache-concurrency',
    env: 'DIFFER_PRECACHE_CONCURRENCY',
    default: String(availableParallelism()),
    defaultMeans: PROCESSORS,
    value: 'N',
    help: 'number of background jobs that run at once in this process',
    parse: wholeNumber(1, 1_000),
  }),
  precacheTimeout: option({
    flag: 'precache-timeout',
    env: 'DIFFER_PRECACHE_TIMEOUT',
    default: '1800',
    value: 'SECONDS',
    help: 'as --task-timeout, for background jobs',
    parse: wholeNumber(1, MAX_SECONDS),
  }),
  precacheMemoryLimit: option({
    flag: 'precache-memory-limit',
    env: 'DIFFER_PRECACHE_MEMORY_LIMIT',
    default: '4000',
    value: 'MB',
    help: 'as --task-memory-limit, for background jobs',
    parse: wholeNumber(50, MAX_MB),
  }),
  precacheRetrievalTimeout: option({
    flag: 'precache-retrieval-timeout',
    env: 'DIFFER_PRECACHE_RETRIEVAL_TIMEOUT',
    default: '300',
    value: 'SECONDS',
    help: 'as --retrieval-timeout, for background jobs',
    parse: wholeNumber(1, MAX_SECONDS),
  }),
  maxWaitingJobs: option({
    flag: 'max-waiting-jobs',
    env: 'DIFFER_MAX_WAITING_JOBS',
    default: '200000',
    value: 'N',
    help: 'number of jobs that may wait without Redis; more are refused, and the rest of a batch is queued later',
    parse: wholeNumber(1, 10_000_000),
  }),
  precacheChannels: option<readonly string[]>({
    flag: 'precache-channels',
    env: 'DIFFER_PRECACHE_CHANNELS',
    default: 'result,run-finished',
    value: 'NAMES',
    help: 'comma-separated Redis channels on which the farm announces finished runs, to precache their diffs; none disables this',
    parse: listOrNone,
  }),
  precacheCampaigns: option<readonly string[]>({
    flag: 'precache-campaigns',
    env: 'DIFFER_PRECACHE_CAMPAIGNS',
    default: '',
    defaultMeans: 'all',
    value: 'NAMES',
    help: 'comma-separated campaigns whose finished runs are precached',
    parse: list,
  }),
  precacheSkipCampaigns: option<readonly string[]>({
    flag: 'precache-skip-campaigns',
    env: 'DIFFER_PRECACHE_SKIP_CAMPAIGNS',
    default: '',
    defaultMeans: 'none',
    value: 'NAMES',
    help: 'comma-separated campaigns whose finished runs are not precached',
    parse: list,
  }),
  precacheCodebases: option<readonly string[]>({
    flag: 'precache-codebases',
    env: 'DIFFER_PRECACHE_CODEBASES',
    default: '',
    defaultMeans: 'all',
    value: 'NAMES',
    help: 'comma-separated codebases whose finished runs are precached',
    parse: list,
  }),
  precacheSkipCodebases: option<readonly string[]>({
    flag: 'precache-skip-codebases',
    env: 'DIFFER_PRECACHE_SKIP_CODEBASES',
    default: '',
    defaultMeans: 'none',
    value: 'NAMES',
    help: 'comma-separated codebases whose finished runs are not precached',
    parse: list,
  }),
  catchUpInterval: option({
    flag: 'catch-up-interval',
    env: 'DIFFER_CATCH_UP_INTERVAL',
    default: '300',
    value: 'SECONDS',
    help: 'seconds between backfills, which find finished runs in the database whose event was missed; 0 disables them',
    parse: wholeNumber(0, MAX_SECONDS),
  }),
} as const

const GRAPHQL = {
  graphiql: option({
    flag: 'graphiql',
    env: 'DIFFER_GRAPHIQL',
    default: 'on',
    value: 'on|off',
    help: 'GraphiQL, the editor for queries at /graphql',
    parse: oneOf('on', 'off'),
  }),
  introspection: option({
    flag: 'introspection',
    env: 'DIFFER_INTROSPECTION',
    default: 'on',
    value: 'on|off',
    help: 'whether clients may read the schema, which GraphiQL needs',
    parse: oneOf('on', 'off'),
  }),
  operations: option({
    flag: 'operations',
    env: 'DIFFER_OPERATIONS',
    default: 'any',
    value: 'WHICH',
    help: 'which operations are executed: any, or persisted-only for those of --operations-manifest and the web page',
    parse: oneOf('any', 'persisted-only'),
  }),
  operationsManifest: option<string | null>({
    flag: 'operations-manifest',
    env: 'DIFFER_OPERATIONS_MANIFEST',
    default: null,
    value: 'FILE',
    help: 'JSON file of hashes and GraphQL documents; clients may send the hash instead of the document',
    parse: path,
  }),
  maxCost: option({
    flag: 'max-cost',
    env: 'DIFFER_MAX_COST',
    default: '20000',
    value: 'N',
    help: 'cost limit of an operation: 1 for each field of the largest possible response, more for expensive fields (mode: WAIT costs 1000)',
    parse: wholeNumber(1, 10_000_000),
  }),
  operationTimeout: option({
    flag: 'operation-timeout',
    env: 'DIFFER_OPERATION_TIMEOUT',
    default: '240',
    value: 'SECONDS',
    help: 'seconds until an operation is stopped; more than a diff may take (mode: WAIT)',
    parse: wholeNumber(1, MAX_SECONDS),
  }),
  maxClientOperations: option({
    flag: 'max-client-operations',
    env: 'DIFFER_MAX_CLIENT_OPERATIONS',
    default: '200',
    value: 'N',
    help: 'number of concurrent queries and mutations from one client address; behind a proxy, set --trusted-proxies',
    parse: wholeNumber(1, 1_000_000),
  }),
  maxClientSubscriptions: option({
    flag: 'max-client-subscriptions',
    env: 'DIFFER_MAX_CLIENT_SUBSCRIPTIONS',
    default: '200',
    value: 'N',
    help: 'number of concurrent subscriptions, and of WebSockets, from one client address; behind a proxy, set --trusted-proxies',
    parse: wholeNumber(1, 1_000_000),
  }),
  maxSubscriptions: option({
    flag: 'max-subscriptions',
    env: 'DIFFER_MAX_SUBSCRIPTIONS',
    default: '5000',
    value: 'N',
    help: 'number of concurrent subscriptions, and of WebSockets, from all clients',
    parse: wholeNumber(1, 1_000_000),
  }),
} as const

const OBSERVABILITY = {
  logLevel: option({
    flag: 'log-level',
    env: 'DIFFER_LOG_LEVEL',
    default: 'info',
    value: 'LEVEL',
    help: 'lowest level to log: trace, debug, info, warn, error, fatal or silent',
    parse: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
  }),
  debug: option({
    flag: 'debug',
    isSwitch: true,
    default: 'false',
    value: '',
    help: 'the same as --log-level debug',
    parse: trueOrFalse,
  }),
  gcpLogging: option({
    flag: 'gcp-logging',
    env: 'DIFFER_GCP_LOGGING',
    isSwitch: true,
    default: 'false',
    value: '',
    help: "log JSON with Google Cloud's field names",
    parse: trueOrFalse,
  }),
  gcpProject: option<string | null>({
    env: 'GOOGLE_CLOUD_PROJECT',
    default: null,
    value: 'PROJECT',
    help: 'Google Cloud project of the traces that --gcp-logging links to',
    parse: nonEmpty,
  }),
  otlpEndpoint: option<string | null>({
    flag: 'otlp-endpoint',
    env: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    default: null,
    defaultMeans: 'no traces',
    value: 'URL',
    help: 'collector that receives traces by OTLP over HTTP: http://HOST:4318',
    secret: 'url',
    parse: url('http:', 'https:'),
  }),
  otlpTracesEndpoint: option<string | null>({
    env: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    default: null,
    value: 'URL',
    help: 'the same as a complete URL, to which /v1/traces is not appended',
    secret: 'url',
    parse: url('http:', 'https:'),
  }),
  zipkinAddress: option<string | null>({
    flag: 'zipkin-address',
    env: 'OTEL_EXPORTER_ZIPKIN_ENDPOINT',
    conf: 'zipkin_address',
    default: null,
    defaultMeans: 'no traces',
    value: 'URL',
    help: 'Zipkin server that receives traces: http://HOST:9411',
    secret: 'url',
    parse: url('http:', 'https:'),
  }),
} as const

/** The settings under their headings in `--help`. */
export const OPTION_GROUPS = {
  'Network:': NETWORK,
  'Storage:': STORAGE,
  'Tools and their limits:': TOOLS,
  'Background jobs:': JOBS,
  'GraphQL:': GRAPHQL,
  'Logs and traces:': OBSERVABILITY,
} as const

export const OPTIONS = {
  ...NETWORK,
  ...STORAGE,
  ...TOOLS,
  ...JOBS,
  ...GRAPHQL,
  ...OBSERVABILITY,
} as const

export type OptionName = keyof typeof OPTIONS
