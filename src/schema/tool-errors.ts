/** GraphQL types of the errors of tools. */
import { DiffCommandError, DiffCommandMemoryError, DiffCommandTimeoutError } from '../errors.ts'
import type { ResultKind } from '../model.ts'
import { builder } from './builder.ts'
import { ErrorInterface } from './error-interface.ts'
import { PrecacheJobType } from './precache-job.ts'

const interfaces = [ErrorInterface]

export const DiffCommandType = builder.enumType('DiffCommand', {
  description: 'A diff tool.',
  values: {
    DEBDIFF: {
      value: 'debdiff' as ResultKind,
      description: '`debdiff` from devscripts compares file lists and control fields.',
    },
    DIFFOSCOPE: {
      value: 'diffoscope' as ResultKind,
      description: '`diffoscope` compares the contents of files.',
    },
    SUMMARY: {
      value: 'summary' as ResultKind,
      description: 'The summary, for which Differ reads the packages with `dpkg-deb`.',
    },
  },
})

builder.objectType(DiffCommandTimeoutError, {
  name: 'DiffCommandTimeoutError',
  description: 'The tool exceeded its time limit and was stopped.',
  interfaces,
  fields: (t) => ({
    command: t.field({
      type: DiffCommandType,
      description: 'The tool that failed.',
      resolve: ({ command }) => command,
    }),
    limitMs: t.exposeInt('limitMs', { description: 'The limit of wall-clock time, in milliseconds.' }),
    job: t.field({
      type: PrecacheJobType,
      nullable: true,
      description: 'The background job that retries with higher limits, if there is one.',
      resolve: ({ jobId }, _, { services }) => (jobId === null ? null : services.queue.get(jobId)),
    }),
  }),
})

builder.objectType(DiffCommandMemoryError, {
  name: 'DiffCommandMemoryError',
  description: 'The tool exceeded its memory limit.',
  interfaces,
  fields: (t) => ({
    command: t.field({
      type: DiffCommandType,
      description: 'The tool that failed.',
      resolve: ({ command }) => command,
    }),
    limitBytes: t.expose('limitBytes', { type: 'ByteCount', description: 'The memory limit.' }),
  }),
})

builder.objectType(DiffCommandError, {
  name: 'DiffCommandError',
  description: 'The tool failed, for a reason other than its limits of time and memory.',
  interfaces,
  fields: (t) => ({
    command: t.field({
      type: DiffCommandType,
      description: 'The tool that failed.',
      resolve: ({ command }) => command,
    }),
    exitCode: t.exposeInt('exitCode', {
      nullable: true,
      description: 'Exit code of the tool; null if a signal ended it or it did not start.',
    }),
    signal: t.exposeString('signal', {
      nullable: true,
      description: 'Signal that ended the tool, like `SIGSEGV`; null if there was none.',
    }),
    stderr: t.exposeString('stderr', { description: 'Error output of the tool, shortened.' }),
  }),
})
