// GitLab: https://docs.gitlab.com/user/project/integrations/webhooks/
import { cases, replace } from './cases.ts'
import { hmac, type Header } from './recipe.ts'

const now = 1700000000
const signing = 'whsec_' + Buffer.from('a signing token of 32 bytes, yes').toString('base64')
const other = 'whsec_' + Buffer.from('another signing token, 32 bytes.').toString('base64')
const token = 'a secret token, as typed'
const body = '{"object_kind":"push","event_name":"push","ref":"refs/heads/main","project_id":15}'
const id = 'f5e5f430-f57b-4e6e-9fac-d9128cd7232f'
const key = (secret: string) => Buffer.from(secret.replace('whsec_', ''), 'base64')
const mac = (text = `${id}.${now}.${body}`, secret = signing, digits: 'hex' | 'base64' = 'base64', algorithm = 'sha256') => hmac(algorithm, key(secret), Buffer.from(text)).toString(digits)
const event: Header[] = [['Content-Type', 'application/json'], ['X-Gitlab-Event', 'Push Hook']]
const signed = (signature: string, time = String(now), name = id): Header[] => [...event, ['webhook-id', name], ['webhook-timestamp', time], ['webhook-signature', signature]]
const plain = (text = token): Header[] => [...event, ['X-Gitlab-Token', text]]
const good = signed(`v1,${mac()}`)
const { accept, refuse } = cases(signing, now)
const bad = (name: string, headers: Header[], remove?: any) => refuse(name, 'bad_signature', { headers, body }, remove)
const at = (time: number) => signed(`v1,${mac(`${id}.${time}.${body}`)}`, String(time))
const way = (path: string, value: unknown) => replace(`/signature/0${path}`, value)

export const vectors = [
  accept('accepts a signed webhook', { headers: good, body }, { secret: 0, authenticity: 'verified', type: 'Push Hook', id, dedupe: { key: id, signed: true }, timestamp: now, content: 'json' }),
  accept('accepts a secret token', { headers: plain(), body, secrets: [token] }, { secret: 0, authenticity: 'authenticated', type: 'Push Hook', id: null, dedupe: null, timestamp: null }),
  accept('accepts a signed webhook that has a token too', { headers: [...good, ['X-Gitlab-Token', token]], body }, { authenticity: 'verified' }),
  accept('tells which of both secrets signed', { headers: good, body, secrets: [token, signing] }, { secret: 1, authenticity: 'verified' }),
  accept('tells which of both secrets is the token', { headers: plain(), body, secrets: [signing, token] }, { secret: 1, authenticity: 'authenticated' }),
  accept('accepts two signatures during a rotation', { headers: signed(`v1,${mac(undefined, other)} v1,${mac()}`), body }),
  accept('passes over a signature with another tag', { headers: signed(`v1a,abc v1,${mac()}`), body }),
  accept('accepts a webhook 300 seconds old', { headers: at(now - 300), body }),
  accept('accepts a signing token without its prefix', { headers: good, body, secrets: [signing.slice(6)] }),
  refuse('never lets a right token stand in for a wrong signature', 'bad_signature', { headers: [...signed(`v1,${mac(undefined, other)}`), ['X-Gitlab-Token', token]], body, secrets: [signing, token] }),
  refuse('never lets a right token stand in for an old signature', 'too_old', { headers: [...at(now - 302), ['X-Gitlab-Token', token]], body, secrets: [signing, token] }),
  refuse('refuses a webhook 301 seconds old', 'too_old', { headers: at(now - 301), body }, way('/timestamp/tolerance/past', 301)),
  refuse('refuses a webhook 301 seconds ahead', 'too_new', { headers: at(now + 301), body }, way('/timestamp/tolerance/future', 301)),
  refuse('refuses a token where the caller asks for a time', 'missing_timestamp', { headers: plain(), body, secrets: [token], tolerance: { past: 300, future: 300 } }),
  refuse('refuses another token', 'bad_signature', { headers: plain('another'), body, secrets: [token] }),
  refuse('refuses a token with a character more', 'bad_signature', { headers: plain(token + 'x'), body, secrets: [token] }),
  refuse('refuses a right token where only a signing token is known', 'bad_signature', { headers: plain(), body }),
  refuse('refuses two lines of the token', 'duplicate_header', { headers: [...plain(), ['X-Gitlab-Token', 'x']], body, secrets: [token] }),
  refuse('takes the token from X-Gitlab-Token alone', 'missing_signature', { headers: [...event, ['X-Other-Token', token]], body, secrets: [token] }, replace('/signature/1/header', 'X-Other-Token')),
  refuse('refuses a request without token and signature', 'missing_signature', { headers: event, body }),
  refuse('refuses a signature without an id', 'missing_id', { headers: good.filter(([name]) => name !== 'webhook-id'), body }),
  refuse('refuses a signature without a time', 'missing_timestamp', { headers: good.filter(([name]) => name !== 'webhook-timestamp'), body }),
  refuse('refuses an id with a dot', 'bad_id', { headers: signed(`v1,${mac(`a.b.${now}.${body}`)}`, String(now), 'a.b'), body }),
  refuse('refuses a timestamp with junk', 'bad_timestamp', { headers: signed(`v1,${mac()}`, `${now}x`), body }),
  refuse('refuses two lines of the signature', 'duplicate_header', { headers: [...good, ['webhook-signature', 'v1,x']], body }),
  refuse('refuses nine signatures', 'too_many_signatures', { headers: signed(Array(9).fill(`v1,${mac(undefined, other)}`).join(' ')), body }),
  bad('wants the id to be signed', signed(`v1,${mac(`${now}.${body}`)}`), way('/signed', '{timestamp}.{body}')),
  bad('wants the time to be signed', signed(`v1,${mac(`${id}.${body}`)}`), [{ op: 'replace', path: '/signature/0/signed', value: '{id}.{body}' }, { op: 'remove', path: '/signature/0/timestamp/tolerance' }]),
  bad('wants dots in what is signed', signed(`v1,${mac(`${id}:${now}:${body}`)}`), way('/signed', '{id}:{timestamp}:{body}')),
  bad('wants HMAC with SHA-256', signed(`v1,${mac(undefined, signing, 'base64', 'sha512')}`), way('/scheme', 'hmac-sha512')),
  bad('wants base64', signed(`v1,${mac(undefined, signing, 'hex')}`), way('/encoding', 'hex')),
  bad('takes the signing token as base64', signed(`v1,${hmac('sha256', Buffer.from(signing), Buffer.from(`${id}.${now}.${body}`)).toString('base64')}`), way('/secret', {})),
  refuse('refuses a body changed after signing', 'bad_signature', { headers: good, body: body + ' ' }),
]
