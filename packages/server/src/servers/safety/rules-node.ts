import { anyValue, DEBUGGER, ELSEWHERE, INLINE, matching, type OptionTable, optionTable, readOptions } from './options.ts'
import { checkScript } from './rules-python.ts'

const number = matching(/^\d+$/, 'must be a number')
const word = matching(/^[a-z][a-z0-9_-]*$/i, 'must be a word')

const OPTIONS: OptionTable = optionTable({
  flags: [
    ...[
      '--enable-source-maps',
      '--no-warnings',
      '--trace-warnings',
      '--trace-uncaught',
      '--trace-deprecation',
      '--no-deprecation',
      '--throw-deprecation',
      '--pending-deprecation',
    ],
    ...[
      '--preserve-symlinks',
      '--preserve-symlinks-main',
      '--use-system-ca',
      '--use-openssl-ca',
      '--use-bundled-ca',
      '--use-env-proxy',
      '--disable-sigusr1',
      '--expose-gc',
    ],
    ...[
      '--experimental-strip-types',
      '--no-experimental-strip-types',
      '--no-strip-types',
      '--experimental-transform-types',
      '--experimental-sqlite',
      '--no-experimental-sqlite',
    ],
    ...[
      '--experimental-vm-modules',
      '--no-experimental-require-module',
      '--tls-min-v1.2',
      '--tls-min-v1.3',
      '--permission',
      '--allow-net',
      '--allow-child-process',
      '--allow-worker',
    ],
    '--allow-addons',
  ],
  values: {
    '--max-old-space-size --max-semi-space-size --max-http-header-size --stack-trace-limit': number,
    '--disable-warning --unhandled-rejections --dns-result-order --conditions -C --title': word,
    '--allow-fs-read --allow-fs-write': anyValue,
  },
  refused: {
    [INLINE]: ['-e', '--eval', '-p', '--print', '-pe', '-ep', '--input-type', '-i', '--interactive', '-c', '--check', '--run', '--test'],
    [ELSEWHERE]: [
      ...[
        '-r',
        '--require',
        '--import',
        '--loader',
        '--experimental-loader',
        '--env-file',
        '--env-file-if-exists',
        '--experimental-config-file',
        '--experimental-default-config-file',
      ],
      ...[
        '--openssl-config',
        '--snapshot-blob',
        '--build-snapshot',
        '--build-snapshot-config',
        '--icu-data-dir',
        '--entry-url',
        '--experimental-entry-url',
        '--policy',
        '--experimental-policy',
      ],
    ],
    [DEBUGGER]: ['--inspect', '--inspect-brk', '--inspect-wait', '--inspect-port', '--inspect-publish-uid', '--debug', '--debug-brk', '--debug-port', '--prof'],
  },
})

/** What follows the script is the server's own. Node reads `_` in a long option as `-`. */
export function checkNode(args: readonly string[]): string[] {
  const { problems, rest } = readOptions('node', args, OPTIONS, (name) => (name.startsWith('--') ? name.replaceAll('_', '-') : name))
  const script = args[rest]
  if (script === undefined || script === '-') return [...problems, 'node: no script is named, so it would run code from standard input']
  if (script === 'inspect' || script === 'debug') return [...problems, `node ${script}: ${DEBUGGER}`]
  return [...problems, ...checkScript('node', script)]
}
