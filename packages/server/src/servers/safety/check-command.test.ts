import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkCommand, packageOf } from './check-command.ts'
import { createPrograms, type Programs } from './programs.ts'

let folder: string
let programs: Programs
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tooldock-programs-'))
  for (const name of ['python3', 'npx', 'uvx', 'uv', 'bash', 'sh', 'env', 'true', 'curl']) await writeFile(join(folder, name), '#!/bin/sh\n', { mode: 0o755 })
  programs = createPrograms([folder])
})
afterAll(() => rm(folder, { recursive: true }))

const check = (line: readonly string[], allowCustomCommands = false) => checkCommand(line[0] ?? '', line.slice(1), { programs, allowCustomCommands })

describe('command injection is impossible: refused is', () => {
  it.each([
    // Programs
    ['bash'],
    ['sh', '-c', 'id'],
    ['/bin/bash'],
    ['/usr/bin/node', 'a.js'],
    ['./node', 'a.js'],
    ['../node', 'a.js'],
    ['env', '-S', 'node -e 1'],
    ['env', 'node', 'a.js'],
    [''],
    [' node', 'a.js'],
    ['node ', 'a.js'],
    ['NODE', 'a.js'],
    ['Python', 'a.py'],
    ['node\n', 'a.js'],
    ['node\0', 'a.js'],
    ['node', 'a.js\0b'],
    ['node.exe', 'a.js'],
    ['node;id'],
    ['node -e 1'],
    ['deno', 'run', 'a'],
    ['docker', 'run', 'x'],
    ['curl', 'http://x'],
    ['python2', 'a.py'],
    ['python3.11', 'a.py'],
    ['__proto__'],
    ['constructor'],
    ['toString'],
    ['pip', 'install', 'x'],
    ['npm', 'exec', 'x'],
    // Python
    ['python'],
    ['python', '-'],
    ['python', '-c', 'x'],
    ['python', '-cx'],
    ['python', '-ic', 'x'],
    ['python', '-Bc', 'x'],
    ['python', '-IBc', 'x'],
    ['python', '-i', 'a.py'],
    ['python', '-Bi', 'a.py'],
    ['python', '-m', 'pip', 'install', 'x'],
    ['python', '-mpip'],
    ['python', '-Imvenv'],
    ['python', '-m', 'pip.__main__'],
    ['python', '-m', 'code'],
    ['python', '-m', 'timeit', 'x'],
    ['python', '-m'],
    ['python', '-m', 'a-b'],
    ['python', '-m', '../a'],
    ['python', '-m', 'server\n'],
    ['python', '-m', 'runpy', 'x'],
    ['python', '-u'],
    ['python', '--'],
    ['python', '/dev/stdin'],
    ['python', '//dev/fd/0'],
    ['python', '/proc/self/fd/0'],
    ['python', 'http://x/a.py'],
    ['python', '-X', 'presite=evil', 'a.py'],
    ['python', '-Xpycache_prefix=/x', 'a.py'],
    ['python', '-W', 'error::evil.Class', 'a.py'],
    ['python', '-X'],
    ['python', '--command=x', 'a.py'],
    ['python', '-Z', 'a.py'],
    ['python', ''],
    ['python3', '-u', '-c', 'x'],
    ['python', '-W', 'ignore', '-c', 'x'],
    ['python', '-Xdev', '-c', 'x'],
    // Node
    ['node'],
    ['node', '-'],
    ['node', '--'],
    ['node', '-e', 'x'],
    ['node', '--eval', 'x'],
    ['node', '--eval=x'],
    ['node', '-p', 'x'],
    ['node', '--print=x'],
    ['node', '-pe', 'x'],
    ['node', '-i'],
    ['node', '-r', 'x', 'a.js'],
    ['node', '--require', 'x', 'a.js'],
    ['node', '--require=x', 'a.js'],
    ['node', '--import', 'x', 'a.js'],
    ['node', '--import=data:text/javascript,x', 'a.js'],
    ['node', '--loader', 'x', 'a.js'],
    ['node', '--experimental-loader=x', 'a.js'],
    ['node', '--experimental_loader=x', 'a.js'],
    ['node', '--inspect', 'a.js'],
    ['node', '--inspect=0.0.0.0:9229', 'a.js'],
    ['node', '--inspect-brk', 'a.js'],
    ['node', '--inspect_brk', 'a.js'],
    ['node', '--inspect-port=1', 'a.js'],
    ['node', 'inspect', 'a.js'],
    ['node', '--env-file=.env', 'a.js'],
    ['node', '--run', 'x'],
    ['node', '--test'],
    ['node', '--watch', 'a.js'],
    ['node', '--watch-path=/', 'a.js'],
    ['node', '--snapshot-blob', 'x', 'a.js'],
    ['node', '--experimental-config-file=x', 'a.js'],
    ['node', '--EVAL=x'],
    ['node', '--openssl-config=x', 'a.js'],
    ['node', '/dev/stdin'],
    ['node', 'data:text/javascript,x'],
    ['node', 'https://x/a.js'],
    ['node', '--max-old-space-size', '-e', 'x'],
    ['node', '-eprocess.exit()'],
    ['node', '--no-warnings', '-e', 'x'],
    ['node', '--max-old-space-size=10', '--eval', 'x'],
    ['node', '--input-type=module'],
    ['node', '--unknown-option', 'a.js'],
    ['node', '-C', '-e', 'x'],
    // npx
    ['npx'],
    ['npx', '-y'],
    ['npx', '-c', 'id'],
    ['npx', '--call', 'id'],
    ['npx', '--call=id'],
    ['npx', '-yc', 'id'],
    ['npx', '-y', '--cal', 'id'],
    ['npx', 'https://x/a.tgz'],
    ['npx', 'git+https://x/a'],
    ['npx', 'github:a/b'],
    ['npx', 'a/b'],
    ['npx', './a'],
    ['npx', '../a'],
    ['npx', '/a'],
    ['npx', 'file:a'],
    ['npx', 'a.tgz'],
    ['npx', 'a@npm:b'],
    ['npx', 'a@https://x'],
    ['npx', 'a@file:b'],
    ['npx', 'a@^1.0.0 || x'],
    ['npx', '--package=https://x/a.tgz', 'a'],
    ['npx', '--package', 'git+ssh://git@x/a', 'a'],
    ['npx', '-p', 'file:/a', 'a'],
    ['npx', '-p', 'a', 'bash', '-c', 'id'],
    ['npx', '-p', 'a', '/bin/x'],
    ['npx', 'bash', '-c', 'id'],
    ['npx', 'sh'],
    ['npx', '--yes', 'true', 'git+https://x'],
    ['npx', '--yes', 'null', 'git+https://x'],
    ['npx', '--registry', 'http://x', 'a'],
    ['npx', '--script-shell=/x', 'a'],
    ['npx', '--node-options=--import=x', 'a'],
    ['npx', '--userconfig', 'x', 'a'],
    ['npx', '--prefix', '/x', 'a'],
    ['npx', '-p', 'a'],
    ['npx', 'A b'],
    ['npx', 'a\n'],
    // uvx
    ['uvx'],
    ['uvx', 'git+https://x/a'],
    ['uvx', '--from', 'git+https://x/a', 'a'],
    ['uvx', '--from=https://x/a.whl', 'a'],
    ['uvx', '--from', './a', 'a'],
    ['uvx', '--from', 'a @ https://x', 'a'],
    ['uvx', './a'],
    ['uvx', '/a'],
    ['uvx', 'a.whl'],
    ['uvx', '--with', 'git+https://x', 'a'],
    ['uvx', '--with', 'a,git+https://x', 'a'],
    ['uvx', '--with-editable', '.', 'a'],
    ['uvx', '--index-url', 'http://x', 'a'],
    ['uvx', '--with-requirements', 'x', 'a'],
    ['uvx', '--index=http://x', 'a'],
    ['uvx', '--find-links', 'x', 'a'],
    ['uvx', '-p', '/x/python', 'a'],
    ['uvx', '--python=/x', 'a'],
    ['uvx', 'python', '-c', 'x'],
    ['uvx', 'python3.12', '-c', 'x'],
    ['uvx', '--from', 'a', 'python', '-c', 'x'],
    ['uvx', 'bash', '-c', 'id'],
    ['uvx', '--from', 'a', 'sh', '-c', 'id'],
    ['uvx', '--env-file', '.env', 'a'],
    ['uvx', 'a>=1'],
    ['uvx', '--directory', '/x', 'a'],
    ['uvx', '-'],
    ['uvx', 'a; python_version'],
    // uv
    ['uv'],
    ['uv', 'pip', 'install', 'x'],
    ['uv', 'sync'],
    ['uv', 'run'],
    ['uv', 'run', '-'],
    ['uv', 'run', '--with', 'git+https://x', 'a.py'],
    ['uv', 'run', 'python', '-c', 'x'],
    ['uv', 'run', 'https://x/a.py'],
    ['uv', 'run', '--script', 'https://x/a.py'],
    ['uv', 'run', '-s', '/dev/stdin'],
    ['uv', 'run', 'bash', '-c', 'id'],
    ['uv', 'run', '-m', 'pip'],
    ['uv', 'run', '--env-file', 'x', 'a.py'],
    ['uv', 'run', './x'],
    ['uv', 'run', '--with-editable', '/x', 'a.py'],
    ['uv', '--directory', 'relative', 'run', 'a.py'],
    ['uv', '--config-file', 'x', 'run', 'a.py'],
    ['uv', 'tool', 'run', 'git+https://x'],
    ['uv', 'tool', 'install', 'x'],
    ['uv', 'tool', 'run', 'bash', '-c', 'id'],
    ['uv', 'run', '/dev/fd/0.py'],
  ])('%j %j %j %j %j', async (...line) => {
    const { problems, path } = await check(line.filter((part) => part !== undefined))
    expect(problems).not.toEqual([])
    expect(path).toBeUndefined()
    for (const problem of problems) expect(problem).not.toMatch(/[\0\n]/)
  })
})

