import { type FileEntry, parseFileEntry } from '../diff/debdiff/file-entry.ts'
import type { ControlSection, DebdiffSection, FileListSection } from '../diff/debdiff/sections.ts'
import {
  type ControlField,
  fieldSide,
  type Segment,
  type SegmentKind,
} from '../diff/debdiff/wdiff-segments.ts'
import { diffId, loadDiffById } from '../resolvers/diff-ids.ts'
import { builder } from './builder.ts'
import { type DebdiffView, DiffInterface } from './diff.ts'
import { checkedPage, MAX_LINES, pageCost, UNPAGED } from './page.ts'

const SegmentKindType = builder.enumType('SegmentKind', {
  description: 'What became of a piece of text.',
  values: {
    EQUAL: { value: 'equal' as SegmentKind, description: 'It is on both sides.' },
    REMOVED: { value: 'removed' as SegmentKind, description: 'It is on the old side only.' },
    ADDED: { value: 'added' as SegmentKind, description: 'It is on the new side only.' },
  },
})

const SegmentType = builder.objectRef<Segment>('Segment').implement({
  description: 'A piece of a line.',
  fields: (t) => ({
    kind: t.field({ type: SegmentKindType, description: 'What became of it.', resolve: ({ kind }) => kind }),
    text: t.exposeString('text', { description: 'The piece, as in the package: escape it.' }),
  }),
})

const ControlFieldType = builder.objectRef<ControlField>('ControlField').implement({
  description: 'A control field that differs, as far as debdiff shows it: lines that are equal are left out.',
  fields: (t) => ({
    name: t.exposeString('name', {
      nullable: true,
      description:
        'Like `Depends`; null where only later lines of a field differ, which debdiff shows without its name.',
    }),
    old: t.string({
      nullable: true,
      description: 'The value on the old side, lines joined by newlines; null where it is not there.',
      resolve: (field) => fieldSide(field, 'old'),
    }),
    new: t.string({
      nullable: true,
      description: 'The value on the new side; null where it is not there.',
      resolve: (field) => fieldSide(field, 'new'),
    }),
    lines: t.field({
      type: t.listRef(t.listRef(SegmentType)),
      description: 'Line by line, in pieces; the first line begins with the name.',
      resolve: ({ lines }) => lines.map((line) => [...line]),
    }),
  }),
})

const FileEntryType = builder.objectRef<FileEntry>('FileEntry').implement({
  description: 'A file of a package, as debdiff lists it.',
  fields: (t) => ({
    path: t.exposeString('path', {
      description:
        'Absolute; members of the control archive are `DEBIAN/…`. Special characters are escaped as tar does.',
    }),
    mode: t.exposeString('mode', { description: 'As ls writes it: `-rwxr-xr-x`.' }),
    owner: t.exposeString('owner', { nullable: true, description: 'Null where the list does not tell.' }),
    group: t.exposeString('group', { nullable: true, description: 'Null where the list does not tell.' }),
    target: t.exposeString('target', {
      nullable: true,
      description: 'Where a link leads; null for anything else.',
    }),
  }),
})

export const DebdiffSectionInterface = builder.interfaceRef<DebdiffSection>('DebdiffSection').implement({
  description: 'A part of a debdiff under one title.',
  resolveType: ({ kind }) => TYPE_NAMES[kind],
  fields: (t) => ({
    title: t.string({
      nullable: true,
      description: 'As debdiff prints it; null for a note.',
      resolve: ({ title }) => title,
    }),
  }),
})

const TYPE_NAMES: Readonly<Record<DebdiffSection['kind'], string>> = {
  note: 'DebdiffNote',
  files: 'DebdiffFileList',
  control: 'DebdiffControlFields',
  packages: 'DebdiffPackageList',
  other: 'DebdiffNote',
}

const interfaces = [DebdiffSectionInterface]

