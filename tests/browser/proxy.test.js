// The customer's page as a customer has it: in Debian's Chromium, through Debian's nginx with the configuration that is
// shipped, over TLS and HTTP/2. test_browser.py starts both; without nginx these are skipped. All browsers come from one
// address here, which may sign in five times a minute, so there are few of them.
"use strict";
const assert = require("node:assert");
const { after, before, test } = require("node:test");
const { chromium } = require("playwright-core");

const { CONTROL, PROXIED } = process.env;
const PATIENCE = Number(process.env.PATIENCE || 90000);
const skip = PROXIED ? false : "there is no nginx";
let browser, session, account;

async function control(what, fields) {
  const answer = await fetch(`${CONTROL}/${what}?${new URLSearchParams(fields || {})}`);
  assert.strictEqual(answer.status, 200, `${what}: ${answer.status}`);
  return (await answer.text()).trim();
}

async function come(options) {
  const context = await browser.newContext({ locale: "ru-RU", ignoreHTTPSErrors: true, storageState: session, ...options });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  page.forbidden = [];
  page.on("console", (said) => {
    if (/Content Security Policy|Refused/.test(said.text())) page.forbidden.push(said.text());
  });
  return page;
}

async function look(page, where, words) {
  const ends = Date.now() + PATIENCE;
  for (;;) {
    await page.goto(PROXIED + where);
    const text = (await page.innerText("body")).replaceAll("\u00a0", " ");
    if (text.includes(words)) return text;
    assert.ok(Date.now() < ends, `${where} never shows «${words}»: ${text}`);
    await page.waitForTimeout(300);
  }
}

before(async () => {
  if (skip) return;
  const { hostname } = new URL(PROXIED);
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM, args: ["--no-sandbox", `--host-resolver-rules=MAP ${hostname} 127.0.0.1`],
  });
  account = await control("account");
  await control("give", { account, kopecks: 50000 });
  const page = await come();
  await page.goto(`${PROXIED}/enter?k=${await control("token", { account })}`);
  assert.strictEqual(page.url(), `${PROXIED}/balance`);
  session = await page.context().storageState();
  await page.context().close();
});
after(async () => { if (browser) await browser.close(); });

test("proxy: a page has every header that page.md wants, by HTTP/2, and its cookie is of this host alone", { skip }, async () => {
  const page = await come();
  await look(page, "/balance", "500,00 ₽");
  const answer = await page.goto(`${PROXIED}/balance`);
  const headers = answer.headers();
  for (const [name, value] of Object.entries({
    "cache-control": "no-store", "referrer-policy": "same-origin", "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin", "cross-origin-resource-policy": "same-origin",
    "strict-transport-security": "max-age=31536000", "content-encoding": "gzip" })) assert.strictEqual(headers[name], value, name);
  for (const part of ["default-src 'none'", "style-src 'self'", "script-src 'self'", "img-src 'self'", "connect-src 'self'",
                      "frame-ancestors 'none'", "base-uri 'none'"])
    assert.ok(headers["content-security-policy"].includes(part), headers["content-security-policy"]);
  assert.ok(/Cookie/i.test(headers.vary) && /Accept-Language/i.test(headers.vary), headers.vary);
  assert.ok(!/nginx\/\d/.test(headers.server || ""), headers.server);
  assert.strictEqual(await page.evaluate(() => performance.getEntriesByType("navigation")[0].nextHopProtocol), "h2");
  const [cookie] = (await page.context().cookies()).filter((each) => each.name === "__Host-kopeck");
  assert.deepStrictEqual([cookie.secure, cookie.httpOnly, cookie.sameSite, cookie.path], [true, true, "Lax", "/"]);
  assert.deepStrictEqual(page.forbidden, []);
  await page.context().close();
});

test("proxy, budget: a first load is at most 20 KB in 4 requests, as it is compressed", { skip }, async () => {
  const page = await come();
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Network.enable");
  await devtools.send("Network.setCacheDisabled", { cacheDisabled: true });
  let bytes = 0, requests = 0;
  devtools.on("Network.loadingFinished", (event) => { bytes += event.encodedDataLength; requests += 1; });
  await page.goto(`${PROXIED}/balance`, { waitUntil: "load" });
  console.log(`first load through nginx: ${bytes} bytes in ${requests} requests`);
  assert.ok(requests <= 4 && bytes <= 20 * 1024, `${bytes} bytes in ${requests} requests`);
  await page.context().close();
});

test("proxy: a form goes through, what is too long and another site's form do not", { skip }, async () => {
  const page = await come();
  await look(page, "/balance", "500,00 ₽");
  await page.click("header form[action='/language'] button");
  await page.waitForSelector("html[lang=en]");
  await page.click("header form[action='/language'] button");
  await page.waitForSelector("html[lang=ru]");
  const status = (amount) => page.evaluate(async (sum) =>
    (await fetch("/balance/topup", { method: "POST", redirect: "manual", body: new URLSearchParams({ amount: sum }) })).status, amount);
  assert.strictEqual(await status("1".repeat(17000)), 413);
  assert.strictEqual(await status("500"), 403); // it has no ticket
  await page.route("http://elsewhere.test/", (route) => route.fulfill({
    contentType: "text/html",
    body: `<form method="post" action="${PROXIED}/autopay/off"><input name="ticket" value="x"><button>go</button></form>` }));
  await page.goto("http://elsewhere.test/");
  const [answer] = await Promise.all([page.waitForNavigation(), page.click("button")]);
  assert.ok([401, 403].includes(answer.status()), `${answer.status()}`);
  await page.context().close();
});

test("proxy, 48, 49: money that comes is shown at once on an open page, and an eighth tab loads", { skip }, async () => {
  const page = await come();
  await look(page, "/balance", "500,00 ₽");
  const tabs = [page];
  while (tabs.length < 8) {
    tabs.push(await page.context().newPage());
    await tabs.at(-1).goto(`${PROXIED}/balance`);
  }
  await page.bringToFront();
  const began = Date.now();
  await control("give", { account, kopecks: 12300 });
  await page.waitForSelector(".balance:has-text('623,00')");
  console.log(`a balance on an open page changed in ${Date.now() - began} ms, through nginx with eight tabs`);
  await look(tabs[7], "/balance", "623,00 ₽");
  await page.context().close();
});

test("proxy, 37: the details as a file come whole", { skip }, async () => {
  const page = await come();
  await look(page, "/balance/lines?side=all&period=month", "500,00");
  const [file, status] = await page.evaluate(async () => {
    const link = document.querySelector("a[href^='/balance/lines.csv']");
    const answer = await fetch(link.href);
    return [await answer.text(), answer.status];
  });
  assert.strictEqual(status, 200);
  assert.ok(file.includes("500,00"), file.slice(0, 300));
  await page.context().close();
});
