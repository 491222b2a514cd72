import { defineConfig } from '@hey-api/openapi-ts'

/** Run by scripts/api-client.ts from this folder. */
export default defineConfig({
  input: './openapi.json',
  output: { path: './src/api/generated', module: { extension: '.ts' } },
  plugins: ['@hey-api/client-fetch', '@hey-api/typescript', { name: '@hey-api/sdk', operations: { strategy: 'flat' } }, '@tanstack/react-query'],
})
