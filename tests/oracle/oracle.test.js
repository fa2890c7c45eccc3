// oracle - our Robokassa protocol code against @dev-aces/robokassa, which shares nothing with it.
//
// Links: for random payments both sides give the same signature. Notices: for random notices, signed
// by either side or broken on the way, both sides say the same. Every failure prints its seed: set
// ORACLE_SEED to run it again, ROBOKASSA_PROBE to the probe's path.
'use strict';
const { test } = require('node:test');
const assert = require('node:assert');
const crypto = require('node:crypto');
const { spawnSync } = require('node:child_process');
const { Robokassa } = require('@dev-aces/robokassa');

const PROBE = process.env.ROBOKASSA_PROBE || '../../build/bin/robokassa_probe';
const SEED = Number(process.env.ORACLE_SEED || crypto.randomInt(2 ** 31));
const ALGORITHMS = ['md5', 'ripemd160', 'sha1', 'sha256', 'sha384', 'sha512'];
const LOGIN = 'subs_shop';
const PASSWORD1 = 'Pw1_live_7Qz';
const PASSWORD2 = 'Pw2_live_9Kx';
const CASES = 3000; // of each test
const AUTHENTIC = 0;

console.log(`ORACLE_SEED=${SEED}`);

function randomFrom(seed) { // mulberry32: small, and the same everywhere
  let a = seed >>> 0;
  const next = () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
  return {
    below: (n) => next() % n,
    pick: (list) => list[next() % list.length],
    word: (letters, least, most) => {
      let word = '';
      for (let n = least + (next() % (most - least + 1)); n > 0; n--) word += letters[next() % letters.length];
      return word;
    },
  };
}

const LOWER = 'abcdefghijklmnopqrstuvwxyz0123456789';
const TEXT = 'abcXYZ012 .,:;+%&=?/#"\'<>()яЖé€';

function oracleOf(algorithm) {
  return new Robokassa({ merchantLogin: LOGIN, password1: PASSWORD1, password2: PASSWORD2,
                         hashAlgorithm: algorithm, url: 'https://pay.example/Index.aspx' });
}

// One probe for all lines: a process per case would take minutes.
function askProbe(lines) {
  const run = spawnSync(PROBE, { input: lines.join('\n') + '\n', encoding: 'utf8', maxBuffer: 1 << 28 });
  assert.strictEqual(run.status, 0, `${PROBE}: ${run.error || run.stderr || run.status} (seed ${SEED})`);
  const answers = run.stdout.trimEnd().split('\n');
  assert.strictEqual(answers.length, lines.length);
  return answers;
}

