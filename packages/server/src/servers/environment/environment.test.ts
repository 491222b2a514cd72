import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { buildEnvironment, environmentProblems, variableFault } from './environment.ts'

const plain = async (_namespace: string, text: string): Promise<string> => text

describe('environment injection is refused', () => {
  it.each([
    ...[
      'PATH',
      'HOME',
      'TMPDIR',
      'LD_PRELOAD',
      'LD_LIBRARY_PATH',
      'LD_AUDIT',
      'DYLD_INSERT_LIBRARIES',
      'NODE_OPTIONS',
      'NODE_PATH',
      'NODE_REPL_EXTERNAL_MODULE',
      'PYTHONPATH',
    ],
    ...[
      'PYTHONSTARTUP',
      'PYTHONHOME',
      'PYTHONWARNINGS',
      'PYTHONBREAKPOINT',
      'PYTHONINSPECT',
      'PYTHONUSERBASE',
      'PYTHONEXECUTABLE',
      'BASH_ENV',
      'ENV',
      'IFS',
      'PS4',
      'PERL5LIB',
      'PERL5OPT',
    ],
    ...[
      'RUBYOPT',
      'RUBYLIB',
      'GIT_SSH',
      'GIT_SSH_COMMAND',
      'GIT_EXEC_PATH',
      'GIT_CONFIG_COUNT',
      'GIT_EXTERNAL_DIFF',
      'NPM_CONFIG_REGISTRY',
      'npm_config_script_shell',
      'Npm_Config_Git',
    ],
    ...[
      'UV_INDEX_URL',
      'PIP_INDEX_URL',
      'JAVA_TOOL_OPTIONS',
      'GCONV_PATH',
      'GLIBC_TUNABLES',
      'OPENSSL_CONF',
      'TOOLDOCK_SECRET_KEY',
      'BASH_FUNC_X',
      'SHELLOPTS',
      'XDG_CONFIG_HOME',
    ],
    ...['lower', 'Mixed', '1A', '', 'A B', 'A=B', 'A\n', 'A\0', 'PATH\n', 'A-B', 'Ä', 'BASH_FUNC_x%%', '__proto__'],
  ])('%j', (name) => {
    expect(variableFault(name, 'value')).toBeTypeOf('string')
  })

  it('by value: NUL and what is too long', () => {
    expect(variableFault('A', 'a\0b')).toContain('NUL')
    expect(variableFault('A', 'x'.repeat(70_000))).toContain('characters')
  })
})

it.each(['API_KEY', 'GITHUB_TOKEN', 'LANG', 'TERM', '_A', 'NODE_ENV', 'PYTHONUNBUFFERED', 'GIT_AUTHOR_NAME', 'PATH_TO_FILES', 'ENVIRONMENT', 'LDAP_URL'])(
  'lets %s pass',
  (name) => {
    expect(variableFault(name, 'value')).toBeUndefined()
  },
)

it('names every variable that is refused, and no value', () => {
  const problems = environmentProblems({ LD_PRELOAD: '/evil.so', GOOD: 'x', path: 'hidden-value' })
  expect(problems).toHaveLength(2)
  expect(problems.join('\n')).toMatch(/"LD_PRELOAD"[\s\S]*"path"/)
  expect(problems.join()).not.toContain('hidden-value')
})

it('gives a child PATH, HOME, LANG, TMPDIR, TERM and its own variables: nothing of the gateway', async () => {
  const env = await buildEnvironment({ namespace: 'n', env: { OWN: 'mine' } }, '/home/n', { path: '/usr/bin:/bin', resolve: plain })
  const { stdout } = spawnSync(process.execPath, ['-e', 'console.log(JSON.stringify(process.env))'], { env, encoding: 'utf8' })
  expect(JSON.parse(stdout)).toEqual({ PATH: '/usr/bin:/bin', HOME: '/home/n', LANG: 'C.UTF-8', TMPDIR: '/home/n/tmp', TERM: 'dumb', OWN: 'mine' })
})

it('filters again what a restored row holds', async () => {
  const restored = { namespace: 'n', env: { NODE_OPTIONS: '--import=/evil.mjs', LD_PRELOAD: '/evil.so', PATH: '/evil', GOOD: 'yes' } }
  const env = await buildEnvironment(restored, '/home/n', { path: '/bin', resolve: plain })
  expect(env).toEqual({ PATH: '/bin', HOME: '/home/n', LANG: 'C.UTF-8', TMPDIR: '/home/n/tmp', TERM: 'dumb', GOOD: 'yes' })
})

it('resolves secrets for the namespace, and drops a value that a secret made unusable', async () => {
  const resolve = async (namespace: string, text: string): Promise<string> => text.replace('${secret:A}', `${namespace}-value`).replace('${secret:NUL}', '\0')
  const env = await buildEnvironment({ namespace: 'n', env: { TOKEN: 'Bearer ${secret:A}', BAD: '${secret:NUL}' } }, '/h', { path: '/bin', resolve })
  expect(env).toMatchObject({ TOKEN: 'Bearer n-value' })
  expect(env).not.toHaveProperty('BAD')
})
