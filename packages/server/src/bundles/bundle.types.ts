/** All a namespace has, or those that are named. */
export type Chosen<C> = 'all' | readonly C[]

interface Shown {
  readonly title?: string
  readonly description?: string
}

export interface ToolChoice extends Shown {
  /** As its own namespace calls it. */
  readonly name: string
  /** As the bundle calls it; missing: the same. */
  readonly as?: string
  /** Laid over the tool's own. */
  readonly annotations?: Readonly<Record<string, unknown>>
}

export interface PromptChoice extends Shown {
  readonly name: string
  readonly as?: string
}

export interface ResourceChoice extends Shown {
  /** The URI or the URI template, as its own namespace writes it. */
  readonly uri: string
}

/** What a bundle shows of one namespace. */
export interface BundleEntry {
  readonly namespace: string
  readonly tools: Chosen<ToolChoice>
  readonly resources: Chosen<ResourceChoice>
  readonly prompts: Chosen<PromptChoice>
}

/** A bundle as a person writes it. */
export interface BundleConfig {
  readonly title?: string
  readonly description?: string
  readonly instructions?: string
  readonly entries: readonly BundleEntry[]
  /** Are tools and prompts called `{namespace}__{name}`? Resources always have `tooldock://{namespace}/…`. */
  readonly prefix: boolean
  /** Are tools listed, or found by `search_tools` and called by `call_tool`? */
  readonly discovery: 'list' | 'search'
}

/** Something that a bundle shows, where it comes from and how it is called there. */
export interface Origin {
  readonly namespace: string
  readonly name: string
}

export interface Collision {
  readonly kind: 'tool' | 'prompt'
  /** What both would be called. */
  readonly name: string
  readonly kept: Origin
  readonly dropped: Origin
}

/** Why a bundle shows less than its configuration says. */
export interface BundleProblem {
  readonly code: 'collision' | 'namespace_missing' | 'entry_missing'
  readonly namespace: string
  readonly message: string
}

/** Tokens that the tool list costs a client: characters of JSON / 4, an approximation. */
export interface TokenCost {
  readonly list: number
  readonly search: number
}

export interface BundlePreview {
  readonly problems: readonly BundleProblem[]
  readonly collisions: readonly Collision[]
  /** Names and URIs as the bundle shows them; those of tools also when they are found by search. */
  readonly tools: readonly string[]
  readonly prompts: readonly string[]
  readonly resources: readonly string[]
  readonly tokens: TokenCost
}

export interface BundleStatus {
  readonly namespace: string
  readonly kind: 'bundle'
  /** `degraded`: something is missing; `problems` says what. */
  readonly state: 'ready' | 'degraded'
  readonly problems: readonly BundleProblem[]
  readonly tools: number
  readonly prompts: number
  readonly resources: number
  readonly tokens: TokenCost
  readonly config: BundleConfig
  readonly createdAt: string
  readonly updatedAt: string
}

/** Members that are given replace the stored ones; null removes. */
export interface BundlePatch {
  readonly title?: string | null
  readonly description?: string | null
  readonly instructions?: string | null
  readonly entries?: readonly BundleEntry[]
  readonly prefix?: boolean
  readonly discovery?: BundleConfig['discovery']
}

export interface BundleService {
  /** Publishes the stored bundles: their names are taken from now on. @throws {ToolDockError} `store_unavailable` */
  start(): Promise<void>
  /** The stored namespaces are published, which no event tells: puts the bundles together and logs what is missing. */
  settle(): void
  has(namespace: string): boolean
  list(): readonly BundleStatus[]
  /** @throws {ToolDockError} `namespace_not_found` */
  get(namespace: string): BundleStatus
  /** @throws {ToolDockError} `invalid_params`, `conflict`: the name is taken, or two of its parts would have one name */
  create(namespace: string, config: BundleConfig): Promise<BundleStatus>
  /** @throws {ToolDockError} `namespace_not_found`, `invalid_params`, `conflict` */
  update(namespace: string, patch: BundlePatch): Promise<BundleStatus>
  /** @throws {ToolDockError} `namespace_not_found` */
  remove(namespace: string): Promise<void>
  /** What it would be; nothing is stored. @throws {ToolDockError} `invalid_params` */
  preview(config: BundleConfig): BundlePreview
  close(): Promise<void>
}
