import { fieldLines } from '../diff/debdiff/field-lines.ts'
import type { Segment, SegmentKind } from '../diff/debdiff/wdiff-segments.ts'
import type {
  FieldsSection,
  FilesSection,
  NoteSection,
  PackagesSection,
  TypedSection,
} from '../diff/stored/typed-debdiff.ts'
import type { FileListChange, ListedFile } from '../diff/summary/file-lists.ts'
import type { FieldSummary } from '../diff/summary/types.ts'
import { contentsOf, pageOfEntries } from '../resolvers/debdiff-fields.ts'
import { diffId, loadDebdiffById } from '../resolvers/diff-ids.ts'
import { builder, NULL_IF_FAILED } from './builder.ts'
import { type DebdiffView, DiffInterface } from './diff.ts'
import { checkedSlice, connectionType, linesCost, MAX_LINES, positionArguments, UNPAGED } from './page.ts'

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

const ControlFieldType = builder.objectRef<FieldSummary>('ControlField').implement({
  description: 'A control field that differs, with the values that the packages have.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the field, like `Depends`.' }),
    old: t.exposeString('old', {
      nullable: true,
      description: 'Value in the old package, lines joined by newlines; null if it has no such field.',
    }),
    new: t.exposeString('new', {
      nullable: true,
      description: 'Value in the new package, lines joined by newlines; null if it has no such field.',
    }),
    noise: t.stringList({
      description: 'Classes of noise that explain the difference; empty if it is more than noise.',
      resolve: ({ noise, substantive }) => (substantive ? [] : [...noise]),
    }),
    lines: t.field({
      type: t.listRef(t.listRef(SegmentType)),
      description:
        'The lines of both values, each split into segments. The first line begins with the name of the field.',
      resolve: fieldLines,
    }),
  }),
})

const FileEntryType = builder.objectRef<ListedFile>('FileEntry').implement({
  description: 'A file of a package.',
  fields: (t) => ({
    path: t.exposeString('path', {
      description:
        'Absolute path, or `DEBIAN/…` for a member of the control archive. Bytes that are not UTF-8 are ' +
        'escaped. It comes from the package, so escape it.',
    }),
    mode: t.exposeString('mode', { description: 'Type and permissions as `ls` prints them: `-rwxr-xr-x`.' }),
    owner: t.exposeString('owner', {
      description: 'Owner of the file; a number if the package has no name.',
    }),
    group: t.exposeString('group', {
      description: 'Group of the file; a number if the package has no name.',
    }),
    target: t.exposeString('target', {
      nullable: true,
      description: 'Target of a link; null for other files.',
    }),
  }),
})

const FileEntryConnectionType = connectionType('FileEntry', FileEntryType, {
  noun: 'file',
  totalCount: 'Number of files in the list.',
  isCounted: true,
})

export const DebdiffSectionInterface = builder.interfaceRef<TypedSection>('DebdiffSection').implement({
  description: 'A section of a debdiff.',
  resolveType: ({ kind }) => TYPE_NAMES[kind],
  fields: (t) => ({
    title: t.string({
      nullable: true,
      description: 'Title of the section in the output of debdiff; null if debdiff has no such section.',
      resolve: ({ title }) => title,
    }),
  }),
})

const TYPE_NAMES: Readonly<Record<TypedSection['kind'], string>> = {
  note: 'DebdiffNote',
  files: 'DebdiffFileList',
  fields: 'DebdiffControlFields',
  packages: 'DebdiffPackageList',
}

const interfaces = [DebdiffSectionInterface]

builder.objectRef<NoteSection>('DebdiffNote').implement({
  description: 'What no other section shows, for example that a package could not be read.',
  interfaces,
  fields: (t) => ({
    lines: t.stringList({ description: 'Lines of the note.', resolve: ({ lines }) => [...lines] }),
  }),
})

builder.objectRef<PackagesSection>('DebdiffPackageList').implement({
  description: 'Packages that only one side has.',
  interfaces,
  fields: (t) => ({
    packages: t.stringList({
      description: 'Names of the packages.',
      resolve: ({ packages }) => [...packages],
    }),
  }),
})

