import type { FileEntry } from '../diff/debdiff/file-entry.ts'
import type { ControlSection, DebdiffSection, FileListSection } from '../diff/debdiff/sections.ts'
import {
  type ControlField,
  fieldSide,
  type Segment,
  type SegmentKind,
} from '../diff/debdiff/wdiff-segments.ts'
import { filesOf } from '../resolvers/debdiff-files.ts'
import { diffId, loadDiffById } from '../resolvers/diff-ids.ts'
import { builder } from './builder.ts'
import { type DebdiffView, DiffInterface } from './diff.ts'
import { checkedPage, MAX_LINES, pageCost, UNPAGED } from './page.ts'

const SegmentKindType = builder.enumType('SegmentKind', {
  description: 'On which side a segment of a line occurs.',
  values: {
    EQUAL: { value: 'equal' as SegmentKind, description: 'The segment is on both sides.' },
    REMOVED: { value: 'removed' as SegmentKind, description: 'The segment is only on the old side.' },
    ADDED: { value: 'added' as SegmentKind, description: 'The segment is only on the new side.' },
  },
})

const SegmentType = builder.objectRef<Segment>('Segment').implement({
  description: 'A segment of a line.',
  fields: (t) => ({
    kind: t.field({
      type: SegmentKindType,
      description: 'On which side it occurs.',
      resolve: ({ kind }) => kind,
    }),
    text: t.exposeString('text', {
      description: 'Text of the segment. It comes from the package, so escape it.',
    }),
  }),
})

const ControlFieldType = builder.objectRef<ControlField>('ControlField').implement({
  description: 'A control field that differs, as far as debdiff shows it: equal lines are omitted.',
  fields: (t) => ({
    name: t.exposeString('name', {
      nullable: true,
      description:
        'Name of the field, like `Depends`; null if only later lines of the field differ, because ' +
        'debdiff prints those without the name.',
    }),
    old: t.string({
      nullable: true,
      description: 'Value on the old side, lines joined by newlines; null if it has none.',
      resolve: (field) => fieldSide(field, 'old'),
    }),
    new: t.string({
      nullable: true,
      description: 'Value on the new side, lines joined by newlines; null if it has none.',
      resolve: (field) => fieldSide(field, 'new'),
    }),
    lines: t.field({
      type: t.listRef(t.listRef(SegmentType)),
      description: 'The lines, each split into segments. The first line begins with the name of the field.',
      resolve: ({ lines }) => lines.map((line) => [...line]),
    }),
  }),
})

const FileEntryType = builder.objectRef<FileEntry>('FileEntry').implement({
  description: 'A file of a package, as debdiff lists it.',
  fields: (t) => ({
    path: t.exposeString('path', {
      description:
        'Absolute path, or `DEBIAN/…` for a member of the control archive. Special characters are ' +
        'escaped as tar does.',
    }),
    mode: t.exposeString('mode', { description: 'Type and permissions as `ls` prints them: `-rwxr-xr-x`.' }),
    owner: t.exposeString('owner', {
      nullable: true,
      description: 'Owner of the file; null if the list does not show it.',
    }),
    group: t.exposeString('group', {
      nullable: true,
      description: 'Group of the file; null if the list does not show it.',
    }),
    target: t.exposeString('target', {
      nullable: true,
      description: 'Target of a link; null for other files.',
    }),
  }),
})

