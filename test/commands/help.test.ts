/** The help of every command: what it explains, and that its examples name commands and flags that exist. */
import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { createProgram } from '../../src/commands/program.ts'
import { shellSplit } from '../../src/config/shell-split.ts'

function allCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allCommands)]
}

function nameOf(command: Command): string {
  return command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name()
}

function helpOf(command: Command): string {
  let help = ''
  command.configureOutput({
    writeOut: (text) => {
      help += text
    },
  })
  command.outputHelp()
  return help
}

/** The words of each example, from the program's name on. */
function examplesIn(help: string): string[][] {
  return [...help.matchAll(/^ {2}\$ (.*)$/gm)].map(([, line = '']) => {
    const [call = ''] = line
      .replace(/^.*?\bdiffer /, '')
      // The main help has an explanation after each example, others may have a pipe.
      .split(/ {2,}| \| /)
    return shellSplit(call)
  })
}

const program = createProgram()

describe.each(allCommands(program).map((command) => [nameOf(command), command] as const))(
  '%s',
  (_, command) => {
    const help = helpOf(command)

    it('has a description of whole sentences and an example', () => {
      expect(command.description()).toMatch(/^[A-Z].*\.$/)
      expect(help).toMatch(/\nExamples?:\n {2}\$ .*differ /)
    })

    it('describes every argument and flag', () => {
      for (const { description } of [...command.options, ...command.registeredArguments])
        expect(description).toMatch(/^\S.*[^.]$/)
    })

    it('has examples with commands and flags that exist', () => {
      for (const words of examplesIn(help)) {
        let called = program
        for (const word of words) {
          const next = called.commands.find((candidate) => candidate.name() === word)
          if (!next) break
          called = next
        }
        expect([words, called === program]).toEqual([words, false])
        const flags = words.filter((word) => /^-/.test(word) && word !== '-')
        const known = called.options.flatMap(({ short, long }) => [short, long])
        expect(flags.filter((flag) => !known.includes(flag))).toEqual([])
      }
    })
  },
)
