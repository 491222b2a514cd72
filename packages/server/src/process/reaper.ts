import { type ChildProcess, spawn } from 'node:child_process'

/**
 * Reads `+ pgid` and `- pgid` lines. At end of input, which is how the gateway's death by any cause looks, it asks each
 * group left to end, waits two seconds and kills them. It ignores signals: it must outlive whatever ends the gateway.
 */
const SCRIPT = `
trap '' HUP INT TERM
left=' '
while read -r sign group; do
  case $sign in
    +) left="$left$group " ;;
    -) case $left in *" $group "*) left="\${left%% $group *} \${left#* $group }" ;; esac ;;
  esac
done
[ -n "\${left# }" ] || exit 0
for group in $left; do kill -s TERM -- "-$group"; done
sleep 2
for group in $left; do kill -s KILL -- "-$group"; done
`

export interface Reaper {
  add(group: number): void
  remove(group: number): void
  /** The reaper ends by itself once its input is closed. */
  close(): void
}

/** Starts one tiny shell with the first group; a reaper that was killed is replaced with the next group. */
export function createReaper(): Reaper {
  const groups = new Set<number>()
  let shell: ChildProcess | undefined

  function start(): ChildProcess {
    const child = spawn('/bin/sh', ['-c', SCRIPT], { detached: true, stdio: ['pipe', 'ignore', 'ignore'], env: { PATH: '/usr/bin:/bin' }, cwd: '/' })
    const gone = () => {
      if (shell === child) shell = undefined
    }
    child.on('error', gone)
    child.on('exit', gone)
    // A write to a reaper that was killed fails here; 'exit' has said so already.
    child.stdin?.on('error', gone)
    // Neither the shell nor its pipe keeps the gateway running.
    child.unref()
    if (child.stdin !== null && 'unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref()
    return child
  }

  return {
    add(group) {
      groups.add(group)
      if (shell !== undefined) shell.stdin?.write(`+ ${group}\n`)
      else {
        shell = start()
        shell.stdin?.write([...groups].map((each) => `+ ${each}\n`).join(''))
      }
    },
    remove(group) {
      groups.delete(group)
      shell?.stdin?.write(`- ${group}\n`)
    },
    close() {
      shell?.stdin?.end()
      shell = undefined
    },
  }
}
