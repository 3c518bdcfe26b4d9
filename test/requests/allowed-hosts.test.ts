/** Which values of `Host` the service answers to. */
import { hostname } from 'node:os'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { AllowedHosts, hostRefusal } from '../../src/requests/allowed-hosts.ts'

const SERVICE = { listenAddress: 'localhost', baseUrl: null, configured: [] }

describe('a host', () => {
  it.each([
    'localhost',
    'localhost:9920',
    'LOCALHOST.:9920',
    'differ.localhost',
    '127.0.0.1:9920',
    '[::1]:9920',
    '10.1.2.3',
    'differ',
    'differ:9920',
    hostname(),
    undefined,
  ])('%s is allowed without any setting', (host) => {
    expect(new AllowedHosts(SERVICE).allows(host)).toBe(true)
  })

  it.each([
    'evil.example',
    'evil.example:9920',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil.example.',
    'notlocalhost.example',
    'user@localhost',
    'localhost/evil.example',
    'localhost, evil.example',
    '',
  ])('"%s" is not allowed', (host) => {
    expect(new AllowedHosts(SERVICE).allows(host)).toBe(false)
  })

  it.each([
    ['the address it listens on', { listenAddress: 'differ.internal.example' }],
    ['the host of the base URL', { baseUrl: 'https://Differ.internal.example/path' }],
    ['a configured name', { configured: ['other.example', 'DIFFER.internal.example'] }],
    ['every name, if * is configured', { configured: ['*'] }],
  ])('is allowed if it is %s', (_, setting) => {
    const hosts = new AllowedHosts({ ...SERVICE, ...setting })
    expect(hosts.allows('differ.internal.example:8443')).toBe(true)
    expect(hosts.allows('sub.differ.internal.example')).toBe(
      'configured' in setting && setting.configured[0] === '*',
    )
  })

  it('is judged by itself, whichever was allowed or refused before', () => {
    const hosts = new AllowedHosts({ ...SERVICE, configured: ['differ.internal.example'] })
    const names = [
      'localhost',
      'evil.example',
      'evil.example',
      'differ.internal.example',
      'evil.example',
      'localhost',
    ]
    expect(names.map((name) => hosts.allows(name))).toEqual([true, false, false, true, false, true])
  })

  it('that is refused is named together with the settings that allow it', () => {
    expect(hostRefusal('evil.example')).toContain('"evil.example"')
    expect(hostRefusal('a'.repeat(10_000)).length).toBeLessThan(500)
    for (const setting of ['--allowed-hosts', 'DIFFER_ALLOWED_HOSTS', '--base-url'])
      expect(hostRefusal('evil.example')).toContain(setting)
  })
})

describe('the setting', () => {
  const load = (text: string) => loadConfig({ flags: {}, env: { DIFFER_ALLOWED_HOSTS: text } }).allowedHosts

  it('is a list of names', () => {
    expect(load(' a.example, b.example,')).toEqual(['a.example', 'b.example'])
    expect(load('*')).toEqual(['*'])
  })

  it.each(['https://a.example', 'a.example:80', 'a.example/', '*.a.example'])('refuses %s', (text) => {
    expect(() => load(text)).toThrow('must list names such as differ.example.org')
  })
})
