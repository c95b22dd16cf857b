// `waxseal doctor`: looks whether this machine, and the URL that receives webhooks, are as they must
// be, and says what to do where they are not. Called by main.ts.
import { lookup } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { connect, type TLSSocket } from 'node:tls'
import { loadDialect, Webhook } from '../../js/full.ts'
import { github } from '../../js/dialects/github.ts'
import { signedRequest } from '../../js/testing.ts'
import { clean } from './record.ts'

export interface DoctorSettings {
  url?: string
  /** The text of a dialect's file */
  dialect?: string
  secrets?: string[]
  /** What the dialect asks for beside them */
  settings?: Record<string, string>
}

type Finding = { ok: boolean | null; sentence: string }
const good = (sentence: string): Finding => ({ ok: true, sentence })
const bad = (sentence: string): Finding => ({ ok: false, sentence })
const told = (sentence: string): Finding => ({ ok: null, sentence })

const seconds = 10
const day = 86_400_000

/** Prints a line for each finding. @return 0 where all is well, 1 where something is not */
export async function doctor(settings: DoctorSettings, print: (line: string) => void): Promise<number> {
  let worst = 0
  const say = ({ ok, sentence }: Finding): boolean => {
    print(`${ok === null ? '-' : ok ? '✓' : '✗'} ${clean(sentence)}`)
    if (ok === false) worst = 1
    return ok !== false
  }
  say(runtime())
  say(module())
  say(await configuration())
  if (!settings.url) return worst
  const url = new URL(settings.url)
  if (!say(await names(url))) return worst
  if (url.protocol === 'https:' ? !say(await certificate(url)) : !say(plainText(url))) return worst
  for (const finding of await post(settings, url)) say(finding)
  return worst
}

function runtime(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const enough = major > 20 || (major === 20 && minor >= 19)
  return enough ? good(`Node ${process.versions.node} on ${process.platform} ${process.arch}`) : bad(`Node ${process.versions.node} is too old: install 20.19 or newer`)
}

/** Verifies a webhook, and refuses it with one byte changed. */
function module(): Finding {
  try {
    const hook = new Webhook(github, { secrets: 'doctor' })
    const headers = hook.sign('{}', { type: 'ping', id: 'doctor' })
    const right = hook.check('{}', headers).ok && !hook.check('{ }', headers).ok
    hook.close()
    return right ? good('the WebAssembly module verifies a webhook, and refuses a forged one') : bad('the WebAssembly module judges wrongly: install the package again')
  } catch (error) {
    return bad(`the WebAssembly module does not run: ${(error as Error).message}`)
  }
}

async function configuration(): Promise<Finding> {
  const name = 'waxseal.config.json'
  try {
    JSON.parse(await readFile(name, 'utf8'))
    return good(`${name} is JSON; \`npm start\` checks the rest of it`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return told(`no ${name} here; only the relay needs one`)
    return bad(`${name} cannot be read: ${(error as Error).message}`)
  }
}

async function names({ hostname }: URL): Promise<Finding> {
  try {
    const found = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true })
    return good(`${hostname} is ${found.map(({ address }) => address).join(', ')}`)
  } catch (error) {
    return bad(`${hostname} has no address (${(error as NodeJS.ErrnoException).code}): look at its DNS record, or at the spelling`)
  }
}

const plainText = ({ hostname }: URL): Finding => /^(localhost|127\.|\[::1\])/.test(hostname)
  ? told('no TLS, on this machine')
  : bad(`http:// sends webhooks in the open: serve ${hostname} over https`)

async function certificate({ hostname, port }: URL): Promise<Finding> {
  return new Promise(answer => {
    const host = hostname.replace(/^\[|\]$/g, '')
    const socket: TLSSocket = connect({ host, port: Number(port || 443), servername: /[a-z]/i.test(host) && !host.includes(':') ? host : undefined, timeout: seconds * 1000 }, () => {
      const until = new Date(socket.getPeerCertificate().valid_to)
      const days = Math.floor((until.getTime() - Date.now()) / day)
      answer(days < 14 ? bad(`the certificate ends in ${days} days: renew it`) : good(`${socket.getProtocol()}, the certificate is good for ${days} days`))
      socket.destroy()
    })
    socket.on('timeout', () => { answer(bad(`nobody answers at ${hostname} within ${seconds} s: look at the firewall`)); socket.destroy() })
    socket.on('error', (error: NodeJS.ErrnoException) => answer(bad(`no TLS with ${hostname}: ${error.message} (${error.code}): senders would refuse it too`)))
  })
}

async function post({ dialect: file, secrets, settings }: DoctorSettings, url: URL): Promise<Finding[]> {
  const dialect = file === undefined ? undefined : loadDialect(file)
  const [event] = dialect?.events ?? []
  const request = dialect
    ? signedRequest(dialect, (event ?? 'example') as never, { secret: secrets ?? [], ...(settings && { settings }), url: url.href, ...(!event && { data: {} as never }) })
    : new Request(url, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })
  const began = Date.now()
  let answer: Response
  try {
    answer = await fetch(request, { redirect: 'manual', signal: AbortSignal.timeout(seconds * 1000) })
    await answer.body?.cancel()
  } catch (error) {
    const { cause, message } = error as Error
    return [bad(`${url.href} does not answer: ${(cause as Error | undefined)?.message ?? message}: is the server running, and is this its port?`)]
  }
  return [...clock(answer, began), judged(answer.status, dialect?.name)]
}

/** How far this machine's clock is from the URL's: most dialects refuse what is minutes off. */
function clock(answer: Response, began: number): Finding[] {
  const theirs = Date.parse(answer.headers.get('date') ?? '')
  if (Number.isNaN(theirs)) return [told('the answer has no Date: the clocks cannot be compared')]
  const off = Math.round((theirs - (began + Date.now()) / 2) / 1000)
  return [Math.abs(off) <= 5 ? good('this clock and the receiver’s agree') : bad(`the receiver’s clock is ${Math.abs(off)} s ${off > 0 ? 'ahead of' : 'behind'} this one: set one of them by NTP, or signatures will be too old or too new`)]
}

function judged(status: number, name: string | undefined): Finding {
  if (status >= 300 && status < 400) return bad(`answered ${status}: senders do not follow redirects; give them the address that it leads to`)
  if (status === 404 || status === 405) return bad(`answered ${status}: is the path right, and does it take POST?`)
  if (!name) {
    return status === 401 || status === 400 || status === 403
      ? good(`an unsigned webhook is refused (${status}); give --dialect and --secret to try a signed one`)
      : bad(`an unsigned webhook was answered ${status}, not refused: is it verified at all?`)
  }
  if (status >= 200 && status < 300) return good(`a signed ${name} webhook is accepted (${status})`)
  if (status === 401 || status === 400 || status === 403) return bad(`a signed ${name} webhook is refused (${status}): is the secret the same on both sides?`)
  return bad(`a signed ${name} webhook was answered ${status}: look into the receiver's log`)
}
