/** What each operation of the admin API did, in words that go between who and what. */
const WORDS: Readonly<Record<string, string>> = {
  postSession: 'signed in',
  deleteSession: 'signed out',
  postKeys: 'created a key',
  patchKeysId: 'changed the key',
  deleteKeysId: 'removed the key',
  postNamespaces: 'created a namespace',
  patchNamespacesNs: 'changed the settings of',
  deleteNamespacesNs: 'deleted the namespace',
  postReload: 'reloaded all folders',
  postAlertsTest: 'sent a test alert',
  postBackup: 'made a backup',
  postReloadNs: 'reloaded',
  putNamespacesNsPermissions: 'changed the permissions of',
  putNamespacesNsFilesPath: 'saved',
  deleteNamespacesNsFilesPath: 'deleted',
  postNamespacesNsRename: 'renamed a file of',
  postNamespacesNsUpload: 'uploaded files to',
  postNamespacesNsHistoryIdRestore: 'restored a version of',
  putNamespacesNsDependencies: 'changed the dependencies of',
  postNamespacesNsDependenciesInstall: 'installed packages for',
  postNamespacesNsDependenciesUninstall: 'removed packages from',
  patchToolsNsTool: 'changed the tool',
  putToolsNsToolExamplesName: 'saved an example of',
  deleteToolsNsToolExamplesName: 'removed an example of',
  postServers: 'added a server',
  postServersImport: 'imported servers',
  postRegistryInstall: 'installed a server of the registry',
  patchServersNs: 'changed the server',
  deleteServersNs: 'removed the server',
  postServersNsStart: 'started',
  postServersNsStop: 'stopped',
  postServersNsRestart: 'restarted',
  postServersNsUpgrade: 'upgraded',
  putServersNsFilesPath: 'saved',
  deleteServersNsFilesPath: 'deleted',
  putSecretsName: 'set the secret',
  deleteSecretsName: 'removed the secret',
  postBundles: 'created a bundle',
  patchBundlesNs: 'changed the bundle',
  deleteBundlesNs: 'removed the bundle',
  deleteJobsId: 'cancelled a job',
}

/** `putNamespacesNsFilesPath` → `saved`; of an operation without words its name, spaced. */
export const auditWords = (action: string): string => WORDS[action] ?? action.replaceAll(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`)

/** Where what an entry names can be looked at. */
export function auditHref(action: string, subject: string): string | undefined {
  const [name] = subject.split('/')
  if (!name || action.startsWith('delete')) return undefined
  if (/^[a-z]+(Namespaces|Bundles|Tools|Reload)Ns/.test(action)) return `/namespaces/${name}`
  if (/^[a-z]+ServersNs/.test(action)) return `/servers/${name}`
  return undefined
}
