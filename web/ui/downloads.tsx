import type { DownloadsFragment } from '../generated/graphql.ts'

const FORMATS = [
  ['html', 'HTML'],
  ['markdown', 'Markdown'],
  ['text', 'Text'],
  ['json', 'JSON'],
] as const

/** A diff in every format, as it is filtered here. */
export function Downloads({ of, name }: { of: DownloadsFragment; name: string }) {
  return (
    <details class="menu">
      <summary>Download</summary>
      <ul>
        {FORMATS.map(([format, label]) => (
          <li key={format}>
            <a
              href={of[format].url}
              download={`${name}.${format === 'markdown' ? 'md' : format === 'text' ? 'txt' : format}`}
            >
              {label}
            </a>
          </li>
        ))}
        <li>
          <a href={of.html.url} target="_blank" rel="noreferrer">
            As a page of its own
          </a>
        </li>
      </ul>
    </details>
  )
}