// Names none of which begins another, for then every order of them is one.
function randomShp(random) {
  const shp = {};
  for (let n = random.below(6); n > 0; n--) {
    const name = 'Shp_' + random.word(LOWER, 1, 8);
    if (Object.keys(shp).some((other) => other.startsWith(name) || name.startsWith(other))) continue;
    shp[name] = encodeURIComponent(random.word(TEXT, 0, 12)).replace(/[!'()*]/g, (c) =>
      '%' + c.charCodeAt(0).toString(16).toUpperCase());
  }
  return shp;
}

const encode = (fields) => Object.entries(fields)
  .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');

function shuffled(random, object) {
  const entries = Object.entries(object);
  for (let i = entries.length - 1; i > 0; i--) {
    const k = random.below(i + 1);
    [entries[i], entries[k]] = [entries[k], entries[i]];
  }
  return Object.fromEntries(entries);
}

function linkLine(algorithm, order) {
  return ['link', algorithm, LOGIN, PASSWORD1, PASSWORD2, order.kopecks, order.invId, order.description,
          order.outSumCurrency || '', order.userIp || '',
          order.receipt ? JSON.stringify(order.receipt) : '', encode(order.userParameters)].join('\t');
}

const rubles = (kopecks) => `${Math.floor(kopecks / 100)}.${String(kopecks % 100).padStart(2, '0')}`;

// What their link and ours say, without the order of fields and what only one of them sends.
function fieldsOf(link) {
  const fields = Object.fromEntries(new URL(link).searchParams);
  delete fields.Encoding;
  return fields;
}

function assertSameLinks(orders) {
  const answers = askProbe(orders.map(({ algorithm, order }) => linkLine(algorithm, order)));
  orders.forEach(({ algorithm, order }, i) => {
    const { kopecks, ...theirs } = order;
    const link = oracleOf(algorithm).generatePaymentUrl({ ...theirs, outSum: rubles(kopecks) });
    assert.notStrictEqual(answers[i], 'refused', `seed ${SEED}, ${JSON.stringify(order)}`);
    assert.deepStrictEqual(fieldsOf(answers[i]), fieldsOf(link), `seed ${SEED}, ${JSON.stringify(order)}`);
  });
}

test('links of the vectors carry the signatures of the other side', () => {
  const plain = { kopecks: 19900, invId: 1001, description: 'Pro', userParameters: {} };
  const shp = { Shp_user: '42', Shp_plan: 'monthly' };
  const orders = [
    plain,                                                                   // V01
    { ...plain, invId: 0 },                                                  // V03
    { ...plain, userParameters: shp },                                       // V04
    { ...plain, kopecks: 1000, outSumCurrency: 'USD', userIp: '127.0.0.1' }, // V13
    { ...plain, invId: 1003, userParameters: shp },                          // V22
  ];
  assertSameLinks(ALGORITHMS.flatMap((algorithm) => orders.map((order) => ({ algorithm, order }))));
  const [link] = askProbe([linkLine('md5', orders[2])]);
  assert.strictEqual(fieldsOf(link).SignatureValue, '4bcf18b70ed58aee5b541d6d7b24cc27');
});

test('random links are the same on both sides', () => {
  const random = randomFrom(SEED);
  const orders = [];
  for (let i = 0; i < CASES; i++) {
    const order = { kopecks: 1 + random.below(2 ** 31), invId: random.below(2 ** 31),
                    description: random.word(TEXT, 1, 100), userParameters: randomShp(random) };
    if (random.below(4) === 0) order.outSumCurrency = random.pick(['USD', 'EUR', 'KZT']);
    if (random.below(4) === 0) order.userIp = `10.${random.below(256)}.0.${random.below(256)}`;
    if (random.below(3) === 0)
      order.receipt = { items: [{ name: random.word(TEXT, 1, 128), quantity: 1 + random.below(9),
                                  sum: random.below(1e6) / 100, tax: 'none' }] };
    orders.push({ algorithm: random.pick(ALGORITHMS), order });
  }
  assertSameLinks(orders);
});

// What Robokassa would send, signed by node's own crypto.
function randomNotice(random, algorithm) {
  const kopecks = 1 + random.below(2 ** 31);
  const OutSum = rubles(kopecks) + random.pick(['', '0000', '00']);
  const InvId = String(1 + random.below(2 ** 31));
  const shp = randomShp(random);
  const base = [OutSum, InvId, PASSWORD2, ...Object.keys(shp).sort().map((name) => `${name}=${shp[name]}`)];
  const hex = crypto.createHash(algorithm).update(base.join(':')).digest('hex');
  const SignatureValue = random.below(2) ? hex : hex.toUpperCase();
  return { kopecks, fields: shuffled(random, { OutSum, InvId, SignatureValue, Fee: '1.23', ...shp }) };
}

// Breaks one thing that is signed; returns false when there is nothing to break in that way.
function breakOne(random, fields) {
  const shp = Object.keys(fields).filter((name) => name.startsWith('Shp_'));
  switch (random.below(6)) {
    case 0: fields.OutSum = '1' + fields.OutSum; return true;
    case 1: fields.InvId = fields.InvId + '0'; return true;
    case 2: {
      const at = random.below(fields.SignatureValue.length);
      const flipped = (parseInt(fields.SignatureValue[at], 16) ^ (1 << random.below(4))).toString(16);
      fields.SignatureValue = fields.SignatureValue.slice(0, at) + flipped + fields.SignatureValue.slice(at + 1);
      return true;
    }
    case 3: fields.Shp_zzzzzzzzzz = '1'; return true;
    case 4: if (!shp.length) return false; delete fields[random.pick(shp)]; return true;
    default: if (!shp.length) return false; fields[random.pick(shp)] += 'x'; return true;
  }
}

function assertSameVerdicts(notices) {
  const answers = askProbe(notices.map(({ algorithm, fields }) =>
    ['notice', algorithm, LOGIN, PASSWORD1, PASSWORD2, encode(fields)].join('\t')));
  return notices.map(({ algorithm, fields }, i) => {
    const theirs = oracleOf(algorithm).checkPayment({ ...fields });
    const [verdict, invoice, kopecks] = answers[i].split(' ').map(Number);
    assert.strictEqual(verdict === AUTHENTIC, theirs, `seed ${SEED}, ${algorithm} ${encode(fields)}`);
    return { accepted: theirs, invoice, kopecks };
  });
}

for (const algorithm of ALGORITHMS) {
  test(`random notices by ${algorithm} are judged alike`, () => {
    const random = randomFrom(SEED ^ ALGORITHMS.indexOf(algorithm));
    const good = Array.from({ length: CASES }, () => ({ algorithm, ...randomNotice(random, algorithm) }));
    assertSameVerdicts(good).forEach((result, i) => {
      assert.deepStrictEqual(result, { accepted: true, invoice: Number(good[i].fields.InvId),
                                       kopecks: good[i].kopecks });
    });
    const broken = good.filter(({ fields }) => breakOne(random, fields));
    assert.ok(broken.length > CASES / 2);
    assert.ok(assertSameVerdicts(broken).every((result) => !result.accepted));
  });
}
