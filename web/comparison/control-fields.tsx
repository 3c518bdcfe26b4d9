/** Control fields that differ, side by side, with the words marked that changed. */
import { visible } from '../ui/format.ts'
import type { Section } from './debdiff-view.tsx'

type Fields = Extract<Section, { __typename: 'DebdiffControlFields' }>
type Line = Fields['fields'][number]['lines'][number]

export function ControlFields({ of }: { of: Fields }) {
  return (
    <section class="section">
      <h2>
        {of.package === null ? (
          'Control fields'
        ) : (
          <>
            Control fields of <code>{visible(of.package)}</code>
          </>
        )}
      </h2>
      <div
        class="scrolls"
        role="region"
        aria-label={of.package === null ? 'Control fields' : `Control fields of ${visible(of.package)}`}
        tabindex={0}
      >
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
                  <th scope="row">{field.name === null ? '…' : visible(field.name)}</th>
                  <td>
                    <SideOf lines={lines} leftOut="ADDED" />
                  </td>
                  <td>
                    <SideOf lines={lines} leftOut="REMOVED" />
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
    </section>
  )
}

/** One side of lines that hold both. */
function SideOf({ lines, leftOut }: { lines: readonly Line[]; leftOut: 'ADDED' | 'REMOVED' }) {
  const sides = lines.map((line) => without(line, leftOut))
  if (sides.every((side) => side.every(({ text }) => text.trim() === '')))
    return <span class="none">not there</span>
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

/** Between what was removed and what was added stands a blank, which neither side has. */
function without(line: Line, leftOut: 'ADDED' | 'REMOVED'): Line {
  const left: Line[number][] = []
  for (const [at, piece] of line.entries()) {
    if (piece.kind === leftOut) continue
    const follows = line[at - 1]?.kind === leftOut && /(^|\s)$/.test(left.at(-1)?.text ?? '')
    left.push(follows ? { ...piece, text: piece.text.replace(/^\s/, '') } : piece)
  }
  return left
}

/** The first line begins with the field's name, which has a column of its own; where the whole field is new, within a marked piece. */
function withoutName(line: Line, name: string | null): Line {
  const [first, ...rest] = line
  if (name === null || !first?.text.startsWith(`${name}:`)) return line
  return [{ ...first, text: first.text.slice(name.length + 1).trimStart() }, ...rest]
}
