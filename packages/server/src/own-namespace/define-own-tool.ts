import type { z } from 'zod'
import type { Ask, OwnTool } from './own-tool.types.ts'

interface Definition<S extends z.ZodObject> extends Pick<OwnTool, 'name' | 'title' | 'description'> {
  readonly input: S
  /** `read` changes nothing; `write` adds or can be taken back; `destroy` loses something. */
  readonly effect: 'read' | 'write' | 'destroy'
  /** Reaches programs or services of others. */
  readonly openWorld?: true
  readonly idempotent?: true
  readonly confirm?: (args: z.infer<S>) => string
  readonly run: (args: z.infer<S>, ask: Ask) => Promise<unknown>
}

/** One tool, its arguments typed by its schema. */
export function defineOwnTool<S extends z.ZodObject>({ effect, openWorld, idempotent, confirm, run, ...shown }: Definition<S>): OwnTool {
  return {
    ...shown,
    annotations: {
      readOnlyHint: effect === 'read',
      ...(effect === 'read' ? {} : { destructiveHint: effect === 'destroy', idempotentHint: idempotent === true }),
      openWorldHint: openWorld === true,
    },
    // Arguments are checked by `input` before these see them.
    ...(confirm === undefined ? {} : { confirm: (args: unknown) => confirm(args as z.infer<S>) }),
    run: (args, ask) => run(args as z.infer<S>, ask),
  }
}

/** A path of the API with names in it, and members of a query that are set. */
export function apiPath(template: TemplateStringsArray, ...names: readonly string[]): string {
  return template.reduce((path, text, index) => `${path}${names[index - 1]?.split('/').map(encodeURIComponent).join('/') ?? ''}${text}`)
}

export function withQuery(path: string, query: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`
}
