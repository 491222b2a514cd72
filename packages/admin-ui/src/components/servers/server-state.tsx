import type { Server } from '../../api/generated/types.gen.ts'
import { type State, StateBadge } from '../../ui/state-badge.tsx'

const STATES: Readonly<Record<Server['state'], { readonly state: State; readonly word: string }>> = {
  installing: { state: 'working', word: 'Installing' },
  starting: { state: 'working', word: 'Starting' },
  running: { state: 'ok', word: 'Running' },
  idle: { state: 'idle', word: 'Idle' },
  degraded: { state: 'warning', word: 'Degraded' },
  backing_off: { state: 'warning', word: 'Restarting soon' },
  failed: { state: 'failed', word: 'Failed' },
  stopped: { state: 'off', word: 'Stopped' },
}

export const serverState = (state: Server['state']): State => STATES[state].state

export function ServerState({ state, soft }: { readonly state: Server['state']; readonly soft?: boolean }) {
  const { state: look, word } = STATES[state]
  return (
    <StateBadge state={look} soft={soft}>
      {word}
    </StateBadge>
  )
}

/** Something goes on that is not told by events line by line. */
export const isUnderWay = ({ state, change }: Server): boolean => state === 'installing' || state === 'starting' || change?.state === 'running'

export const KIND_WORDS: Readonly<Record<Server['kind'], string>> = { npm: 'npm', pypi: 'PyPI', git: 'git', command: 'command', remote: 'remote' }

/** What a server is made of, in a few words: `@scope/name@1.2.3`, a URL, a command. */
export function sourceWords({ config, installed }: Pick<Server, 'config' | 'installed'>): string {
  switch (config.kind) {
    case 'npm':
      return `${config.package}@${installed?.version ?? config.version ?? 'latest'}`
    case 'pypi':
      return `${config.package}==${installed?.version ?? config.version ?? 'latest'}`
    case 'git':
      return `${config.url}${config.ref === undefined ? '' : `#${config.ref}`}`
    case 'remote':
      return config.url ?? ''
    case 'command':
      return [config.command, ...(config.args ?? [])].join(' ')
  }
}
