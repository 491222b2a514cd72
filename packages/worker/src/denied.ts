import { dirname } from 'node:path'

interface Denial {
  readonly code?: string
  readonly permission?: string
  readonly resource?: string
  readonly message: string
}

const request = (permission: string, what: string) =>
  `${what} is not allowed: add "${permission}" to "permissions" in tooldock.json and let an administrator accept it.`

/**
 * What a refusal of the sandbox means to an author: which permission of tooldock.json would allow it.
 * Undefined when the error is something else.
 */
export function explainDenial(error: unknown, dataDir: string | undefined): string | undefined {
  const denial = error as Denial | null
  if (typeof denial !== 'object' || denial === null) return undefined
  if (denial.code === 'ERR_DLOPEN_DISABLED') return request('addons', 'Loading a native add-on')
  if (denial.code === 'ERR_UNKNOWN_BUILTIN_MODULE' && denial.message.includes('sqlite')) return request('sqlite', 'node:sqlite')
  if (denial.code !== 'ERR_ACCESS_DENIED') return undefined
  switch (denial.permission) {
    case 'FileSystemWrite':
      return dataDir === undefined ? request('write', `Writing${of(denial)}`) : `Writing${of(denial)} is not allowed: write below ctx.dataDir instead.`
    case 'FileSystemRead':
      return request(`read:${denial.resource?.startsWith('/') ? dirname(denial.resource) : '/absolute/path'}`, `Reading${of(denial)}`)
    case 'ChildProcess':
      return request('child-process', 'Starting a process')
    case 'WorkerThreads':
      return request('worker-threads', 'Starting a worker thread')
    case 'Addon':
    case 'Addons':
      return request('addons', 'Loading a native add-on')
    default:
      return `${denial.message} Tools cannot be given this permission.`
  }
}

const of = (denial: Denial) => (denial.resource ? ` ${denial.resource}` : '')
