import { ToolDockError } from '../errors/tooldock-error.ts'
import type { Machine } from './server-machine.ts'

/** Why a server takes no calls now, and what can be done about it. */
export function unavailable(namespace: string, machine: Machine): ToolDockError {
  return new ToolDockError('namespace_unavailable', `"${namespace}" ${describe(machine)}`, { state: machine.state })
}

function describe({ state, reason, retryAt }: Machine): string {
  const because = reason === undefined ? '' : `: ${reason}`
  switch (state) {
    case 'stopped':
      return `is stopped${because}; an administrator can start it.`
    case 'installing':
      return 'is being installed; try again later.'
    case 'backing_off':
      return `has ended${because}; it is started again in ${Math.max(0, Math.ceil(((retryAt ?? 0) - Date.now()) / 1000))} s.`
    case 'failed':
      return `has failed${because}; an administrator can start it again.`
    default:
      return `does not run now (${state}${because}); try again.`
  }
}
