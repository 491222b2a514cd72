import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'
import { PROTOCOL_FD } from './protocol.ts'

/** Ways out of the process that the permission model leaves open: signals (also to the gateway), handles, internals. */
const REMOVED = ['kill', '_kill', '_debugProcess', '_debugEnd', '_getActiveHandles', '_getActiveRequests', 'binding', '_linkedBinding'] as const

/** Functions of `fs` that take a file descriptor: the permission model does not look at those. */
// biome-ignore format: one list
const ON_DESCRIPTORS = [
  'appendFile', 'appendFileSync', 'close', 'closeSync', 'fdatasync', 'fsync', 'ftruncate', 'read', 'readFile', 'readFileSync', 'readSync', 'readv', 'readvSync',
  'write', 'writeFile', 'writeFileSync', 'writeSync', 'writev', 'writevSync',
] as const

type AnyFunction = (...args: unknown[]) => unknown

/**
 * Before any tool code runs: takes away what a tool could use against other processes or to speak in the worker's name.
 * Not a sandbox by itself: the process runs under Node's permission model.
 */
export function harden(): void {
  for (const name of REMOVED) {
    const refuse = () => {
      throw new Error(`process.${name} is not available to tools`)
    }
    Object.defineProperty(process, name, { value: refuse, writable: false, configurable: false })
  }
  const functions = fs as unknown as Record<string, AnyFunction>
  for (const name of ON_DESCRIPTORS) {
    const original = functions[name] as AnyFunction
    const guarded: AnyFunction = (...args) => {
      if (args[0] === PROTOCOL_FD) throw Object.assign(new Error(`EBADF: bad file descriptor, ${name}`), { code: 'EBADF' })
      return original(...args)
    }
    // How `util.promisify` treats the function is written on it.
    functions[name] = Object.defineProperties(guarded, Object.getOwnPropertyDescriptors(original))
  }
  os.setPriority = () => {
    throw new Error('os.setPriority is not available to tools')
  }
  syncBuiltinESMExports()
}