builder.objectRef<DebdiffSection & { lines: readonly string[] }>('DebdiffNote').implement({
  description: 'Prose: what debdiff found equal, and remarks.',
  interfaces,
  fields: (t) => ({
    lines: t.stringList({ description: 'Line by line.', resolve: ({ lines }) => [...lines] }),
  }),
})

builder.objectRef<DebdiffSection & { lines: readonly string[] }>('DebdiffPackageList').implement({
  description: 'Packages that are on one side only.',
  interfaces,
  fields: (t) => ({
    packages: t.stringList({ description: 'Their names.', resolve: ({ lines }) => [...lines] }),
  }),
})

builder.objectRef<ControlSection>('DebdiffControlFields').implement({
  description: 'Control fields that differ.',
  interfaces,
  fields: (t) => ({
    package: t.exposeString('package', {
      nullable: true,
      description: 'Null where one package was compared with one.',
    }),
    fields: t.field({
      type: [ControlFieldType],
      description: 'In the order of the control file.',
      complexity: { field: 1, multiplier: UNPAGED },
      resolve: ({ fields }) => [...fields],
    }),
  }),
})

const FileListChange = builder.enumType('FileListChange', {
  description: 'What became of the files of a list.',
  values: {
    ADDED: { value: 'added' as FileListSection['change'], description: 'They are on the new side only.' },
    REMOVED: { value: 'removed' as FileListSection['change'], description: 'They are on the old side only.' },
    MOVED: {
      value: 'moved' as FileListSection['change'],
      description: 'They went from one package to another.',
    },
    SPREAD: {
      value: 'spread' as FileListSection['change'],
      description: 'They went from or to several packages.',
    },
  },
})

builder.objectRef<FileListSection>('DebdiffFileList').implement({
  description: 'Files whose names, permissions or owners differ.',
  interfaces,
  fields: (t) => ({
    change: t.field({
      type: FileListChange,
      description: 'What became of them.',
      resolve: ({ change }) => change,
    }),
    package: t.exposeString('package', {
      nullable: true,
      description: 'Where they are, or were before a move; null where debdiff does not tell.',
    }),
    movedTo: t.exposeString('movedTo', {
      nullable: true,
      description: 'Where moved ones went; null otherwise.',
    }),
    totalCount: t.int({ description: 'How many.', resolve: ({ lines }) => lines.length }),
    files: t.field({
      type: [FileEntryType],
      description: 'The files; lines that are no entries are left out.',
      args: {
        first: t.arg.int({
          required: true,
          defaultValue: 50,
          description: `How many at most, from 1 to ${MAX_LINES}.`,
        }),
        offset: t.arg.int({
          required: true,
          defaultValue: 0,
          description: 'How many to leave out at the beginning.',
        }),
      },
      complexity: pageCost,
      resolve: ({ lines }, page) => {
        const { first } = checkedPage(page, MAX_LINES)
        const offset = Math.max(0, page.offset)
        return lines.slice(offset, offset + first).flatMap((line) => {
          const entry = parseFileEntry(line)
          return entry ? [entry] : []
        })
      },
    }),
  }),
})

export const DebdiffType = builder.objectRef<DebdiffView>('Debdiff')

builder.node(DebdiffType, {
  description: 'File lists and control fields that differ, found by `debdiff`.',
  interfaces: [DiffInterface],
  id: { description: 'Global id, for `node`, which finds it as long as it is cached.', resolve: diffId },
  loadOne: (id, context) => loadDiffById('debdiff', id, context),
  fields: (t) => ({
    isEmpty: t.boolean({
      description: 'Whether nothing differs, as far as it is shown.',
      resolve: ({ stored, filterBoring }) => stored.isEmpty(filterBoring),
    }),
    sections: t.field({
      type: [DebdiffSectionInterface],
      description: 'In the order in which debdiff prints them.',
      complexity: { field: 1, multiplier: UNPAGED },
      resolve: async ({ stored, filterBoring }) => [...(await stored.sections(filterBoring))],
    }),
  }),
})
