import type { Manifest } from '@tooldock/worker/manifest'
import type { Catalogue, LoadProblem } from '@tooldock/worker/protocol'
import type { AuditStore } from '../telemetry/audit.types.ts'
import type { CallCountStore, CallStore } from '../telemetry/calls.types.ts'

/** What must outlive a restart. Dates are ISO 8601 UTC. Every method rejects with `store_unavailable` when the database does not answer. */
export interface Store {
  readonly kind: 'sqlite' | 'postgres'
  readonly namespaces: NamespaceStore
  readonly generations: GenerationStore
  readonly signingKeys: SigningKeyStore
  readonly secrets: SecretStore
  readonly servers: ServerStore
  readonly bundles: BundleStore
  readonly files: FileStore
  readonly calls: CallStore
  readonly callCounts: CallCountStore
  readonly audit: AuditStore
  readonly tools: ToolStore
  readonly apiKeys: ApiKeyStore
  readonly signIns: SignInStore
  /** Resolves when a trivial query was answered; like every request it may wait as long as DATABASE_TIMEOUT_MS. */
  ping(): Promise<void>
  /** Requests waiting or under way now. */
  readonly pending: number
  close(): Promise<void>
}

export interface NamespaceRecord {
  readonly name: string
  readonly kind: 'native'
  /** Id of the published generation; null before the first. */
  readonly published: string | null
  /** Permissions an administrator accepted, sorted. */
  readonly permissions: readonly string[]
  readonly createdAt: string
  readonly updatedAt: string
}

export interface NamespaceStore {
  list(): Promise<NamespaceRecord[]>
  find(name: string): Promise<NamespaceRecord | undefined>
  /** Creates the row when it is missing; returns what is stored. */
  ensure(name: string): Promise<NamespaceRecord>
  setPermissions(name: string, permissions: readonly string[]): Promise<void>
  /** Removes the namespace and its generations. */
  remove(name: string): Promise<void>
}

export interface GenerationRecord {
  readonly namespace: string
  readonly id: string
  readonly createdAt: string
  /** Hash over the files of the folder. */
  readonly filesHash: string
  /** Folder of the frozen dependencies beside the generation; null when there are none. */
  readonly dependenciesId: string | null
  readonly manifest: Manifest
  readonly catalogue: Catalogue
  /** What the catalogue was made with (files, dependencies, tool runtime, Node version); another key: list again. */
  readonly catalogueKey: string
}

export interface GenerationStore {
  /** In one transaction: saves the generation and makes it the published one of its namespace (created when missing). */
  publish(generation: GenerationRecord): Promise<void>
  /** Makes a kept generation the published one again. */
  setPublished(namespace: string, id: string): Promise<void>
  /** Newest first. */
  list(namespace: string): Promise<GenerationRecord[]>
  find(namespace: string, id: string): Promise<GenerationRecord | undefined>
  /** The published generation of every namespace that has one. */
  listPublished(): Promise<GenerationRecord[]>
  updateCatalogue(namespace: string, id: string, catalogue: Catalogue, catalogueKey: string): Promise<void>
  /** The published one is kept whatever is asked. */
  remove(namespace: string, ids: readonly string[]): Promise<void>
}

export interface SigningKeyStore {
  /** A random key of 32 bytes, made once for each purpose and the same ever after (also when two ask at once). */
  loadOrCreate(purpose: string): Promise<Buffer>
}

/** A secret as it lies at rest. */
export interface SecretRecord {
  /** Empty: every namespace may use it. */
  readonly namespace: string
  readonly name: string
  /** Encrypted, in base64. */
  readonly sealed: string
  readonly setAt: string
}

export interface SecretStore {
  /** By namespace and name. */
  list(): Promise<SecretRecord[]>
  /** Those of these names that `namespace` may use: its own and the global ones. */
  find(namespace: string, names: readonly string[]): Promise<SecretRecord[]>
  /** Replaces the one of the same namespace and name. False: it would be one more than `max`. */
  set(secret: SecretRecord, max: number): Promise<boolean>
  /** False: there was none. */
  remove(namespace: string, name: string): Promise<boolean>
  /** With the namespace go its secrets. */
  removeAll(namespace: string): Promise<void>
}

/** An external server as it lies at rest. What came out of the database is checked by servers/ before it is believed. */
export interface ServerRecord {
  readonly namespace: string
  readonly config: unknown
  readonly installed: unknown
  /** What the server said of itself and listed when it last ran, and what that was made with. */
  readonly listing: unknown
  readonly listingKey: string | null
  readonly createdAt: string
  readonly updatedAt: string
}

export interface ServerStore {
  /** By namespace. */
  list(): Promise<ServerRecord[]>
  /** False: there is a server of this name, or one more than `max` would be kept. */
  add(namespace: string, config: unknown, max: number): Promise<boolean>
  setConfig(namespace: string, config: unknown): Promise<void>
  /** What is started belongs together: both or none. */
  setInstalled(namespace: string, config: unknown, installed: unknown): Promise<void>
  setListing(namespace: string, listing: unknown, key: string): Promise<void>
  remove(namespace: string): Promise<void>
}

/** A bundle as it lies at rest; bundles/ checks what came out of the database before it is believed. */
export interface BundleRecord {
  readonly namespace: string
  readonly config: unknown
  readonly createdAt: string
  readonly updatedAt: string
}

