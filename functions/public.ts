// What every platform file exports besides its own adapter.
export { handler, PermanentError, TemporaryError, type Context, type Handler, type HandlerOptions } from './handler.ts'
export { memory, type MemoryOptions, type Store, type Stored } from './store.ts'
export type { Forward, Target } from './forward.ts'
export type { Hint, Secrets } from './secrets.ts'
