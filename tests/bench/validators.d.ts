// The module that edge.ts makes for worker.ts when it bundles.
declare module 'bench:validators' {
  /** Type of the event → whether a body is in keeping with its schema. */
  export const validators: Record<string, (event: unknown) => boolean>
}
