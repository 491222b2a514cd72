export function NamespaceSettings(_: { readonly namespace: unknown }) {
  return null
}