describe('what servers are run with passes', () => {
  it.each([
    ['python', '-m', 'server'],
    ['python3', '-m', 'my_server.main', '-c', 'its own'],
    ['python', '-u', 'server.py', '-m', 'pip'],
    ['python', '-uB', '-W', 'ignore', '-X', 'utf8', '/srv/server.py'],
    ['python', '-Wignore', 'a.py'],
    ['node', 'dist/index.js', '--eval', 'its own', '-r', 'x'],
    ['node', '--enable-source-maps', '--max-old-space-size=256', 'a.mjs'],
    ['node', '--max_old_space_size=256', 'a.js'],
    ['node', '--', 'a.js'],
    ['node', 'C.js'],
    ['npx', '-y', '@modelcontextprotocol/server-everything'],
    ['npx', '--yes', '@scope/pkg@1.2.3', '-c', 'its own'],
    ['npx', 'some-server'],
    ['npx', '-y', '-p', '@scope/pkg', 'pkg-server', '--flag'],
    ['npx', '-y', 'a@latest'],
    ['uvx', 'mcp-server-time', '--local-timezone=UTC'],
    ['uvx', 'mcp-server-time@1.0.0'],
    ['uvx', '--from', 'pkg[cli]==1.0', 'pkg-server'],
    ['uvx', '-p', '3.12', '--with', 'a,b==1', 'pkg'],
    ['uvx', 'pkg==1.0', 'sh', '-c', 'its own'],
    ['uv', '--directory', '/srv/x', 'run', 'my-server'],
    ['uv', 'run', '--directory', '/srv/x', 'server.py'],
    ['uv', 'run', '--with', 'mcp', 'python', '-m', 'server'],
    ['uv', 'run', '-m', 'server'],
    ['uv', 'tool', 'run', 'pkg'],
    ['node', 'a.js', '; rm -rf /', '$(id)', '`id`', '| x', '&& y'],
  ])('%j %j %j %j %j', async (...line) => {
    expect((await check(line.filter((part) => part !== undefined))).problems).toEqual([])
  })
})

