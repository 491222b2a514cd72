import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { describeSettings, loadSources } from './describe-settings.ts'
import { type ConfigError, fileNamesOf, loadConfig } from './load-config.ts'
import { SETTINGS, type SettingRow } from './settings.ts'

const dir = mkdtempSync(join(tmpdir(), 'tooldock-config-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

function write(name: string, text: string): string {
  const path = join(dir, name)
  writeFileSync(path, text)
  return path
}

function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    loadConfig(env, dir)
    return []
  } catch (error) {
    return (error as ConfigError).problems.map(({ env, message }) => `${env} ${message}`)
  }
}

describe('secrets in files', () => {
  it('reads every secret setting, and no other, from the file that NAME_FILE names, without the line break at its end', () => {
    const rows: readonly SettingRow<unknown>[] = Object.values(SETTINGS)
    expect(rows.flatMap(fileNamesOf)).toEqual(
      rows.filter(({ secret }) => secret).flatMap(({ env, aliases = [] }) => [env, ...aliases].map((name) => `${name}_FILE`)),
    )
    const env = {
      BEARER_TOKEN_FILE: write('token', 'from-a-file\r\n'),
      TOOLDOCK_SECRET_KEY_FILE: write('key', `${'ab'.repeat(32)}\n`),
      UV_DEFAULT_INDEX_FILE: write('index', 'https://user:pass@pypi.example/simple'),
      HOST_FILE: write('host', '0.0.0.0'),
    }
    const config = loadConfig(env, dir)
    expect(config).toMatchObject({ bearerToken: 'from-a-file', pypiIndexUrl: 'https://user:pass@pypi.example/simple', host: '127.0.0.1' })
    expect(config.secretKey?.toString('hex')).toBe('ab'.repeat(32))
    const described = describeSettings(config, loadSources(env, dir)).filter(({ source }) => source !== 'default')
    expect(described.map(({ env, source, path, value }) => [env, source, path, value])).toEqual([
      ['BEARER_TOKEN', 'file', env.BEARER_TOKEN_FILE, '••••••••'],
      ['TOOLDOCK_SECRET_KEY', 'file', env.TOOLDOCK_SECRET_KEY_FILE, '••••••••'],
      ['PYPI_INDEX_URL', 'file', env.UV_DEFAULT_INDEX_FILE, '••••••••'],
    ])
  })

  it('says in one line what is wrong: both set, no such file, a folder, nothing in it, or a value that does not fit, which it keeps to itself', () => {
    const token = write('token', 'a-secret')
    expect(problemsOf({ BEARER_TOKEN: 'x', BEARER_TOKEN_FILE: token })).toEqual(['BEARER_TOKEN_FILE and BEARER_TOKEN are both set: remove one'])
    expect(problemsOf({ HTTP_PROXY_FILE: token, http_proxy: 'x' })).toEqual(['HTTP_PROXY_FILE and http_proxy are both set: remove one'])
    expect(problemsOf({ BEARER_TOKEN_FILE: '/nowhere/token', NPM_REGISTRY_TOKEN_FILE: dir, DATABASE_URL_FILE: write('empty', '\n') })).toEqual([
      'BEARER_TOKEN_FILE names /nowhere/token, which cannot be read: there is no such file',
      `DATABASE_URL_FILE names ${join(dir, 'empty')}, which is empty`,
      `NPM_REGISTRY_TOKEN_FILE names ${dir}, which cannot be read: it is not a file`,
    ])
    expect(problemsOf({ TOOLDOCK_SECRET_KEY_FILE: token })).toEqual([
      'TOOLDOCK_SECRET_KEY_FILE must be 32 bytes in base64 or as 64 hex digits (openssl rand -base64 32)',
    ])
  })
})
