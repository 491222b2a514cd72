import type { LoadProblem } from '@tooldock/worker/protocol'
import type { ReloadReport } from '../namespace-service.types.ts'

/** How content is written in JSON: text, or bytes in base64. */
export type Encoding = 'utf8' | 'base64'

/** A file of `tools/{ns}`, or one that is only a draft. Times are ISO 8601 UTC. */
export interface FileInfo {
  /** Relative to the folder, with forward slashes. */
  readonly path: string
  readonly bytes: number
  /** Of the file in the folder, as HTTP writes it (in quotes); null when the file is only a draft. */
  readonly etag: string | null
  readonly modifiedAt: string
  /** This very content is what is served. */
  readonly published: boolean
  /** There is a draft of it, which is not in the folder and never published. */
  readonly draft: boolean
}

export interface FileText {
  /** Null when the file is only a draft. */
  readonly content: string | null
  readonly encoding: Encoding
}

export interface FileDraft {
  readonly content: string
  readonly encoding: Encoding
  /** What the next change must name: it also changes when the file in the folder does. */
  readonly etag: string
  readonly by: string
  readonly at: string
  /** Why it could not be published when it was saved. */
  readonly problems: readonly LoadProblem[]
}

export interface FileContent extends Omit<FileInfo, 'draft'>, FileText {
  readonly draft: FileDraft | null
}

/** What `If-Match` and `If-None-Match` demand of a file before it is changed. */
export interface Precondition {
  /** One of these, or `*`: any that exists. */
  readonly ifMatch?: readonly string[] | '*'
  /** The file must not exist. */
  readonly ifNoneMatch?: '*'
}

export interface SaveOptions extends Precondition {
  /** Who changes it, for the history. */
  readonly by: string
  /** Keep it as a draft: nothing is published. */
  readonly asDraft?: boolean
  /** Only say what would be. */
  readonly dryRun?: boolean
  /** `restore`: what is there is in the history, and may be replaced by whoever has not read it. */
  readonly action?: 'write' | 'restore'
}

export interface SaveResult {
  /** Null when there is no such file (it was deleted, or a dry run of a new one). */
  readonly file: FileInfo | null
  /** What the next change must name: of the draft when there is one. Null: there is nothing. */
  readonly etag: string | null
  /** It was kept as a draft. */
  readonly draft: boolean
  /** What was, or would be, published; null when the folder would not load. */
  readonly report: ReloadReport | null
  readonly problems: readonly LoadProblem[]
}

export interface Uploaded {
  readonly path: string
  readonly content: Buffer
  /** The etag it replaces; missing: the file must be new. */
  readonly etag?: string
}

export interface UploadOptions {
  readonly by: string
  /** Replace what is there, whatever it is. */
  readonly overwrite?: boolean
  readonly asDraft?: boolean
}

export interface UploadResult {
  readonly files: readonly FileInfo[]
  readonly draft: boolean
  readonly report: ReloadReport | null
  readonly problems: readonly LoadProblem[]
}

export interface Validation {
  readonly problems: readonly LoadProblem[]
  /** Null when there are problems. */
  readonly report: ReloadReport | null
}

/** A file as it would be; null: deleted. */
export interface Overlay {
  readonly path: string
  readonly content: Buffer | null
}

/** One change of one file that was published. */
export interface FileVersion {
  readonly id: string
  readonly path: string
  /** What it was called before, for `rename`. */
  readonly from: string | null
  readonly at: string
  /** Name of the principal; `disk` for what was changed in the folder itself. */
  readonly by: string
  readonly action: 'write' | 'delete' | 'rename' | 'restore'
  readonly bytes: number
  /** Null for `delete`. */
  readonly etag: string | null
}

export interface FileVersionContent extends FileVersion, FileText {}

export interface HistoryPage {
  readonly versions: readonly FileVersion[]
  readonly nextCursor: string | null
}

/**
 * The files of native namespaces, changed only together with what is published of them: a change is loaded in a sandboxed
 * worker first, and what is written is what was loaded.
 * Every method @throws {ToolDockError} `namespace_not_found`; `invalid_params` for a path that leads elsewhere;
 * `precondition_failed`, `precondition_required`, `reload_failed` (details: {problems}), `conflict` where it changes something.
 */
export interface NamespaceFiles {
  /** By path, drafts included. */
  list(namespace: string): Promise<readonly FileInfo[]>
  /** @throws {ToolDockError} `not_found` */
  read(namespace: string, path: string): Promise<FileContent>
  save(namespace: string, path: string, content: Buffer, options: SaveOptions): Promise<SaveResult>
  /** All of them, or none. */
  upload(namespace: string, files: readonly Uploaded[], options: UploadOptions): Promise<UploadResult>
  /** With its draft. @throws {ToolDockError} `not_found` */
  remove(namespace: string, path: string, options: Precondition & { readonly by: string }): Promise<SaveResult>
  /** The file in the folder stays. @throws {ToolDockError} `not_found` */
  removeDraft(namespace: string, path: string, options: Precondition & { readonly by: string }): Promise<SaveResult>
  /** @throws {ToolDockError} `not_found`, `conflict`: there is something at `to` */
  rename(namespace: string, from: string, to: string, options: Precondition & { readonly by: string }): Promise<SaveResult>
  /** What loading the folder with these would say. A newer one of the same namespace ends it with `cancelled`. */
  validate(namespace: string, overlays: readonly Overlay[], signal: AbortSignal): Promise<Validation>
  /** Newest first. */
  history(namespace: string, options: { readonly path?: string; readonly limit: number; readonly cursor?: string }): Promise<HistoryPage>
  /** @throws {ToolDockError} `not_found` */
  version(namespace: string, id: string): Promise<FileVersionContent>
  /** Writes what the file held then. @throws {ToolDockError} `not_found`, `conflict`: this version holds no content */
  restore(namespace: string, id: string, options: SaveOptions): Promise<SaveResult>
  /** Drafts of every namespace that has any. */
  draftCounts(): Promise<ReadonlyMap<string, number>>
}
