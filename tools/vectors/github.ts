// GitHub: https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
import { dialectFile, eventRules } from './events.ts'
import { accept, digest, forge, hmac, refuse, rename, set, sign, twice, vector, type Recipe } from './recipe.ts'
import { bodyRules, signatureRules } from './rules.ts'

const secret = "It's a Secret to Everybody"
const id = '72d3162e-cc78-11e3-81ab-4c9367dc0958'
const examples = dialectFile('github').events

const github: Recipe = {
  dialect: 'github',
  secret,
  other: 'another secret of ours',
  now: 1700000000,
  body: JSON.stringify(examples.ping.example),
  extended: (extra) => `${JSON.stringify(examples.ping.example).slice(0, -1)},"x":${extra}}`,
  depth: 1,
  header: 'X-Hub-Signature-256',
  encoding: 'hex',
  key: (text) => Buffer.from(text),
  message: (body) => body,
  value: ([signature]) => `sha256=${signature}`,
  headers: (signature, how) => [
    ['Accept', '*/*'],
    ['Content-Type', how.contentType ?? 'application/json'],
    ['User-Agent', 'GitHub-Hookshot/044aadd'],
    ['X-GitHub-Delivery', how.id ?? id],
    ['X-GitHub-Event', how.type ?? 'ping'],
    ['X-Hub-Signature-256', signature],
  ],
  // The type stands in a header: whether a body that cannot be read is a known event is not asked.
  unread: { type: 'ping', alias: null, id, timestamp: null, version: null, known: undefined, dedupe: { key: id, signed: false } },
}

const good = sign(github, github.body)
const key = Buffer.from(secret)
const bad = (title: string, signature: string, remove?: any) => refuse(github, title, 'bad_signature', forge(github, signature), { remove })
const one = digest(github, github.body).toString('hex')
const sha1 = hmac('sha1', key, Buffer.from(github.body)).toString('hex')
const issues = examples.issues.example

