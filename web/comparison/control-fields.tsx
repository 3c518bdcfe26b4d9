/** Changed control fields side by side, with the changed words marked. */
import { count, visible } from '../ui/format.ts'
import type { Section } from './section.ts'

type Fields = Extract<Section, { __typename: 'DebdiffControlFields' }>
type Line = Fields['fields'][number]['lines'][number]

/** @param packages that have these fields */
export function ControlFields({ of, packages }: { of: Fields; packages: readonly string[] }) {
  return (
    <section class="section">
      <h2>
        Control fields of{' '}
        {packages.length > 1 ? `${count(packages.length)} packages` : <code>{visible(of.package)}</code>}
      </h2>
      {packages.length > 1 && (
        <p>
          <code>{packages.map(visible).join(', ')}</code>
        </p>
      )}
      <section class="scrolls" aria-label={`Control fields ${of.package}`} tabindex={0}>
        <table class="fields">
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col">Old</th>
              <th scope="col">New</th>
            </tr>
          </thead>
          <tbody>
            {of.fields.map((field, index) => {
              const lines = field.lines.map((line, at) => (at === 0 ? withoutName(line, field.name) : line))
              return (
                <tr key={index}>
                  <th scope="row">{visible(field.name)}</th>
                  <td>
                    <FieldSide lines={lines} omit="ADDED" />
                  </td>
                  <td>
                    <FieldSide lines={lines} omit="REMOVED" />
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </section>
    </section>
  )
}

/** The old or the new side of a field. Its lines contain the words of both. */
function FieldSide({ lines, omit }: { lines: readonly Line[]; omit: 'ADDED' | 'REMOVED' }) {
  const sides = lines.map((line) => withoutGaps(line.filter(({ kind }) => kind !== omit)))
  if (sides.every((side) => side.every(({ text }) => text.trim() === '')))
    return <span class="none">– (none)</span>
  return (
    <>
      {sides.map((side, index) => (
        <span class="field-line" key={index}>
          {side.map(({ kind, text }, at) =>
            kind === 'EQUAL' ? (
              visible(text)
            ) : kind === 'ADDED' ? (
              <ins key={at}>{visible(text)}</ins>
            ) : (
              <del key={at}>{visible(text)}</del>
            ),
          )}
        </span>
      ))}
    </>
  )
}

/** Removes the field's name, which has its own column, from its first line. */
function withoutName(line: Line, name: string): Line {
  const [first, ...rest] = line
  if (!first?.text.startsWith(`${name}:`)) return line
  return [{ ...first, text: first.text.slice(name.length + 1).trimStart() }, ...rest]
}

/** Where words of the other side were, the spaces before and after them would stand beside each other. */
function withoutGaps(line: Line): Line {
  let isGap = true
  return line.map((part) => {
    const text = isGap ? part.text.replace(/^ /, '') : part.text
    isGap = text === '' ? isGap : text.endsWith(' ')
    return { ...part, text }
  })
}
