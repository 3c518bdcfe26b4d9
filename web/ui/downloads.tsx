import type { DownloadsFragment } from '../generated/graphql.ts'
import { Menu } from './menu.tsx'

const FORMATS = [
  ['html', 'HTML', 'html'],
  ['markdown', 'Markdown', 'md'],
  ['text', 'Text', 'txt'],
  ['json', 'JSON', 'json'],
] as const

/** A menu of all formats of a diff. @param name of the file, without its extension */
export function Downloads({ of, name }: { of: DownloadsFragment; name: string }) {
  return (
    <Menu label="Download">
      <ul>
        {FORMATS.map(([format, label, extension]) => (
          <li key={format}>
            <a href={of[format].url} download={`${name}.${extension}`}>
              {label}
            </a>
          </li>
        ))}
        <li>
          <a href={pageOf(of.html.url)} target="_blank" rel="noreferrer">
            Open as HTML page
          </a>
        </li>
      </ul>
    </Menu>
  )
}

/** The HTML of a debdiff is a fragment for other pages, unless a page is wanted. */
export function pageOf(url: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}page=1`
}