it('resolves names to what ToolDock finds: node is the running one, python may be python3', async () => {
  expect((await check(['node', 'a.js'])).path).toBe(process.execPath)
  expect((await check(['python', 'a.py'])).path).toBe(join(folder, 'python3'))
  expect((await check(['uvx', 'pkg'])).path).toBe(join(folder, 'uvx'))
  expect(programs.path.split(':')).toEqual([dirname(process.execPath), folder])
})

it('says which program is missing', async () => {
  const empty = createPrograms([])
  expect((await checkCommand('uvx', ['pkg'], { programs: empty, allowCustomCommands: false })).problems).toEqual([
    '"uvx" is not installed: no such program in SERVER_PATH',
  ])
})

it('takes neither folders nor files that cannot be run nor names with a path for programs', async () => {
  await writeFile(join(folder, 'plain'), '')
  await chmod(join(folder, 'plain'), 0o644)
  await symlink(folder, join(folder, 'linked'))
  for (const name of ['plain', 'linked', '../sh', 'sub/sh', '', '.', '..', 'sh\0', 'sh\n'])
    expect(await programs.find(name), JSON.stringify(name)).toBeUndefined()
})

it('ALLOW_CUSTOM_COMMANDS allows other programs and inline code, but none that does not exist, and no NUL', async () => {
  expect((await check(['bash', '-c', 'id'], true)).path).toBe(join(folder, 'bash'))
  expect((await check([join(folder, 'bash')], true)).path).toBe(join(folder, 'bash'))
  expect((await check(['node', '-e', '1'], true)).problems).toEqual([])
  for (const line of [['/nonexistent'], ['./bash'], ['bash', 'a\0'], [''], [folder]]) expect((await check(line, true)).problems, line[0]).not.toEqual([])
})

