import { z } from 'zod'
import type { DependencyState } from '../../namespaces/dependency-service.types.ts'
import type {
  FileContent,
  FileInfo,
  FileVersion,
  FileVersionContent,
  HistoryPage,
  SaveResult,
  UploadResult,
  Validation,
} from '../../namespaces/files/files.types.ts'
import type { GenerationSummary, ReloadFailure, ReloadReport, RemovalReport } from '../../namespaces/namespace-service.types.ts'
import type { PackageTypes } from '../../namespaces/package-types.ts'
import type { Template } from '../../namespaces/template.types.ts'
import { ENTRY_DIFF } from '../entry-diff-schema.ts'
import type { Job } from '../jobs/job.types.ts'
import { JOB } from '../jobs/job-responses.ts'
import type { NamespaceDetail, NamespaceOverview } from './namespace-overview.ts'
import { NAMESPACE_USES_MEMBERS, type NamespaceUses } from './namespace-uses.ts'

/** The answers of the routes of namespaces, as the API's document shows them. */

const time = z.iso.datetime()
const strings = z.array(z.string()).readonly()
const ENCODING = z.enum(['utf8', 'base64'])

/** `file` is missing in problems that are not about one, such as those of a bundle. */
const OVERVIEW_PROBLEM = z
  .strictObject({
    file: z.string().exactOptional(),
    line: z.number().exactOptional(),
    column: z.number().exactOptional(),
    code: z.string(),
    message: z.string(),
  })
  .meta({ id: 'NamespaceProblem' })

const LOAD_PROBLEM = z
  .strictObject({ file: z.string(), line: z.number().exactOptional(), column: z.number().exactOptional(), code: z.string(), message: z.string() })
  .meta({ id: 'LoadProblem' })
const PROBLEMS = z.array(LOAD_PROBLEM).readonly()

const OVERVIEW = {
  name: z.string(),
  kind: z.enum(['native', 'server', 'bundle', 'own']),
  state: z.string(),
  reason: z.string().nullable(),
  title: z.string().nullable(),
  description: z.string().nullable(),
  tools: z.number(),
  resources: z.number(),
  prompts: z.number(),
  endpoints: z.strictObject({ mcp: z.url(), sse: z.url(), openapi: z.url(), docs: z.url() }),
  changedAt: time.nullable(),
  problems: z.array(OVERVIEW_PROBLEM).readonly(),
  worker: z.enum(['stopped', 'starting', 'running', 'stopping', 'failed']).nullable(),
  generation: z.string().nullable(),
  publishedAt: time.nullable(),
  unpublishedChanges: z.boolean(),
  drafts: z.number(),
  requestedPermissions: strings,
  acceptedPermissions: strings,
}

export const NAMESPACE_OVERVIEW = z.strictObject(OVERVIEW).meta({ id: 'NamespaceOverview' }) satisfies z.ZodType<NamespaceOverview>

const NAMESPACE_MANIFEST = z
  .strictObject({
    title: z.string().nullable(),
    description: z.string().nullable(),
    instructions: z.string().nullable(),
    env: z.record(z.string(), z.string()),
    limits: z.record(z.string(), z.number()),
    permissions: strings,
    keepWarm: z.boolean(),
  })
  .meta({ id: 'NamespaceManifest' })

export const NAMESPACE_DETAIL = z
  .strictObject({ ...OVERVIEW, manifest: NAMESPACE_MANIFEST.nullable() })
  .meta({ id: 'NamespaceDetail' }) satisfies z.ZodType<NamespaceDetail>

export const RELOAD_REPORT = z
  .strictObject({
    namespace: z.string(),
    dryRun: z.boolean(),
    generation: z.string().nullable(),
    changed: z.boolean(),
    tools: ENTRY_DIFF,
    resources: ENTRY_DIFF,
    prompts: ENTRY_DIFF,
    warnings: strings,
  })
  .meta({ id: 'ReloadReport' }) satisfies z.ZodType<ReloadReport>

const RELOAD_FAILURE = z
  .strictObject({ namespace: z.string(), problems: PROBLEMS, message: z.string() })
  .meta({ id: 'ReloadFailure' }) satisfies z.ZodType<ReloadFailure>
export const RELOAD_ALL = z.strictObject({ results: z.array(z.union([RELOAD_REPORT, RELOAD_FAILURE])).readonly() })

