// The modules that runtimes.test.ts makes for the bundles.
declare module 'vectors:dialects' {
  /** text of each dialect file, by name */
  export const dialects: Record<string, string>
}
declare module 'vectors:files' {
  /** tests/vectors/*.json */
  export const files: { dialect: string; vectors: any[] }[]
}
