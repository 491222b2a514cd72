import { useNavigate } from '@tanstack/react-router'
import { FileText, MoreHorizontal, Play, RotateCw, Square, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { Server } from '../../api/generated/types.gen.ts'
import { IconButton } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { countOf } from '../../ui/format.ts'
import { Menu, MenuItem, MenuSeparator } from '../../ui/menu.tsx'
import { useToast } from '../../ui/toast.tsx'
import { ApiErrorNotice } from '../api-error-notice.tsx'
import { useMisses } from '../namespaces/what-misses.ts'
import { type ServerAct, useServerAct } from './server-queries.ts'

const FAILED: Readonly<Record<ServerAct, string>> = {
  start: 'could not be started',
  stop: 'could not be stopped',
  restart: 'could not be restarted',
  remove: 'could not be removed',
}

export const isStopped = ({ state }: Pick<Server, 'state'>): boolean => state === 'stopped' || state === 'failed'

/** Everything that can be done to a server, in one menu. */
export function ServerMenu({ server, onRemoved }: { readonly server: Server; readonly onRemoved?: () => void }) {
  const navigate = useNavigate()
  const toast = useToast()
  const act = useServerAct(server.namespace)
  const [isRemoving, setRemoving] = useState(false)
  const misses = useMisses(server.namespace, isRemoving)
  const run = (name: ServerAct): void =>
    act.mutate(name, {
      onError: (error) => toast({ state: 'failed', title: `“${server.namespace}” ${FAILED[name]}`, detail: <ApiErrorNotice error={error} /> }),
    })
  return (
    <>
      <Menu trigger={<IconButton label={`Actions for ${server.namespace}`} icon={MoreHorizontal} size="sm" working={act.isPending} />}>
        {isStopped(server) ? (
          <MenuItem icon={Play} onSelect={() => run('start')}>
            Start
          </MenuItem>
        ) : (
          <>
            <MenuItem icon={RotateCw} onSelect={() => run('restart')}>
              Restart
            </MenuItem>
            <MenuItem icon={Square} onSelect={() => run('stop')}>
              Stop
            </MenuItem>
          </>
        )}
        <MenuItem icon={FileText} onSelect={() => void navigate({ to: '/servers/$ns/{-$tab}', params: { ns: server.namespace, tab: 'output' } })}>
          Show output
        </MenuItem>
        <MenuSeparator />
        <MenuItem icon={Trash2} danger onSelect={() => setRemoving(true)}>
          Remove…
        </MenuItem>
      </Menu>
      <ConfirmDialog
        open={isRemoving}
        onClose={() => setRemoving(false)}
        title={`Remove server “${server.namespace}”?`}
        action="Remove server"
        takes={[
          countOf(server.tools, 'tool'),
          ...(server.openCalls > 0 ? [`${countOf(server.openCalls, 'call')} under way`] : []),
          'its installed package, configuration files and secrets',
          ...misses,
        ]}
        onConfirm={async () => {
          await act.mutateAsync('remove')
          onRemoved?.()
        }}
        renderError={(error) => <ApiErrorNotice error={error} />}
      >
        <p>Clients that use it lose its tools at once.</p>
      </ConfirmDialog>
    </>
  )
}