it.each([
  [['npx', '-y', 'a@1.2.3', 'x'], { kind: 'npm', name: 'a', version: '1.2.3', args: ['x'] }],
  [['npx', '-y', '-p', '@s/a@1.0.0', 'prog', '-v'], { kind: 'npm', name: '@s/a', version: '1.0.0', bin: 'prog', args: ['-v'] }],
  [['uvx', 'a', '--b'], { kind: 'pypi', name: 'a', args: ['--b'] }],
  [['uvx', '--from', 'a==2', 'b'], { kind: 'pypi', name: 'a', version: '2', bin: 'b', args: [] }],
  [['uv', 'tool', 'run', 'a@3'], { kind: 'pypi', name: 'a', version: '3', args: [] }],
  [['uvx', '--with', 'c', 'a'], undefined],
  [['npx', '-c', 'id'], undefined],
  [['node', 'a.js'], undefined],
  [['uv', 'run', 'a.py'], undefined],
] as const)('recognises the package of %j', ([command, ...args], expected) => {
  expect(packageOf(command, args)).toEqual(expected)
})

it('the options that Python and Node.js of this machine take agree with the tables', async () => {
  // Each passes the table; the real program must then run the script, not something else.
  const script = join(folder, 'own.js')
  await writeFile(script, 'console.log(JSON.stringify(process.argv.slice(2)))')
  for (const options of [
    ['--enable-source-maps'],
    ['--max-old-space-size=64'],
    ['--no-warnings', '--'],
    ['-C', 'development'],
    ['--title', 'x'],
    ['--unhandled-rejections', 'strict'],
    ['--use-system-ca'],
    ['--permission', '--allow-fs-read', '*'],
  ]) {
    expect((await check(['node', ...options, script, '-e', '1'])).problems, options.join(' ')).toEqual([])
    expect(execFileSync(process.execPath, [...options, script, '-e', '1'], { encoding: 'utf8' })).toBe('["-e","1"]\n')
  }
})
