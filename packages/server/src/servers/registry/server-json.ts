import { z } from 'zod'

/** What is used of a `server.json`. Members that are missing or new do not keep a server from being shown. */
const INPUT = z.looseObject({
  name: z.string().max(300).optional(),
  description: z.string().optional(),
  isRequired: z.boolean().optional(),
  isSecret: z.boolean().optional(),
  value: z.string().optional(),
  default: z.string().optional(),
  choices: z.array(z.string()).optional(),
  format: z.string().optional(),
})
const INPUT_WITH_VARIABLES = INPUT.extend({ variables: z.record(z.string(), INPUT).optional() })
const ARGUMENT = INPUT_WITH_VARIABLES.extend({ type: z.string().default('positional'), valueHint: z.string().optional(), isRepeated: z.boolean().optional() })

const PACKAGE = z.looseObject({
  registryType: z.string(),
  identifier: z.string(),
  version: z.string().optional(),
  runtimeHint: z.string().optional(),
  transport: z.looseObject({ type: z.string() }).optional(),
  runtimeArguments: z.array(ARGUMENT).default([]),
  packageArguments: z.array(ARGUMENT).default([]),
  environmentVariables: z.array(INPUT_WITH_VARIABLES).default([]),
})
const REMOTE = z.looseObject({
  type: z.string(),
  url: z.string(),
  headers: z.array(INPUT_WITH_VARIABLES).default([]),
  variables: z.record(z.string(), INPUT).optional(),
})

export const SERVER_JSON = z.looseObject({
  name: z.string().min(1).max(300),
  title: z.string().optional(),
  description: z.string().default(''),
  version: z.string().default(''),
  websiteUrl: z.string().optional(),
  repository: z.looseObject({ url: z.string().optional(), source: z.string().optional() }).optional(),
  packages: z.array(PACKAGE).default([]),
  remotes: z.array(REMOTE).default([]),
})

export type RegistryServer = z.infer<typeof SERVER_JSON>
export type RegistryPackage = z.infer<typeof PACKAGE>
export type RegistryRemote = z.infer<typeof REMOTE>
export type RegistryInput = z.infer<typeof INPUT_WITH_VARIABLES>
export type RegistryArgument = z.infer<typeof ARGUMENT>
