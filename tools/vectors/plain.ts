// The vectors of a plain dialect: one positive and one negative for each rule that its file states,
// the core's own rules, and what its provider published. Called by ../vectors.ts for every dialect
// that has no file of its own here.
import { derive, signedBytes, type Derived } from './derive.ts'
import { envelopeRules, eventRules } from './events.ts'
import { published } from './published.ts'
import { pem, spki, type Scheme } from './pairs.ts'
import { accept, digest, forge, hmac, refuse, rename, sign, signed as signedBy, twice, value, vector, type Header, type Patch, type Vector } from './recipe.ts'
import { bytesRules, idRules, signatureRules, timestampRules, tokenRules, toleranceRules } from './rules.ts'

const junk = (count: number, encoding: BufferEncoding, size: number) =>
  Array.from({ length: count }, (_, index) => Buffer.alloc(size, index + 1).toString(encoding))
/** An event that no dialect lists, so that the envelope's schema alone speaks. */
const unheard = 'unheard.of'
const another = (header: string) => `X-Other-${header}`

/** All vectors of the dialect `name`. */
export function plain(name: string): Vector[] {
  const of = derive(name)
  const { file } = of
  const isToken = file.signature.scheme === 'static-token'
  const timeIsSigned = file.signature.signed?.includes('{timestamp}')
  const idIsSigned = file.signature.signed?.includes('{id}')
  return [
    ...(published[name] ?? []).map(({ name: title, now, secret, headers, body, url, source, expect }) => ({
      ...vector(of, title, body, headers, { code: 'ok', secret: 0, ...expect }, { now: now ?? of.now, secrets: [secret], source: `${source}; signature as published` }), url: url ?? of.url })),
    ...positives(of),
    ...headerRules(of),
    ...(isToken ? tokenRules(of) : [...listRules(of), ...signingRules(of), ...secretRules(of), ...signatureRules(of), ...bytesRules(of)]),
    ...(file.timestamp && timeIsSigned ? timeRules(of) : []),
    ...(idIsSigned ? idRules(of, file.event.id.header) : []),
    ...(file.body ? envelopeRules({ ...of, bare: { type: unheard } }, of.wrap(unheard, { name: 'Ada' }).body) : []),
    ...(file.events ? eventRules(of, of.wrap, (event) => teller(of, event)) : []),
  ]
}

/** Where in the data an event's type stands, if it stands there. */
function teller({ file, wrap }: Derived, event: string): string | undefined {
  const member = file.events[event].recognised_by ?? file.event?.items
  return member !== undefined ? `/${member}` : wrap(event, {}).at === '' ? file.event?.type?.pointer : undefined
}

/** What a good request tells. */
function positives(of: Derived): Vector[] {
  const { file, type } = of
  const { event = {}, timestamp, signature, handshake } = file
  const isToken = signature.scheme === 'static-token'
  const at = (place: any, text: string) => (place ? text : null)
  const key = event.dedupe === undefined ? event.id : event.dedupe
  const sent = event.id && readPlace(of, event.id)
  const found = event.dedupe === undefined || event.dedupe === null ? sent : readPlace(of, event.dedupe)
  const signed = (place: any) => !isToken && (place.pointer !== undefined || of.covers(place.header))
  const good = accept(of, isToken ? 'accepts a request with the token' : 'accepts a signed request', of.body, {
    secret: 0, type: at(event.type, type), alias: null, id: sent ?? null, timestamp: timestamp ? of.now : null,
    known: of.known, content: 'json', handshake: false, authenticity: isToken ? 'authenticated' : 'verified',
    dedupe: key && found ? { key: found, signed: signed(key) } : null, ...(file.body ? {} : { schema: { ok: true } }),
  })
  const text = accept(of, `accepts a body that is not JSON, as bytes`, 'Hello, World!', { content: 'bytes', known: false, handshake: false, schema: { ok: false, at: '', code: 'bad_json' } },
    { contentType: 'text/plain', type: unheard })
  if (timestamp?.pointer) delete text.expect.known
  if (!handshake?.when.pointer || handshake.signed === false) return [good, text]
  const body: any = {}
  for (const [pointer, what] of [[handshake.when.pointer, handshake.when.equals], [handshake.answer.pointer, 'a-challenge']] as const) {
    const steps = pointer.split('/').slice(1)
    const last = steps.pop()!
    let parent = body
    for (const step of steps) parent = parent[step] ??= {}
    parent[last] = what
  }
  return [good, text, accept(of, 'hands on the challenge of a handshake', JSON.stringify(body), { handshake: true, challenge: 'a-challenge' })]
}