export const DebdiffSectionInterface = builder.interfaceRef<DebdiffSection>('DebdiffSection').implement({
  description: 'A section of a debdiff.',
  resolveType: ({ kind }) => TYPE_NAMES[kind],
  fields: (t) => ({
    title: t.string({
      nullable: true,
      description: 'Title as debdiff prints it; null for a note.',
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
  description: 'Free-text remarks by debdiff, for example that file lists are identical.',
  interfaces,
  fields: (t) => ({
    lines: t.stringList({ description: 'Lines of the note.', resolve: ({ lines }) => [...lines] }),
  }),
})

builder.objectRef<DebdiffSection & { lines: readonly string[] }>('DebdiffPackageList').implement({
  description: 'Packages that only one side has.',
  interfaces,
  fields: (t) => ({
    packages: t.stringList({ description: 'Names of the packages.', resolve: ({ lines }) => [...lines] }),
  }),
})

builder.objectRef<ControlSection>('DebdiffControlFields').implement({
  description: 'Control fields that differ.',
  interfaces,
  fields: (t) => ({
    package: t.exposeString('package', {
      nullable: true,
      description: 'Package with these control fields; null if each side has only one package.',
    }),
    fields: t.field({
      type: [ControlFieldType],
      description: 'The fields, in the order of the control file.',
      complexity: { field: 1, multiplier: UNPAGED },
      resolve: ({ fields }) => [...fields],
    }),
  }),
})

const FileListChange = builder.enumType('FileListChange', {
  description: 'What happened to the files of a list.',
  values: {
    ADDED: {
      value: 'added' as FileListSection['change'],
      description: 'The files are only on the new side.',
    },
    REMOVED: {
      value: 'removed' as FileListSection['change'],
      description: 'The files are only on the old side.',
    },
    MOVED: {
      value: 'moved' as FileListSection['change'],
      description: 'Files were moved from one package to another.',
    },
    SPREAD: {
      value: 'spread' as FileListSection['change'],
      description: 'Files were moved between several packages.',
    },
  },
})

builder.objectRef<FileListSection>('DebdiffFileList').implement({
  description: 'Files whose presence, permissions or owner differ.',
  interfaces,
  fields: (t) => ({
    change: t.field({
      type: FileListChange,
      description: 'What happened to the files.',
      resolve: ({ change }) => change,
    }),
    package: t.exposeString('package', {
      nullable: true,
      description:
        'Package of the files, before the move if they were moved; null if debdiff does not name it.',
    }),
    movedTo: t.exposeString('movedTo', {
      nullable: true,
      description: 'Package to which the files were moved; null if they were not moved.',
    }),
    totalCount: t.int({
      description: 'Number of entries in the list.',
      resolve: ({ lines }) => lines.length,
    }),
    files: t.field({
      type: [FileEntryType],
      description: 'The files. Entries that cannot be parsed are omitted.',
      args: {
        first: t.arg.int({
          required: true,
          defaultValue: 50,
          description: `Maximum number of files, from 1 to ${MAX_LINES}.`,
        }),
        offset: t.arg.int({
          required: true,
          defaultValue: 0,
          description: 'Number of entries to skip.',
        }),
      },
      complexity: pageCost,
      resolve: (section, page) => filesOf(section, checkedPage(page, MAX_LINES)),
    }),
  }),
})

export const DebdiffType = builder.objectRef<DebdiffView>('Debdiff')

builder.node(DebdiffType, {
  description: 'Differences of file lists and control fields, found by `debdiff`.',
  interfaces: [DiffInterface],
  id: {
    description: 'Global id, for `Query.node`, which finds the diff as long as it is cached.',
    resolve: diffId,
  },
  loadOne: (id, context) => loadDiffById('debdiff', id, context),
  fields: (t) => ({
    isEmpty: t.boolean({
      description: 'Whether there are no differences, apart from hidden ones.',
      resolve: ({ stored, filterBoring }) => stored.isEmpty(filterBoring),
    }),
    sections: t.field({
      type: [DebdiffSectionInterface],
      description: 'The sections, in the order in which debdiff prints them.',
      complexity: { field: 1, multiplier: UNPAGED },
      resolve: async ({ stored, filterBoring }, _, { bytes }) => {
        // They stay in memory until the operation has ended.
        bytes.charge(stored.entry.sizeBytes)
        return [...(await stored.sections(filterBoring))]
      },
    }),
  }),
})
