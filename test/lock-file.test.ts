import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

interface LockEntry {
  readonly version?: string
  readonly resolved?: string
  readonly link?: true
  readonly optionalDependencies?: Record<string, string>
}

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, LockEntry> }
const entries = Object.entries(packages)

test('the lock file names no registry, so that every machine installs from its own', () => {
  expect(entries.filter(([, { resolved }]) => resolved?.includes(':')).map(([path]) => path)).toEqual([])
})

test('the lock file has every platform, or npm ci fails on a fresh clone', () => {
  const names = new Set(entries.map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)))
  const missing = entries.flatMap(([, { optionalDependencies = {} }]) => Object.keys(optionalDependencies).filter((name) => !names.has(name)))
  expect(missing).toEqual([])
})