/** The text of the sample request at a place. */
function readPlace(of: Derived, place: { header?: string; pointer?: string }): string | undefined {
  if (!place.pointer) return value(sign(of, of.body), place.header!)
  const found = place.pointer.split('/').slice(1).reduce((part: any, step) => part?.[step], JSON.parse(of.body))
  return found === undefined ? undefined : String(found)
}

/** Which headers are read. */
function headerRules(of: Derived): Vector[] {
  const { event = {}, signature } = of.file
  const good = sign(of, of.body)
  const found = [refuse(of, `takes the signature from ${signature.header} alone`, 'missing_signature', rename(good, signature.header, another(signature.header)),
    { remove: [{ op: 'replace', path: '/signature/header', value: another(signature.header) }] })]
  for (const part of ['id', 'type', 'version', 'dedupe'] as const) {
    const place = event[part]
    if (!place?.header || of.covers(place.header)) continue
    if (part === 'dedupe' && event.id?.header === place.header) continue
    found.push(refuse(of, `refuses two lines of the ${part} header`, 'duplicate_header', twice(good, place.header)))
    if (part === 'dedupe' || !place.pointer) continue
    const other = good.map(([name, text]): Header => [name, name === place.header ? `${text}x` : text])
    found.push(refuse(of, `refuses a ${part} header that the body contradicts`, 'contradiction', other, { remove: [{ op: 'remove', path: `/event/${part}/pointer` }] }))
  }
  return found
}

/** How signatures are written: what stands around them, and how several are told apart. */
function listRules(of: Derived): Vector[] {
  const { list, value: form = '{sig}' } = of.file.signature
  const right = digest(of, of.body)
  const one = right.toString(of.encoding)
  const bad = (name: string, text: string, remove?: Patch) => refuse(of, name, 'bad_signature', forge(of, text), { remove })
  const whole = (...signatures: string[]) => of.value(signatures, {})
  const replaced = (value: string): Patch => [{ op: 'add', path: '/signature/value', value }]
  const found: Vector[] = []
  const tagged = /[A-Za-z0-9]+/.test(form.split('{sig}')[0]!)
  const otherTag = (text: string) => text.replace(/[A-Za-z0-9]+/, 'zz')
  if (list && tagged) found.push(bad('wants the tag of its signatures', whole(one).replace(form.replace('{sig}', one), otherTag(form).replace('{sig}', one)), replaced(otherTag(form))))
  else if (form !== '{sig}') {
    found.push(bad('refuses a signature without its prefix', one, replaced('{sig}')), bad('refuses a signature with its prefix twice', whole(whole(one))))
  } else found.push(bad('refuses a prefix before the signature', whole(`sha=${one}`), replaced('sha={sig}')))
  if (!list) {
    return [...found, bad('refuses two signatures in one header', `${whole(one)},${whole(one)}`, [{ op: 'add', path: '/signature/list', value: { separator: ',' } }])]
  }
  const others = junk(8, of.encoding, right.length)
  const separator = list.separator === ';' ? ',' : ';'
  const several = of.value([others[0]!, one], {}).replaceAll(list.separator, separator)
  const secrets = [of.secret, of.other]
  found.push(
    bad('parts entries as its documents say', several, [{ op: 'replace', path: '/signature/list/separator', value: separator }]),
    accept(of, 'accepts two signatures during a rotation', of.body, { secret: 0 }, { signers: secrets }),
    accept(of, 'accepts two signatures with the older secret alone', of.body, { secret: 0 }, { signers: [...secrets].reverse() }),
    vector(of, 'accepts the right one of eight signatures', of.body, forge(of, whole(...others.slice(0, 7), one)), { code: 'ok', secret: 0 }),
    refuse(of, 'refuses nine signatures', 'too_many_signatures', forge(of, whole(...others, one))),
    bad('refuses a malformed signature beside a good one', whole(one.slice(1), one)),
    bad('refuses an empty entry', whole(one, one).replace(list.separator, list.separator.repeat(2))),
  )
  if (tagged) {
    const entry = whole(one) + list.separator + otherTag(form).trimStart().replace('{sig}', 'abc')
    if (list.others === 'ignore') found.push(vector(of, 'passes over an entry with another tag', of.body, forge(of, entry), { code: 'ok', secret: 0 }))
    else found.push(bad('refuses an entry with another tag', entry, [{ op: 'add', path: '/signature/list/others', value: 'ignore' }]))
  }
  for (const field of list.fields ?? []) {
    const renamed = whole(one).replace(field.split('{')[0]!, 'zz=')
    found.push(
      refuse(of, 'takes the timestamp from its own field', list.others === 'ignore' ? 'missing_timestamp' : 'bad_signature', forge(of, renamed),
        { remove: [{ op: 'replace', path: '/signature/list/fields', value: ['zz={timestamp}'] }] }),
      bad('refuses two timestamps', whole(one) + list.separator + whole(one).split(list.separator)[0]),
      bad('refuses a timestamp changed after signing', of.value([one], { timestamp: of.clock!(of.now - 1) })),
    )
  }
  return found
}