export const vectors = [
  vector(github, "accepts the document's Hello, World!", 'Hello, World!',
    [['X-Hub-Signature-256', 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17']],
    { code: 'ok', secret: 0, authenticity: 'verified', type: null, alias: null, id: null, timestamp: null, version: null, known: false, content: 'bytes',
      dedupe: null, handshake: false, schema: { ok: false, at: '', code: 'bad_json' } },
    { source: 'https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries; signature as published' }),
  accept(github, 'accepts a webhook sent as a form', 'payload=' + encodeURIComponent(JSON.stringify(issues)).replaceAll('%20', '+'),
    { type: 'issues', id, content: 'form', schema: { ok: false, at: '', code: 'bad_json' }, dedupe: { key: id, signed: false } },
    { type: 'issues', contentType: 'application/x-www-form-urlencoded' }),
  accept(github, 'accepts an event that it does not know', '{"action":"started","repository":{"id":"?"}}',
    { type: 'watch', alias: null, known: false, schema: { ok: true } }, { type: 'watch' }),
  accept(github, 'reports a body that is an array', '[]', { type: 'watch', content: 'json', schema: { ok: false, at: '', code: 'schema' } }, { type: 'watch' }),
  accept(github, 'accepts an issue of a user that is gone', JSON.stringify({ ...issues, issue: { ...issues.issue, user: null } }), { type: 'issues', schema: { ok: true } }, { type: 'issues' }),
  accept(github, 'reports an issue that is neither open nor closed', JSON.stringify({ ...issues, issue: { ...issues.issue, state: 'stale' } }),
    { type: 'issues', schema: { ok: false, at: '/issue/state', code: 'schema' } }, { type: 'issues' }),
  accept(github, 'accepts a push that deletes a branch', JSON.stringify({ ...examples.push.example, after: '0'.repeat(40), created: false, deleted: true, commits: [], head_commit: null }),
    { type: 'push', schema: { ok: true } }, { type: 'push' }),
  accept(github, "accepts an organization's ping, which has no repository", JSON.stringify({ ...examples.ping.example, repository: undefined }), { type: 'ping', schema: { ok: true } }),
  accept(github, 'does not read a body in which the action comes twice', JSON.stringify(issues).replace('"action":', '"action":"deleted","action":'),
    { schema: { ok: false, at: '/action', code: 'duplicate_key' } }, { type: 'issues' }),
  accept(github, 'does not let the body name the type', '{"event":"push","x-github-event":"push"}', { type: 'watch' }, { type: 'watch' }),
  vector(github, 'passes over the legacy signature beside the real one', github.body, [...good, ['X-Hub-Signature', `sha1=${sha1}`]], { code: 'ok' }),
  vector(github, 'passes over a wrong legacy signature beside the real one', github.body, [...good, ['X-Hub-Signature', 'sha1=00']], { code: 'ok' }),
  refuse(github, 'refuses the legacy signature alone', 'missing_signature', [...good.slice(0, -1), ['X-Hub-Signature', `sha1=${sha1}`]]),
  refuse(github, 'refuses two lines of the event header', 'duplicate_header', twice(good, 'X-GitHub-Event', 'push')),
  refuse(github, 'refuses two lines of the delivery header', 'duplicate_header', twice(good, 'X-GitHub-Delivery')),
  refuse(github, 'refuses the event header as Fetch joins two lines of it', 'duplicate_header', set(good, 'X-GitHub-Event', 'ping, push')),
  refuse(github, 'refuses the delivery header as Fetch joins two lines of it', 'duplicate_header', set(good, 'X-GitHub-Delivery', `${id}, ${id}`)),

  // The dialect's rules, each with what removes it.
  refuse(github, 'takes the signature from X-Hub-Signature-256 alone', 'missing_signature', rename(good, 'X-Hub-Signature-256', 'X-Signature-256'),
    { remove: [{ op: 'replace', path: '/signature/header', value: 'X-Signature-256' }] }),
  bad('refuses a signature without its prefix', one, [{ op: 'replace', path: '/signature/value', value: '{sig}' }]),
  bad('refuses a signature with the prefix sha512=', `sha512=${one}`),
  bad('refuses a signature with its prefix twice', `sha256=sha256=${one}`),
  bad('refuses upper-case hex with separators, as some accept it', 'sha256=' + one.toUpperCase().match(/../g)!.join(':-:')),
  bad('wants hex', 'sha256=' + digest(github, github.body).toString('base64'), [{ op: 'replace', path: '/signature/encoding', value: 'base64' }]),
  bad('wants HMAC with SHA-256', `sha256=${sha1}`, [{ op: 'replace', path: '/signature/scheme', value: 'hmac-sha1' }]),
  bad('refuses two signatures in one header', `sha256=${one},sha256=${one}`, [{ op: 'add', path: '/signature/list', value: { separator: ',' } }]),
  refuse(github, 'wants an object, when schemas are enforced', 'schema', sign(github, '[]', { type: 'watch' }), { body: '[]', mode: 'enforce', remove: [{ op: 'remove', path: '/body' }] }),
  refuse(github, 'wants the zen of a ping, when schemas are enforced', 'schema', sign(github, '{"hook_id":1,"hook":{"type":"App","id":1,"name":"web","active":true,"events":[],"config":{"content_type":"json"}}}'),
    { body: '{"hook_id":1,"hook":{"type":"App","id":1,"name":"web","active":true,"events":[],"config":{"content_type":"json"}}}', mode: 'enforce',
      remove: [{ op: 'remove', path: '/events/ping/schema/required/0' }] }),

  ...signatureRules(github),
  ...bodyRules(github),
  ...eventRules(github, (type, data) => ({ body: data, at: '', how: { type }, expect: { id, timestamp: null, dedupe: { key: id, signed: false } } })),
]
