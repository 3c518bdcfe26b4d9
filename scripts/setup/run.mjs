/** Runs other programs for the set-up. It needs no packages, because none are installed yet. */
import { spawn } from 'node:child_process'

/**
 * Runs a program and collects what it prints on both streams, in English if it is translated.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<{code: number, output: string}>} `code` is 127 if the program does not exist
 */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const env = { ...process.env, LC_ALL: 'C.UTF-8', ...options.env }
    const child = spawn(command, args, { ...options, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (data) => (output += data))
    child.stderr.on('data', (data) => (output += data))
    child.on('error', (error) => resolve({ code: 127, output: error.message }))
    child.on('close', (code) => resolve({ code: code ?? 1, output }))
  })
}

/**
 * Runs a program that prints to the terminal.
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {Promise<number>} its exit code; 127 if it does not exist
 */
export function runInView(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('error', () => resolve(127))
    child.on('close', (code) => resolve(code ?? 1))
  })
}

/** The end of a program's output, which has the reason of a failure. */
export function lastLines(output, count = 15) {
  return output.trimEnd().split('\n').slice(-count).join('\n')
}
