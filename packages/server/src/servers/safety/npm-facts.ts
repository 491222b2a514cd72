import { z } from 'zod'
import type { Config } from '../../config/settings.ts'
import type { GetJson } from '../registry/get-json.ts'
import { isExactVersion } from './package-spec.ts'

/** What the npm registry tells about a version of a package. */
export interface NpmFacts {
  readonly version: string
  readonly firstPublishedAt?: Date
  readonly publishedAt?: Date
  /** Scripts that npm runs at an installation when it may. */
  readonly installScripts: readonly string[]
  readonly deprecated?: string
  readonly repositoryUrl?: string
}

const REPOSITORY = z.union([z.string(), z.looseObject({ url: z.string().optional() })]).optional()
const PACKUMENT = z.looseObject({
  'dist-tags': z.record(z.string(), z.string()).default({}),
  time: z.record(z.string(), z.string()).default({}),
  versions: z
    .record(
      z.string(),
      z.looseObject({
        scripts: z.record(z.string(), z.unknown()).nullish(),
        gypfile: z.boolean().optional(),
        deprecated: z.union([z.string(), z.boolean()]).optional(),
        repository: REPOSITORY.catch(undefined),
      }),
    )
    .default({}),
})
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall']

/** Undefined: there is no such package or version. @throws {ToolDockError} `registry_unavailable` */
export async function readNpmFacts(
  name: string,
  version: string | undefined,
  { config, getJson }: { readonly config: Pick<Config, 'npmRegistry' | 'npmRegistryToken'>; readonly getJson: Pick<GetJson, 'get'> },
): Promise<NpmFacts | undefined> {
  const headers = config.npmRegistryToken === undefined ? {} : { authorization: `Bearer ${config.npmRegistryToken}` }
  const answer = PACKUMENT.safeParse(await getJson.get(`${config.npmRegistry}/${name.replace('/', '%2f')}`, headers))
  if (!answer.success) return undefined
  const { 'dist-tags': tags, time, versions } = answer.data
  const exact = version !== undefined && isExactVersion(version) ? version : tags[version ?? 'latest']
  const found = exact === undefined ? undefined : versions[exact]
  if (exact === undefined || found === undefined) return undefined
  const repository = typeof found.repository === 'string' ? found.repository : found.repository?.url
  const installScripts = INSTALL_SCRIPTS.filter((script) => Object.hasOwn(found.scripts ?? {}, script))
  return {
    version: exact,
    installScripts: found.gypfile === true && !installScripts.includes('install') ? [...installScripts, 'install'] : installScripts,
    ...(typeof found.deprecated === 'string' && found.deprecated !== '' ? { deprecated: found.deprecated } : {}),
    ...toDate('firstPublishedAt', time.created),
    ...toDate('publishedAt', time[exact]),
    ...(repository === undefined ? {} : { repositoryUrl: repository }),
  }
}

function toDate<K extends string>(key: K, text: string | undefined): Partial<Record<K, Date>> {
  const date = new Date(text ?? '')
  return Number.isNaN(date.getTime()) ? {} : ({ [key]: date } as Record<K, Date>)
}