export interface BundleStore {
  /** By namespace. */
  list(): Promise<BundleRecord[]>
  /** Undefined: there is a bundle of this name, or one more than `max` would be kept. */
  add(namespace: string, config: unknown, max: number): Promise<BundleRecord | undefined>
  /** Undefined: there is none of this name. */
  setConfig(namespace: string, config: unknown): Promise<BundleRecord | undefined>
  remove(namespace: string): Promise<void>
}

/** An API key as it lies at rest; access/ checks what came out of the database before it is believed. */
export interface ApiKeyRecord {
  readonly id: string
  readonly name: string
  /** The first characters of the key, by which people know it. */
  readonly prefix: string
  /** SHA-256 of the key, base64url. */
  readonly hash: string
  /** Role, what it may see, limits, expiry. */
  readonly access: unknown
  readonly lastUsedAt: string | null
  readonly createdAt: string
  /** Id of the principal that made it. */
  readonly createdBy: string
}

export interface ApiKeyStore {
  /** Oldest first. */
  list(): Promise<ApiKeyRecord[]>
  /** False: it would be one more than `max`. */
  add(key: ApiKeyRecord, max: number): Promise<boolean>
  set(key: Pick<ApiKeyRecord, 'id' | 'name' | 'access'>): Promise<void>
  /** All or none; ids that are gone are passed over. */
  setLastUsed(uses: readonly { readonly id: string; readonly at: string }[]): Promise<void>
  remove(id: string): Promise<void>
}

/** One browser that is signed in. */
export interface SignInRecord {
  readonly hash: string
  /** Id of a principal. */
  readonly principal: string
  readonly expiresAt: string
}

export interface SignInStore {
  /** The one that ends first comes first. */
  list(): Promise<SignInRecord[]>
  add(signIn: SignInRecord): Promise<void>
  remove(hashes: readonly string[]): Promise<void>
  /** Those that ended before this time. */
  removeBefore(at: string): Promise<void>
}

/** What was decided about one tool; tools/ checks what came out of the database before it is believed. */
export interface ToolSettingRecord {
  readonly namespace: string
  readonly tool: string
  readonly enabled: boolean
  readonly override: unknown
}

export interface ToolExampleRecord {
  readonly namespace: string
  readonly tool: string
  readonly name: string
  readonly arguments: Readonly<Record<string, unknown>>
  readonly updatedAt: string
}

export interface ToolStore {
  listSettings(): Promise<ToolSettingRecord[]>
  /** Replaces that of the same tool. False: it would be one more than `max`. */
  setSetting(setting: ToolSettingRecord, max: number): Promise<boolean>
  removeSetting(namespace: string, tool: string): Promise<void>
  /** By name. */
  listExamples(namespace: string, tool: string): Promise<ToolExampleRecord[]>
  /** Replaces the one of the same name. Undefined: it would be one more than `max` of this tool. */
  setExample(example: Omit<ToolExampleRecord, 'updatedAt'>, max: number): Promise<ToolExampleRecord | undefined>
  /** False: there was none. */
  removeExample(namespace: string, tool: string, name: string): Promise<boolean>
  /** With the namespace goes what was kept about its tools. */
  removeAll(namespace: string): Promise<void>
}

/** A file that is saved and not published. */
export interface FileDraftRecord {
  readonly path: string
  readonly content: Buffer
  readonly problems: readonly LoadProblem[]
  readonly by: string
  readonly at: string
}

/** One change of one file. */
export interface FileVersionRecord {
  /** Sorts by time. */
  readonly id: string
  readonly path: string
  readonly from: string | null
  readonly by: string
  readonly at: string
  readonly action: 'write' | 'delete' | 'rename' | 'restore'
  /** Of the content that is kept. */
  readonly bytes: number
  readonly etag: string | null
  /** Null: the file was deleted, or is too large to keep. */
  readonly content: Buffer | null
}
type VersionWithoutContent = Omit<FileVersionRecord, 'content'>

/** Drafts and history of the files of native namespaces. Both go with their namespace. */
export interface FileStore {
  /** Of the namespaces that have any. */
  draftCounts(): Promise<ReadonlyMap<string, number>>
  /** By path. */
  drafts(namespace: string): Promise<readonly { readonly path: string; readonly bytes: number; readonly at: string }[]>
  findDraft(namespace: string, path: string): Promise<FileDraftRecord | undefined>
  /** All of them, in place of those of the same paths. False, and nothing is saved: there would be more than `max`. */
  saveDrafts(namespace: string, drafts: readonly FileDraftRecord[], max: number): Promise<boolean>
  removeDrafts(namespace: string, paths: readonly string[]): Promise<void>
  /** Forgets the oldest beyond what is kept. */
  addVersions(namespace: string, versions: readonly FileVersionRecord[], kept: { readonly perFile: number; readonly bytes: number }): Promise<void>
  /** Newest first; those of `path`, also under its later name, and older than the id `before`. */
  versions(
    namespace: string,
    which: { readonly path?: string | undefined; readonly before?: string | undefined; readonly limit: number },
  ): Promise<readonly VersionWithoutContent[]>
  findVersion(namespace: string, id: string): Promise<FileVersionRecord | undefined>
  latestVersion(namespace: string, path: string): Promise<VersionWithoutContent | undefined>
}