/** What is signed, by what, and in which digits. */
function signingRules(of: Derived): Vector[] {
  const { scheme, signed = '{body}' } = of.file.signature
  const encoding = of.encoding === 'hex' ? 'base64' : 'hex'
  const other = scheme === 'hmac-sha512' ? 'sha256' : 'sha512'
  const body = Buffer.from(of.body)
  const wrong = (name: string, signature: Buffer, remove: Patch, how: BufferEncoding = of.encoding) =>
    refuse(of, name, 'bad_signature', forge(of, of.value([signature.toString(how)], {})), { remove })
  const over = (template: string) => signedBy(of, of.secret, signedBytes(template, body, (part) => {
    // What a part says is what the recipe signs for that part alone.
    if (part === 'id') return of.id
    if (part === 'timestamp') return of.clock!(of.now)
    if (part === 'url') return of.url!
    if (part === 'method') return of.method!
    return value(sign(of, of.body), part.slice('header:'.length))
  }))
  const found = [
    wrong(`wants ${of.encoding}`, digest(of, of.body), [{ op: 'add', path: '/signature/encoding', value: encoding }], encoding),
    ...(of.signature ? formRules(of, wrong) : [wrong(`wants ${scheme}`, hmac(other, of.key(of.secret), of.message(body, {})), [{ op: 'replace', path: '/signature/scheme', value: `hmac-${other}` }])]),
  ]
  const lax = (template: string, unsigned: string): Patch => [
    { op: 'add', path: '/signature/signed', value: template },
    ...(unsigned === '{timestamp}' && of.file.timestamp?.tolerance ? [{ op: 'remove' as const, path: '/timestamp/tolerance' }] : []),
  ]
  for (const part of signed.match(/\{[^}]+\}/g) as string[]) {
    if (part === '{body}') continue
    const at = signed.indexOf(part)
    const template = signed.slice(0, at) + signed.slice(at + part.length).replace(/^[^{]+/, '')
    found.push(wrong(`wants the ${part.slice(1, -1).replace('header:', '')} to be signed`, over(template), lax(template, part)))
  }
  const literals = signed.split(/\{[^}]+\}/).filter(Boolean)
  const changed = literals.length ? signed.replaceAll(/[^{}]+(?![^{]*\})/g, '~') : `${signed}.`
  return [...found, wrong(literals.length ? 'wants the signed parts to be joined as documented' : 'wants nothing to be signed beside that', over(changed), lax(changed, ''))]
}

