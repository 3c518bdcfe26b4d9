import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parseJanitorConf } from '../../src/config/janitor-conf.ts'
import { describeConfig, loadConfig } from '../../src/config/load.ts'

const dir = mkdtempSync(join(tmpdir(), 'differ-config-'))
afterAll(() => rmSync(dir, { recursive: true }))
const conf = (text: string) => {
  const path = join(dir, `janitor-${Math.random()}.conf`)
  writeFileSync(path, text)
  return path
}

describe('configuration', () => {
  it('has defaults for everything', () => {
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
      'a flag over all',
      { flags: { redisUrl: 'redis://flag' }, env: { REDIS_URL: 'redis://env' }, confText: true },
      'redis://flag',
      '--redis-url',
    ],
    [
      'the environment over the file',
      { flags: {}, env: { REDIS_URL: 'redis://env' }, confText: true },
      'redis://env',
      'REDIS_URL',
    ],
    [
      'the file over the default',
      { flags: {}, env: {}, confText: true },
      'redis://conf',
      'janitor.conf: redis_location',
    ],
    ['an empty variable as none', { flags: {}, env: { REDIS_URL: '' }, confText: false }, null, 'default'],
  ])('takes %s', (_, { flags, env, confText }, value, origin) => {
    const confPath = confText ? conf('redis_location: "redis://conf"') : undefined
    const config = loadConfig({ flags, env, confPath })
    expect([config.redisUrl, config.origins.redisUrl]).toEqual([value, origin])
  })

  it.each([
    ['builds', join(process.cwd(), 'builds')],
    ['file:///srv/builds', '/srv/builds'],
    ['gs://builds', 'gs://builds/'],
    ['gs://builds/farm', 'gs://builds/farm/'],
  ])('takes %s as a place of artifacts', (artifactLocation, place) => {
    expect(loadConfig({ flags: { artifactLocation }, env: {} }).artifactLocation).toBe(place)
  })

  it.each(['s3://builds/', 'gs://', 'gs://UPPER/'])('does not take %s for one', (artifactLocation) => {
    expect(() => loadConfig({ flags: { artifactLocation }, env: {} })).toThrow(
      /--artifact-location: .*gs:\/\/BUCKET/,
    )
  })

  it('names all problems at once, each with where it came from', () => {
    const load = () =>
      loadConfig({
        flags: { port: '99999', errorFormat: 'xml' },
        env: {
          DIFFER_TASK_TIMEOUT: 'soon',
          DIFFER_DIFFOSCOPE_COMMAND: "'open",
          DATABASE_URL: 'mysql://root:hush@db/x',
        },
        confPath: join(dir, 'absent.conf'),
      })
    expect(load).toThrow(/6 settings cannot be used/)
    expect(load).toThrow(/--port: "99999" is not a whole number from 0 to 65535/)
    expect(load).toThrow(/--error-format: "xml" is not one of text, json/)
    expect(load).toThrow(/DIFFER_TASK_TIMEOUT: "soon" is not/)
    expect(load).toThrow(/DIFFER_DIFFOSCOPE_COMMAND: /)
    expect(load).toThrow(/absent\.conf: it cannot be read \(ENOENT\)/)
    expect(load).not.toThrow(/hush/)
  })

  it('shows the effective values and where they came from, without passwords', () => {
    const env = { DATABASE_URL: 'postgresql://differ:hush@db.example.com/janitor', DIFFER_PORT: '8080' }
    const text = describeConfig(loadConfig({ flags: {}, env }))
    expect(text).toMatch(/^port = 8080 +# DIFFER_PORT$/m)
    expect(text).toMatch(
      /^databaseUrl = postgresql:\/\/differ:\*\*\*@db\.example\.com\/janitor +# DATABASE_URL$/m,
    )
    expect(text).not.toContain('hush')
  })
})

describe('janitor.conf', () => {
  it('gives the fields that matter and skips all else', () => {
    const text = `# the farm
      artifact_location: "gs://builds/"
      database_location: "postgresql://differ@db.example.com/janitor"; redis_location: 'redis://' "localhost"
      campaign { name: "x" debian_build { build_suffix: "jan+lint" extra: [ "a", 'b', { c: 1 } ] } redis_location: "no" }
      campaign: < name: "y" > apt_repository [ ] committer: "Janitor \\"Bot\\" \\x3cbot@example.org\\076"
      [ext.field]: -1.5e3 distribution: { n: 0x1F t: true e: SOME_NAME }
      user_agent: "d\\u00efffer/1.0"`
    expect(
      parseJanitorConf(text.replace('apt_repository [ ]', 'apt_repository: [ ]'), 'janitor.conf'),
    ).toEqual({
      artifact_location: 'gs://builds/',
      database_location: 'postgresql://differ@db.example.com/janitor',
      redis_location: 'redis://localhost',
      user_agent: 'dïffer/1.0',
    })
  })

  it.each([
    [
      'a text that does not end',
      'redis_location: "redis\nx: 1',
      'line 1, column 23: the line ends inside a text',
    ],
    ['a message that does not end', 'a {\n  b: 1\n', 'line 3, column 1: the file ends where } is missing'],
    ['a value without a field', '\n\n  : 1', 'line 3, column 3: a field name is expected'],
    ['a field without a value', 'a:\n\nb: 1\n\n}', 'line 3, column 2: a field name is expected'],
    ['a number where a text must be', 'redis_location: 5', 'redis_location must be a text in quotes'],
    ['an unknown escape', 'a: "\\q"', 'line 1, column 6: this escape is not known'],
    ['endless nesting', 'a {'.repeat(200_000), 'nested deeper than 100'],
  ])('says where %s is', (_, text, message) => {
    expect(() => parseJanitorConf(text, 'janitor.conf')).toThrow(message)
  })
})
