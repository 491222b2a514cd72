import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import { assertNamespaceName } from '../../namespaces/namespace-name.ts'
import type { AdminDeps } from '../admin-deps.ts'
import { check } from '../input.ts'

const NAMESPACE = z.looseObject({ ns: z.string() })

/**
 * The name of the native namespace that the path of a request names; whether there is one is found out by what is done with it.
 * @throws {ToolDockError} `invalid_params`; `conflict` for a server or a bundle, with the address to use instead
 */
export function folderOf({ params }: Pick<FastifyRequest, 'params'>, { servers, bundles }: Pick<AdminDeps, 'servers' | 'bundles'>): string {
  const { ns } = check(NAMESPACE, params, 'path')
  assertNamespaceName(ns)
  const is = ({ namespace }: { readonly namespace: string }): boolean => namespace === ns
  if (servers.list().some(is)) throw new ToolDockError('conflict', `"${ns}" is an external server and has no folder of tools: use /api/servers/${ns}.`)
  if (bundles.list().some(is)) throw new ToolDockError('conflict', `"${ns}" is a bundle and has no folder of tools: use /api/bundles/${ns}.`)
  return ns
}
