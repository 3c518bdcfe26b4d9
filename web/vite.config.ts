/**
 * Builds the page into `dist/web`, from where the service sends it. `npm run dev` serves it from its sources
 * and proxies other requests to a service.
 */
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const service = process.env.DIFFER_DEV_SERVICE ?? 'http://localhost:9920'

export default defineConfig({
  root: folder('.'),
  // The service writes the path of its base URL into <base>.
  base: './',
  logLevel: 'warn',
  clearScreen: false,
  build: {
    outDir: folder('../dist/web'),
    emptyOutDir: true,
    target: 'es2022',
    // The page's Content-Security-Policy does not allow data: URLs.
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