const GENERATION = z
  .strictObject({ id: z.string(), createdAt: time, published: z.boolean(), tools: z.number(), resources: z.number(), prompts: z.number() })
  .meta({ id: 'Generation' }) satisfies z.ZodType<GenerationSummary>
export const GENERATIONS = z.strictObject({ generations: z.array(GENERATION).readonly() })

export const REMOVAL = z
  .strictObject({
    namespace: z.string(),
    tools: z.number(),
    resources: z.number(),
    prompts: z.number(),
    files: z.number(),
    drafts: z.number(),
    generations: z.number(),
    ...NAMESPACE_USES_MEMBERS,
  })
  .meta({ id: 'NamespaceRemoval' }) satisfies z.ZodType<RemovalReport & NamespaceUses>

const FILE = {
  path: z.string(),
  bytes: z.number(),
  etag: z.string().nullable(),
  modifiedAt: time,
  published: z.boolean(),
}
const FILE_INFO = z.strictObject({ ...FILE, draft: z.boolean() }).meta({ id: 'NamespaceFile' }) satisfies z.ZodType<FileInfo>
export const FILES = z.strictObject({ files: z.array(FILE_INFO).readonly() })

const DRAFT = z
  .strictObject({ content: z.string(), encoding: ENCODING, etag: z.string(), by: z.string(), at: time, problems: PROBLEMS })
  .meta({ id: 'NamespaceFileDraft' })
export const FILE_CONTENT = z
  .strictObject({ ...FILE, content: z.string().nullable(), encoding: ENCODING, draft: DRAFT.nullable() })
  .meta({ id: 'NamespaceFileContent' }) satisfies z.ZodType<FileContent>

export const SAVE_RESULT = z
  .strictObject({ file: FILE_INFO.nullable(), etag: z.string().nullable(), draft: z.boolean(), report: RELOAD_REPORT.nullable(), problems: PROBLEMS })
  .meta({ id: 'SaveResult' }) satisfies z.ZodType<SaveResult>
export const UPLOAD_RESULT = z
  .strictObject({ files: z.array(FILE_INFO).readonly(), draft: z.boolean(), report: RELOAD_REPORT.nullable(), problems: PROBLEMS })
  .meta({ id: 'UploadResult' }) satisfies z.ZodType<UploadResult>
export const VALIDATION = z.strictObject({ problems: PROBLEMS, report: RELOAD_REPORT.nullable() }).meta({ id: 'Validation' }) satisfies z.ZodType<Validation>

const VERSION = {
  id: z.string(),
  path: z.string(),
  from: z.string().nullable(),
  at: time,
  by: z.string(),
  action: z.enum(['write', 'delete', 'rename', 'restore']),
  bytes: z.number(),
  etag: z.string().nullable(),
}
const FILE_VERSION = z.strictObject(VERSION).meta({ id: 'FileVersion' }) satisfies z.ZodType<FileVersion>
export const HISTORY = z.strictObject({ versions: z.array(FILE_VERSION).readonly(), nextCursor: z.string().nullable() }) satisfies z.ZodType<HistoryPage>
export const FILE_VERSION_CONTENT = z
  .strictObject({ ...VERSION, content: z.string().nullable(), encoding: ENCODING })
  .meta({ id: 'FileVersionContent' }) satisfies z.ZodType<FileVersionContent>

const TEMPLATE = z
  .strictObject({
    id: z.string(),
    title: z.string(),
    description: z.string(),
    files: z.array(z.strictObject({ path: z.string(), content: z.string() })).readonly(),
  })
  .meta({ id: 'Template' }) satisfies z.ZodType<Template>
export const TEMPLATES = z.strictObject({ templates: z.array(TEMPLATE).readonly() })

const INSTALLED = z
  .strictObject({ name: z.string(), version: z.string().nullable(), wanted: z.string().nullable(), direct: z.boolean() })
  .meta({ id: 'InstalledPackage' })
export const PACKAGE_TYPES = z.strictObject({
  files: z.array(z.strictObject({ path: z.string(), content: z.string() })).readonly(),
  complete: z.boolean().describe('False: there was more than PACKAGE_TYPES_BYTES_MAX'),
}) satisfies z.ZodType<PackageTypes>

export const DEPENDENCIES = z
  .strictObject({
    packageJson: z.string().nullable(),
    etag: z.string().nullable(),
    installed: z.array(INSTALLED).readonly(),
    lockFile: z.boolean(),
    job: JOB.nullable(),
  })
  .meta({ id: 'Dependencies' }) satisfies z.ZodType<DependencyState & { readonly job: Job | null }>
