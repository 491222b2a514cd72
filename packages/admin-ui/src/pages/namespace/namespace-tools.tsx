export function NamespaceTools(_: { readonly namespace: string }) {
  return null
}
