export function NamespaceDependencies(_: { readonly ns: string }) {
  return null
}
