export function BundleEditor(_: { readonly ns: string }) { return null }
