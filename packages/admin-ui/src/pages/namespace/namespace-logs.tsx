export function NamespaceLogs(_: { readonly ns: string; readonly kind: string }) {
  return null
}
