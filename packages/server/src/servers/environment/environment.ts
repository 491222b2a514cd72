/** Names as a shell would write them. */
const KEY = /^[A-Z_][A-Z0-9_]*$/
const VALUE_LENGTH_MAX = 65_536

/** What ToolDock sets itself; a server has its own home. */
const OWN: ReadonlySet<string> = new Set(['PATH', 'HOME', 'TMPDIR'])
/** Each loads code, replaces a program, or changes how libraries, interpreters and shells find theirs. */
const REFUSED: ReadonlySet<string> = new Set(
  (
    'BASH_ENV ENV IFS SHELL SHELLOPTS BASHOPTS PS4 PROMPT_COMMAND CDPATH GLOBIGNORE FPATH ZDOTDIR EDITOR VISUAL PAGER BROWSER LESSOPEN LESSCLOSE SSH_ASKPASS SUDO_ASKPASS ' +
    'CLASSPATH JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS PHPRC PHP_INI_SCAN_DIR DOTNET_STARTUP_HOOKS ELECTRON_RUN_AS_NODE R_PROFILE R_ENVIRON LUA_INIT ' +
    'HOSTALIASES RES_OPTIONS LOCPATH NLSPATH LOCALDOMAIN TCLLIBPATH AWKPATH MAKEFLAGS XDG_CONFIG_HOME XDG_CONFIG_DIRS XDG_DATA_DIRS'
  ).split(' '),
)
const REFUSED_FAMILIES =
  /^(LD_|DYLD_|BASH_FUNC_|PERL|RUBY|GEM_|BUNDLE_|LUA_|NPM_CONFIG_|YARN_|PNPM_|COREPACK_|BUN_|DENO_|UV_|PIP_|PIPX_|POETRY_|CONDA_|GCONV_|GLIBC_|MALLOC_|OPENSSL_|V8_|ASAN_|LSAN_|UBSAN_|COR_|CORECLR_|TOOLDOCK_)/
/** Families in which only these are harmless. */
const EXCEPTIONS: readonly { readonly family: RegExp; readonly harmless: ReadonlySet<string> }[] = [
  {
    family: /^NODE_/,
    harmless: new Set(['NODE_ENV', 'NODE_EXTRA_CA_CERTS', 'NODE_TLS_REJECT_UNAUTHORIZED', 'NODE_NO_WARNINGS', 'NODE_DEBUG', 'NODE_USE_ENV_PROXY']),
  },
  {
    family: /^PYTHON/,
    harmless: new Set([
      'PYTHONUNBUFFERED',
      'PYTHONIOENCODING',
      'PYTHONUTF8',
      'PYTHONDONTWRITEBYTECODE',
      'PYTHONHASHSEED',
      'PYTHONFAULTHANDLER',
      'PYTHONOPTIMIZE',
    ]),
  },
  { family: /^GIT_/, harmless: new Set(['GIT_AUTHOR_NAME', 'GIT_AUTHOR_EMAIL', 'GIT_COMMITTER_NAME', 'GIT_COMMITTER_EMAIL', 'GIT_TERMINAL_PROMPT']) },
]

/** Why a variable cannot be given to a server, in words; undefined when it can. */
export function variableFault(name: string, value: string): string | undefined {
  // Programs read these by any case, so no spelling of them passes for a malformed name.
  if (/^npm_config_/i.test(name)) return 'this name changes what npm runs'
  if (!KEY.test(name)) return 'a variable is named with capital letters, digits and "_", not beginning with a digit'
  if (OWN.has(name)) return 'ToolDock sets this one itself'
  const isException = EXCEPTIONS.some(({ family, harmless }) => family.test(name) && !harmless.has(name))
  if (REFUSED.has(name) || REFUSED_FAMILIES.test(name) || isException) return 'this name changes which code programs load'
  if (value.includes('\0')) return 'a value cannot hold a NUL character'
  if (value.length > VALUE_LENGTH_MAX) return `a value is at most ${VALUE_LENGTH_MAX} characters long`
  return undefined
}

/** One sentence for each variable that is refused. */
export function environmentProblems(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env).flatMap(([name, value]) => {
    const fault = variableFault(name, value)
    return fault === undefined ? [] : [`${JSON.stringify(name.slice(0, 80))}: ${fault}`]
  })
}

export interface EnvironmentDeps {
  /** Programs.path */
  readonly path: string
  /** Puts secrets in place of `${secret:NAME}`. @throws {ToolDockError} `secret_unavailable` */
  readonly resolve: (namespace: string, text: string) => Promise<string>
}

/**
 * The whole environment of an external server: PATH, HOME, LANG, TMPDIR, TERM and its own variables. What is refused is
 * left out here too, because a row of the database may be older than a rule, or written by hand.
 * `homeDir` is absolute; TMPDIR is its folder `tmp`.
 * @throws {ToolDockError} `secret_unavailable`
 */
export async function buildEnvironment(
  server: { readonly namespace: string; readonly env: Readonly<Record<string, string>> },
  homeDir: string,
  { path, resolve }: EnvironmentDeps,
): Promise<Record<string, string>> {
  const env: Record<string, string> = { PATH: path, HOME: homeDir, LANG: 'C.UTF-8', TMPDIR: `${homeDir}/tmp`, TERM: 'dumb' }
  for (const [name, value] of Object.entries(server.env)) {
    if (variableFault(name, value) !== undefined) continue
    const resolved = await resolve(server.namespace, value)
    // Only now is the whole value known.
    if (variableFault(name, resolved) === undefined) env[name] = resolved
  }
  return env
}