/** How an ECDSA signature is written. */
function formRules(of: Derived, wrong: (name: string, signature: Buffer, remove: Patch) => Vector): Vector[] {
  if (of.file.signature.format !== 'der') return []
  const der = digest(of, of.body)
  const r = der.subarray(4, 4 + der[3]!), s = der.subarray(6 + der[3]!)
  const fit = (number: Buffer) => Buffer.concat([Buffer.alloc(32), number]).subarray(-32)
  const padded = Buffer.concat([Buffer.from([0x30, der[1]! + 1, 2, r.length + 1, 0]), der.subarray(4)])
  const long = Buffer.concat([Buffer.from([0x30, 0x81]), der.subarray(1)])
  const bad = (name: string, signature: Buffer) => refuse(of, name, 'bad_signature', forge(of, of.value([signature.toString(of.encoding)], {})))
  return [
    wrong('wants the signature in DER', Buffer.concat([fit(r), fit(s)]), [{ op: 'replace', path: '/signature/format', value: 'raw' }]),
    bad('refuses DER with a zero too many before a number', padded),
    bad('refuses DER with its length in two bytes', long),
    bad('refuses r and s of zero', Buffer.from('3006020100020100', 'hex')),
  ]
}

/** Which spellings of a key are taken. */
function keyRules(of: Derived): Vector[] {
  const scheme: Scheme = of.file.signature.scheme
  const { prefix = '', decode } = of.file.secret ?? {}
  const taken = (name: string, secret: string) => vector(of, name, of.body, sign(of, of.body), { code: 'ok', secret: 0 }, { secrets: [secret] })
  return [
    taken('accepts the key in PEM', pem(scheme, 1)),
    ...(decode && scheme === 'ed25519' ? [taken('accepts the key as DER', prefix + spki(scheme, 1).toString(decode))] : []),
    ...(prefix ? [taken('accepts the key without its prefix', of.secret.slice(prefix.length))] : []),
  ]
}

/** How a secret becomes a key. */
function secretRules(of: Derived): Vector[] {
  if (of.signature) return keyRules(of)
  const { prefix = '', decode = 'utf8', ...rest } = of.file.secret ?? {}
  const wrong = (name: string, key: Buffer, secret: object) =>
    refuse(of, name, 'bad_signature', forge(of, of.value([hmac(of.algorithm!, key, of.message(Buffer.from(of.body), {})).toString(of.encoding)], {})),
      { remove: [{ op: 'add', path: '/secret', value: secret }] })
  const bare = of.secret.slice(prefix.length)
  const found = prefix ? [vector(of, 'accepts a secret without its prefix', of.body, sign(of, of.body), { code: 'ok', secret: 0 }, { secrets: [bare] })] : []
  if (decode !== 'utf8') return [...found, wrong(`takes the secret as ${decode}`, Buffer.from(of.secret), {})]
  if (prefix) found.push(wrong('takes the prefix off the secret', Buffer.from(of.secret), { ...rest, decode }))
  return [...found, wrong('takes the secret as text', Buffer.from(bare, 'hex'), { ...rest, ...(prefix && { prefix }), decode: 'hex' })]
}

/** Where the time stands, in which unit, and how old it may be. */
function timeRules(of: Derived): Vector[] {
  const { header, unit = 'seconds', tolerance } = of.file.timestamp
  const found: Vector[] = header ? [refuse(of, `takes the timestamp from ${header} alone`, 'missing_timestamp', rename(sign(of, of.body), header, another(header)),
    { remove: [{ op: 'replace', path: '/timestamp/header', value: another(header) }] })] : []
  const early = 161426533
  const given = { tolerance: tolerance ? undefined : { past: 300, future: 300 } }
  const as = (code: string, now: number, timestamp: string, to: string) => refuse(of, `takes the timestamp as ${unit}`, code, sign(of, of.body, { timestamp }),
    { ...given, now, remove: [{ op: 'add', path: '/timestamp/unit', value: to }] })
  if (unit === 'seconds') found.push(as('too_new', early, `${early}000`, 'milliseconds'))
  else if (unit === 'milliseconds') found.push(as('too_old', of.now, String(of.now), 'seconds'))
  else found.push(as('bad_timestamp', of.now, String(of.now), 'seconds'))
  return [...found, ...timestampRules(of, header), ...(tolerance ? toleranceRules(of, '/timestamp/tolerance', tolerance) : toleranceRules(of))]
}
