import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { describeConfig, loadConfig } from '../../src/config/load.ts'

const dir = mkdtempSync(join(tmpdir(), 'differ-config-'))
afterAll(() => rmSync(dir, { recursive: true }))

let files = 0
function fileWith(text: string): string {
  const path = join(dir, `file-${files++}`)
  writeFileSync(path, text)
  return path
}

describe('loadConfig', () => {
  it('has a default for every setting', () => {
    const config = loadConfig({ flags: {}, env: {} })
    expect(config).toMatchObject({
      listenAddress: 'localhost',
      port: 9920,
      databaseUrl: null,
      redisUrl: null,
      artifactLocation: join(process.cwd(), '.differ/artifacts'),
      cachePath: join(process.cwd(), '.differ/cache'),
      diffoscopeCommand: ['diffoscope'],
      requestLimits: { timeoutMs: 60_000, memoryBytes: 1_500_000_000, cpuSeconds: 60 },
    })
    expect(new Set(Object.values(config.origins))).toEqual(new Set(['default']))
  })

  it.each([
    [
      'a flag over the environment and janitor.conf',
      { flags: { redisUrl: 'redis://flag' }, env: { REDIS_URL: 'redis://env' }, hasConf: true },
      'redis://flag',
      '--redis-url',
    ],
    [
      'the environment over janitor.conf',
      { flags: {}, env: { REDIS_URL: 'redis://env' }, hasConf: true },
      'redis://env',
      'REDIS_URL',
    ],
    [
      'janitor.conf over the default',
      { flags: {}, env: {}, hasConf: true },
      'redis://conf',
      'janitor.conf: redis_location',
    ],
    [
      'the default over an empty variable',
      { flags: {}, env: { REDIS_URL: '' }, hasConf: false },
      null,
      'default',
    ],
  ])('prefers %s', (_, { flags, env, hasConf }, value, origin) => {
    const confPath = hasConf ? fileWith('redis_location: "redis://conf"') : undefined
    const config = loadConfig({ flags, env, confPath })
    expect([config.redisUrl, config.origins.redisUrl]).toEqual([value, origin])
  })

  it.each([
    ['builds', join(process.cwd(), 'builds')],
    ['file:///srv/builds', '/srv/builds'],
    ['gs://builds', 'gs://builds/'],
    ['gs://builds/farm', 'gs://builds/farm/'],
  ])('accepts %s as the location of artifacts', (artifactLocation, location) => {
    expect(loadConfig({ flags: { artifactLocation }, env: {} }).artifactLocation).toBe(location)
  })

  it.each(['s3://builds/', 'gs://', 'gs://UPPER/'])(
    'rejects %s as the location of artifacts',
    (artifactLocation) => {
      expect(() => loadConfig({ flags: { artifactLocation }, env: {} })).toThrow(
        /--artifact-location must .*gs:\/\/BUCKET/,
      )
    },
  )

  it.each([
    'https://farm.example/runs/{run}',
    'http://localhost:8080/{campaign}/{codebase}?source={source}#{run}',
    'https://farm.example/runs',
  ])('accepts %s as the page of a run', (runUrl) => {
    expect(loadConfig({ flags: { runUrl }, env: {} }).runUrl).toBe(runUrl)
  })

  it.each([
    ['https://farm.example/{verdict}', /--run-url .*may contain \{run\}.*not \{verdict\}/],
    ['https://farm.example/{run', /--run-url must be a URL such as/],
    ['https://farm.example/{}', /--run-url .*not \{\}/],
    ['https://{run}.example/', /--run-url must have no placeholder before its path/],
    ['javascript:alert({run})', /--run-url must be a URL such as/],
    ['/runs/{run}', /--run-url must be a URL such as/],
  ])('rejects %s as the page of a run', (runUrl, message) => {
    expect(() => loadConfig({ flags: { runUrl }, env: {} })).toThrow(message)
  })

  it('names all problems at once, each with its setting', () => {
    const load = () =>
      loadConfig({
        flags: { port: '99999', errorFormat: 'xml', redisUrl: 'redis://:hush@/' },
        env: {
          DIFFER_TASK_TIMEOUT: 'soon',
          DIFFER_DIFFOSCOPE_COMMAND: "'open",
          DIFFER_TRUSTED_PROXIES: '10.0.0.0/8, proxy',
          DATABASE_URL: 'mysql://root:hush@db/x',
        },
        confPath: join(dir, 'absent.conf'),
      })
    expect(load).toThrow(/^8 settings are invalid:\n/)
    expect(load).toThrow(/--port must be a whole number from 0 to 65535, not "99999"/)
    expect(load).toThrow(/--error-format must be one of text, json, not "xml"/)
    expect(load).toThrow(/DIFFER_TASK_TIMEOUT must be a whole number from 1 to 86400, not "soon"/)
    expect(load).toThrow(/DIFFER_DIFFOSCOPE_COMMAND is invalid: the quote ' is not closed: 'open/)
    expect(load).toThrow(/DIFFER_TRUSTED_PROXIES is invalid: "proxy" is not an IP address/)
    expect(load).toThrow(/DATABASE_URL must be a URL of the form postgresql:\/\/HOST\/…/)
    expect(load).toThrow(/--redis-url is invalid: /)
    expect(load).toThrow(/--config \S+absent\.conf cannot be read \(ENOENT\)/)
    expect(load).not.toThrow(/hush/)
  })

  it.each([
    [{ DIFFER_WEBHOOK_URL: 'https://hooks.example/hush' }, /DIFFER_WEBHOOK_URL needs a secret/],
    [{ DIFFER_WEBHOOK_URL: 'ftp://hooks.example/hush' }, /must be a URL of the form https:/],
    [{ DIFFER_WEBHOOK_SECRET: 'hush' }, /DIFFER_WEBHOOK_SECRET must have at least 24 characters/],
    [{ DIFFER_WEBHOOK_SECRET: 'whsec_hush' }, /must have at least 24 bytes in Base64/],
    [{ DIFFER_WEBHOOK_ALLOWED_ADDRESSES: 'localhost' }, /"localhost" is not an IP address/],
  ])('rejects %j for webhooks, without repeating it', (env, message) => {
    expect(() => loadConfig({ flags: {}, env })).toThrow(message)
    expect(() => loadConfig({ flags: {}, env })).not.toThrow(/hush/)
  })

  it('reads the token from a file, without the newline at its end', () => {
    const tokenFile = fileWith('secret\n')
    expect(loadConfig({ flags: { tokenFile }, env: {} }).token).toBe('secret')
  })

  it.each([
    ['a token with spaces', () => fileWith('two words'), /--token-file \S+: the token must consist of/],
    ['no such file', () => join(dir, 'absent'), /--token-file \S+: it cannot be read \(ENOENT\)/],
  ])('rejects a token file with %s', (_, file, message) => {
    const load = () => loadConfig({ flags: { tokenFile: file() }, env: {} })
    expect(load).toThrow(message)
    expect(load).not.toThrow(/two words/)
  })
})

describe('describeConfig', () => {
  it('shows each value with its origin, without passwords', () => {
    const env = {
      DATABASE_URL: 'postgresql://differ:hush@db.example.com/janitor',
      DIFFER_PORT: '8080',
      DIFFER_WEBHOOK_URL: 'https://hooks.example/hush',
      DIFFER_WEBHOOK_SECRET: 'hush-hush-hush-hush-hush-hush',
    }
    const text = describeConfig(loadConfig({ flags: {}, env }))
    expect(text).toMatch(/^port = 8080 +# DIFFER_PORT$/m)
    expect(text).toMatch(
      /^databaseUrl = postgresql:\/\/differ:\*\*\*@db\.example\.com\/janitor +# DATABASE_URL$/m,
    )
    expect(text).not.toContain('hush')
  })
})
