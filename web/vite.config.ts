/** Builds the page into `dist/web`, beside the service that sends it; `npm run dev` serves it from here and passes the rest on to a service. */
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const service = process.env['DIFFER_DEV_SERVICE'] ?? 'http://localhost:9920'

export default defineConfig({
  root: folder('.'),
  // The service says in <base> below which path it is reached.
  base: './',
  logLevel: 'warn',
  clearScreen: false,
  build: {
    outDir: folder('../dist/web'),
    emptyOutDir: true,
    target: 'es2022',
    // A page under a policy that lets it load nothing but files of its own must not get them as data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    port: 5173,
    proxy: {
      '/graphql': { target: service, ws: true },
      '^/(renderings|debdiff|diffoscope)/': { target: service },
    },
  },
})
