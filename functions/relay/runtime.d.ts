// The part of the Workers runtime that the relay uses, in its own words: the runtime's own types
// declare globals that contradict Node's and the DOM's, which the same program sees.
declare module 'cloudflare:workers' {
  export abstract class DurableObject<Env> {
    protected readonly ctx: DurableObjectState
    protected readonly env: Env
    constructor(ctx: DurableObjectState, env: Env)
    alarm?(): Promise<void>
  }
  export abstract class WorkerEntrypoint<Env> {
    protected readonly env: Env
    fetch?(request: Request): Promise<Response>
  }
}

declare module 'cloudflare:sockets' {
  export interface SocketOptions { secureTransport?: 'off' | 'on' | 'starttls'; allowHalfOpen?: boolean }
  export interface Socket {
    readonly readable: ReadableStream<Uint8Array>
    readonly writable: WritableStream<Uint8Array>
    readonly opened: Promise<unknown>
    startTls(options?: { expectedServerHostname?: string }): Socket
    close(): Promise<void>
  }
  export function connect(address: string, options?: SocketOptions): Socket
}

interface ObjectId { equals(other: ObjectId): boolean }

interface DurableObjectState {
  readonly id: ObjectId
  readonly storage: DurableObjectStorage
  blockConcurrencyWhile<T>(run: () => Promise<T>): Promise<T>
}

interface DurableObjectStorage {
  readonly sql: { exec<Row = Record<string, unknown>>(query: string, ...values: unknown[]): Iterable<Row> & { toArray(): Row[] } }
  transactionSync<T>(run: () => T): T
  sync(): Promise<void>
  getAlarm(): Promise<number | null>
  setAlarm(at: number): Promise<void>
  deleteAlarm(): Promise<void>
  deleteAll(): Promise<void>
}

/** Every method of the object, called from outside, answers with a promise. */
type Remote<T> = { [K in keyof T]: T[K] extends (...values: infer V) => infer R ? (...values: V) => Promise<Awaited<R>> : never }

interface DurableObjectNamespace<T> {
  idFromName(name: string): ObjectId
  get(id: ObjectId): Remote<T>
}

interface SubtleCrypto {
  timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean
}
