import { hasUnpublishedChanges, type NamespaceEntry } from './namespace-registry.ts'
import type { NamespaceStatus } from './namespace-service.types.ts'

/** An entry as the API shows it; true of the folder when it was last looked at. */
export function statusOf(entry: NamespaceEntry, { acceptPermissions }: { readonly acceptPermissions: boolean }): NamespaceStatus {
  const { name, published, folder, problems, accepted } = entry
  const catalogue = published?.record.catalogue
  const requested = requestedPermissions(entry)
  const manifest = published?.record.manifest ?? (folder.kind === 'read' ? folder.manifest : undefined)
  return {
    name,
    kind: 'native',
    title: manifest?.title ?? null,
    description: manifest?.description ?? null,
    state: published === undefined ? 'unpublished' : 'published',
    worker: published?.upstream.state ?? 'stopped',
    generation: published?.record.id ?? null,
    publishedAt: published?.record.createdAt ?? null,
    tools: catalogue?.tools.length ?? 0,
    resources: catalogue === undefined ? 0 : catalogue.resources.length + catalogue.resourceTemplates.length,
    prompts: catalogue?.prompts.length ?? 0,
    unpublishedChanges: hasUnpublishedChanges(entry),
    requestedPermissions: requested,
    acceptedPermissions: acceptPermissions ? requested : accepted,
    problems,
  }
}

/** What the published manifest or the one in the folder asks for. */
export function requestedPermissions({ published, folder }: NamespaceEntry): readonly string[] {
  return [...new Set([...(published?.record.manifest.permissions ?? []), ...(folder.kind === 'read' ? folder.manifest.permissions : [])])].sort()
}
