/** Which addresses a webhook may go to. */
import { describe, expect, it } from 'vitest'
import { blockListOf, receiverAddress } from '../../src/webhooks/receiver-address.ts'

const NONE = blockListOf([])
const at = (addresses: readonly string[], allowed = NONE) =>
  receiverAddress(new URL('https://hooks.example/'), allowed, async () =>
    addresses.map((address) => ({ address })),
  )

describe('the address of a receiver', () => {
  it.each(['1.1.1.1', '172.15.255.255', '172.32.0.1', '100.63.0.1', '2606:4700::1111', '::ffff:1.1.1.1'])(
    'may be %s',
    async (address) => {
      expect(await at([address])).toEqual({ address, family: address.includes(':') ? 6 : 4 })
    },
  )

  it.each([
    ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.255.255.254', '169.254.169.254', '172.16.0.1'],
    ...[
      '172.31.255.255',
      '192.0.0.8',
      '192.168.1.1',
      '198.18.0.1',
      '224.0.0.1',
      '240.0.0.1',
      '255.255.255.255',
    ],
    ...['::', '::1', '::7f00:1', '::ffff:10.0.0.1', '::ffff:a9fe:a9fe', '64:ff9b::a00:1', '2002:7f00:1::'],
    ...['fc00::1', 'fd12::1', 'fe80::1', 'fe80::1%eth0', 'ff02::1', '2001:db8::1'],
  ])('may not be %s', async (address) => {
    await expect(at([address])).rejects.toThrow(`has the private address ${address};`)
  })

  it('may not be one of several of which another is private', async () => {
    await expect(at(['1.1.1.1', '10.0.0.1'])).rejects.toThrow('private address 10.0.0.1')
  })

  it('may be private if the operator allows it', async () => {
    const allowed = blockListOf(['10.0.0.0/8', '::1'])
    expect(await at(['10.0.0.1'], allowed)).toEqual({ address: '10.0.0.1', family: 4 })
    expect(await at(['::1'], allowed)).toEqual({ address: '::1', family: 6 })
    await expect(at(['192.168.0.1'], allowed)).rejects.toThrow('private address')
  })

  it('is looked up again later if the name cannot be resolved', async () => {
    const failing = receiverAddress(new URL('https://hooks.example/'), NONE, async () => {
      throw Object.assign(new Error('no name'), { code: 'ENOTFOUND' })
    })
    await expect(failing).rejects.toMatchObject({
      retryable: true,
      message: expect.stringContaining('ENOTFOUND'),
    })
    await expect(at([])).rejects.toMatchObject({ retryable: true })
  })
})