builder.objectRef<FieldsSection>('DebdiffControlFields').implement({
  description: 'Control fields that differ.',
  interfaces,
  fields: (t) => ({
    package: t.exposeString('package', {
      description:
        'Package with these control fields; with its architecture, like `libc6:i386`, if the name occurs more than once.',
    }),
    fields: t.field({
      type: [ControlFieldType],
      description: 'The fields, in the order of the new control file.',
      complexity: { field: 1, multiplier: UNPAGED },
      resolve: ({ fields }) => [...fields],
    }),
  }),
})

const FileListChangeType = builder.enumType('FileListChange', {
  description: 'What happened to the files of a list.',
  values: {
    ADDED: {
      value: 'added' as FileListChange,
      description: 'The files, or these attributes of theirs, are only on the new side.',
    },
    REMOVED: {
      value: 'removed' as FileListChange,
      description: 'The files, or these attributes of theirs, are only on the old side.',
    },
    MOVED: {
      value: 'moved' as FileListChange,
      description: 'Another package has the files now.',
    },
    CHANGED: {
      value: 'changed' as FileListChange,
      description:
        'The files are members of the control archive, like maintainer scripts and `conffiles`, and their content differs.',
    },
    SPREAD: {
      value: 'spread' as FileListChange,
      description: 'Files were moved between several packages.',
      deprecationReason:
        'Never returned: such files are in the lists of each package. Removed in version 0.2.',
    },
  },
})

builder.objectRef<FilesSection>('DebdiffFileList').implement({
  description: 'Files whose presence, type, permissions, owner or link target differ.',
  interfaces,
  fields: (t) => ({
    change: t.field({
      type: FileListChangeType,
      description: 'What happened to the files.',
      resolve: ({ list }) => list.change,
    }),
    package: t.string({
      description: 'Package of the files, before the move if they were moved.',
      resolve: ({ list }) => list.package,
    }),
    movedTo: t.string({
      nullable: true,
      description: 'Package to which the files were moved; null if they were not moved.',
      resolve: ({ list }) => list.movedTo,
    }),
    totalCount: t.exposeInt('count', { description: 'Number of files in the list.' }),
    entries: t.field({
      type: FileEntryConnectionType,
      ...NULL_IF_FAILED,
      description:
        'The files, ordered by path. If the lists of a comparison have more than 100,000 files, the others are only counted.',
      args: positionArguments(t.arg, 'position in the list, counted from 0,', MAX_LINES),
      complexity: linesCost,
      resolve: (section, args) => pageOfEntries(section, checkedSlice(args, MAX_LINES)),
    }),
    files: t.field({
      type: [FileEntryType],
      deprecationReason: 'Use `entries`, which is a connection. Removed in version 0.2.',
      description:
        'The files, ordered by path. If the lists of a comparison have more than 100,000 files, the others are only counted.',
      args: {
        first: t.arg.int({
          required: true,
          defaultValue: 50,
          description: `Maximum number of files, from 1 to ${MAX_LINES}.`,
        }),
        offset: t.arg.int({
          required: true,
          defaultValue: 0,
          description: 'Number of files to skip.',
        }),
      },
      complexity: linesCost,
      resolve: (section, { first, offset }) =>
        section.debdiff.files(section, { first: checkedSlice({ first }, MAX_LINES).count, offset }),
    }),
  }),
})

export const DebdiffType = builder.objectRef<DebdiffView>('Debdiff')

builder.node(DebdiffType, {
  description:
    'Differences of file lists, control fields and the other files of the control archive. The renderings are ' +
    "the output of `debdiff`. The typed fields come from the packages themselves, because debdiff's output lacks " +
    'some of the differences, and text in a package can imitate it.',
  interfaces: [DiffInterface],
  id: {
    description: 'Global id, for `Query.node`, which finds the diff as long as it is cached.',
    resolve: diffId,
  },
  loadOne: loadDebdiffById,
  fields: (t) => ({
    isEmpty: t.boolean({
      ...NULL_IF_FAILED,
      description:
        'Whether there are no differences, apart from hidden ones. Contents of files do not count. Null, with the ' +
        'reason among the errors, if the summary is not known.',
      resolve: (view) => contentsOf(view).isEmpty,
    }),
    sections: t.field({
      type: [DebdiffSectionInterface],
      ...NULL_IF_FAILED,
      description:
        'Packages, then files, then control fields; only what differs. Null, with the reason among the errors, if ' +
        'the summary is not known.',
      complexity: { field: 1, multiplier: UNPAGED },
      resolve: (view) => [...contentsOf(view).sections],
    }),
  }),
})
