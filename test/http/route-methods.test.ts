import { fastify } from 'fastify'
import { describe, expect, it } from 'vitest'
import { RouteMethods } from '../../src/http/route-methods.ts'

describe('the methods of a path', () => {
  const server = fastify()
  const methods = new RouteMethods(server)
  const handler = async () => 'ok'
  server.get('/', handler)
  server.get('/health', handler)
  server.get('/debdiff/:old/:new', handler)
  server.get('/debdiff/:old/:new/stream', handler)
  server.post('/debdiff/:old/all', handler)
  server.route({ url: '/graphql', method: ['GET', 'POST'], exposeHeadRoute: false, handler })
  server.register((scope, _options, done) => {
    scope.post('/precache/:old/:new', handler)
    done()
  })

  it.each([
    ['/', 'GET,HEAD'],
    ['/health', 'GET,HEAD'],
    ['/health?verbose=/a/b', 'GET,HEAD'],
    ['/debdiff/a/b', 'GET,HEAD'],
    ['/debdiff/a%2Fb/b?filter_boring', 'GET,HEAD'],
    ['/debdiff/a/b/stream', 'GET,HEAD'],
    ['/debdiff/a/all', 'GET,HEAD,POST'],
    ['/graphql', 'GET,POST'],
    ['/precache/a/b', 'POST'],
    ['', null],
    ['/health/', null],
    ['/debdiff/a', null],
    ['/debdiff//b', null],
    ['/debdiff/a/b/c', null],
    ['/Health', null],
  ])('are known from the registered routes: %s has %s', async (url, expected) => {
    await server.ready()
    expect(methods.of(url)).toBe(expected)
  })
})
