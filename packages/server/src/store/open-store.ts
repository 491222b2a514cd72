import { sql } from 'kysely'
import type { Logger } from 'pino'
import { createApiKeyStore } from './api-key-store.ts'
import { createAuditStore } from './audit-store.ts'
import { createBundleStore } from './bundle-store.ts'
import { createCallCountStore } from './call-count-store.ts'
import { createCallStore } from './call-store.ts'
import { type DatabaseConfig, openDatabase } from './database.ts'
import { createFileStore } from './file-store.ts'
import { createGenerationStore } from './generation-store.ts'
import { createNamespaceStore } from './namespace-store.ts'
import { createSecretStore } from './secret-store.ts'
import { createServerStore } from './server-store.ts'
import { createSignInStore } from './sign-in-store.ts'
import { createSigningKeyStore } from './signing-key-store.ts'
import type { Store } from './store.ts'
import { createToolStore } from './tool-store.ts'

/**
 * Connects to the database of `DATABASE_URL` (SQLite in `DATA_DIR/db` when unset) and brings it to the present schema.
 * @throws {ToolDockError} `store_unavailable` in one line that names the database and never its password.
 */
export async function openStore(config: DatabaseConfig, log: Logger): Promise<Store> {
  const database = await openDatabase(config, log)
  return {
    kind: database.kind,
    namespaces: createNamespaceStore(database),
    generations: createGenerationStore(database),
    signingKeys: createSigningKeyStore(database),
    secrets: createSecretStore(database),
    servers: createServerStore(database),
    bundles: createBundleStore(database),
    files: createFileStore(database),
    calls: createCallStore(database),
    callCounts: createCallCountStore(database),
    audit: createAuditStore(database),
    tools: createToolStore(database),
    apiKeys: createApiKeyStore(database),
    signIns: createSignInStore(database),
    async ping() {
      // A table, for `select 1` alone would not show a locked SQLite file.
      await database.run((db) => db.selectFrom('signing_keys').select(sql<number>`1`.as('one')).limit(1).execute())
    },
    get pending() {
      return database.pending
    },
    close: () => database.close(),
  }
}
